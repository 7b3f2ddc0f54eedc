import { SERVED_FORMATS, type ServedFormat } from "../../feeds/served.ts";
import { isSlug } from "../../model/slug.ts";
import { feedPath, type OpenDocument, openPublicDocument } from "../../store/documents.ts";
import { hotMs } from "../../store/hot.ts";
import type { Visit } from "../context.ts";
import type { Reply } from "../methods.ts";
import { wantsPage } from "./accept.ts";
import { answer, type Representation } from "./answer.ts";
import { isConditional } from "./conditional.ts";
import { deltaAnswer } from "./delta.ts";
import { countSubscribers } from "./subscribers.ts";

/** An organization's whole feed in a format. */
export interface PlainFeed {
  organization: string;
  format: ServedFormat;
}

/** Everything up to the path, a slug, the ending, and nothing more. */
const ADDRESS = /^https?:\/\/[^/?#]+\/([a-z0-9-]+)\/feed\.([a-z]+)$/;

/** The feed that a request asks for; null for any other request: it may be of another kind, or not allowed. */
export function plainFeedOf(request: Request): PlainFeed | null {
  if (request.method !== "GET" && request.method !== "HEAD") return null;
  const [, organization = "", ending] = ADDRESS.exec(request.url) ?? [];
  const format = SERVED_FORMATS.find(({ name }) => name === ending);
  if (!format || !isSlug(organization) || wantsPage(request.headers.get("accept"))) return null;
  return { organization, format };
}

/** What was made of the documents that are kept in memory. Of others nothing is kept here: see {@link OpenDocument.isKept}. */
const representations = new WeakMap<OpenDocument, Representation>();

function representationOf(
  document: OpenDocument,
  organization: string,
  format: ServedFormat,
): Representation {
  const known = representations.get(document);
  if (known) return known;
  const made: Representation = {
    format,
    etag: document.etag,
    last_modified: document.last_modified,
    max_age: document.max_age,
    path: `/${organization}/feed`,
    query: "",
    previous: document.archive > 0 ? `/${organization}/archive/${document.archive}` : null,
    hubs: document.hubs ?? null,
    body: document.body,
    discard: document.discard,
  };
  if (document.isKept) representations.set(document, made);
  return made;
}

/** Serves a feed as it was published, whether the answer is 200, 226 or 304: nothing is rendered. */
export async function servePlainFeed(c: Visit, { organization, format }: PlainFeed): Promise<Reply> {
  const { env, req } = c;
  const isSent = req.raw.method === "GET" && !isConditional(req.raw.headers);
  const path = feedPath(organization, format.name);
  const found = await openPublicDocument(env.DOCUMENTS, path, hotMs(env), isSent);
  if (!found.ok) return found;
  const { value: document } = found;
  countSubscribers(c, document.key ?? organization, format.name);
  const feed = representationOf(document, organization, format);
  return (await deltaAnswer(c, document, feed)) ?? answer(c, feed);
}
