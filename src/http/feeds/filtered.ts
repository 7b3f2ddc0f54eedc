import type { Context } from "hono";
import * as v from "valibot";
import { configuration } from "../../env.ts";
import { combinedDocument } from "../../feeds/combine.ts";
import type { Format } from "../../feeds/formats.ts";
import { choiceOf } from "../../feeds/topic.ts";
import { digest } from "../../model/digest.ts";
import { type Filter, filterQuery } from "../../model/filter.ts";
import { fail } from "../../model/result.ts";
import { slug } from "../../model/slug.ts";
import { feedPath, readPublicDocument, type StoredDocument, textOf } from "../../store/documents.ts";
import type { App } from "../context.ts";
import type { Reply } from "../methods.ts";
import { answer, type Representation } from "./answer.ts";

interface Found {
  organization: string;
  document: StoredDocument;
}

/**
 * A feed of several organizations (`/feed.…?organization=a,b&tag=…`), or of some articles of one, by the same filters at its
 * own feed. One KV read for each organization; nothing is rendered. A query that cannot be answered costs no read if a name is
 * no slug, and one if the first organization does not exist.
 */
export async function serveFiltered(c: Context<App>, format: Format, of: string | null): Promise<Reply> {
  const asked = choiceOf(of, new URL(c.req.url).searchParams);
  if (!asked.ok) return asked;
  const { filter, organizations } = asked.value;
  const impossible = organizations.filter((name) => !v.is(slug, name));
  if (impossible.length > 0) return missingFrom(impossible);
  const [first = "", ...others] = organizations;
  const [document] = await documentsOf(c, [first], format);
  if (!document) return of === null ? missingFrom([first]) : fail({ tag: "not-found" });
  const documents = [document, ...(await documentsOf(c, others, format))];
  const found = organizations.flatMap((organization, index): Found[] => {
    const one = documents[index];
    return one ? [{ organization, document: one }] : [];
  });
  if (found.length === organizations.length)
    return answer(c, await chosen(c, format, of === null ? "/feed" : `/${of}/feed`, filter, found));
  return missingFrom(organizations.filter((_, index) => !documents[index]));
}

const missingFrom = (names: readonly string[]) => {
  const message = `there is no organization ${names.join(", ")}`;
  return fail({ tag: "malformed-query", errors: [{ path: "organization", message }] });
};

async function chosen(
  c: Context<App>,
  format: Format,
  path: string,
  filter: Filter,
  found: readonly Found[],
): Promise<Representation> {
  const query = filterQuery(filter);
  const updatedMs = Math.max(...found.map(({ document }) => document.last_modified)) * 1000;
  // Derived from the tags of the sources, so that it is known before the feed is made.
  const tag = await digest(format.name, path, query, ...found.map(({ document }) => document.etag));
  return {
    format,
    etag: `"${tag}"`,
    last_modified: null, // KV may show a change of one source later than a later change of another
    max_age: Math.min(...found.map(({ document }) => document.max_age)),
    path,
    query: `?${query}`,
    previous: null,
    hubs: null,
    body: async () => {
      const sources = found.map(({ organization, document }) => ({ organization, body: textOf(document) }));
      const { site } = configuration(c.env);
      return combinedDocument(format, sources, filter, { site, path, updatedMs });
    },
  };
}

const documentsOf = (
  c: Context<App>,
  organizations: readonly string[],
  format: Format,
): Promise<(StoredDocument | null)[]> =>
  Promise.all(organizations.map((name) => readPublicDocument(c.env.DOCUMENTS, feedPath(name, format.name))));
