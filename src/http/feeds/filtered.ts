import type { Context } from "hono";
import * as v from "valibot";
import { configuration } from "../../env.ts";
import type { PublishedFeed } from "../../feeds/combine.ts";
import type { Format } from "../../feeds/formats.ts";
import { readListing } from "../../feeds/listing.ts";
import { choiceOf } from "../../feeds/topic.ts";
import { etagOf } from "../../model/digest.ts";
import { type Filter, filterQuery } from "../../model/filter.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { slug } from "../../model/slug.ts";
import { filtered } from "../../objects/filtered.ts";
import { feedPath, recallPublicDocument, type StoredDocument, textOf } from "../../store/documents.ts";
import { hotMs } from "../../store/hot.ts";
import type { App } from "../context.ts";
import type { Reply } from "../methods.ts";
import { answer, type Representation } from "./answer.ts";
import { madeOf } from "./made.ts";

/** A filtered feed: its bytes are there. */
interface FilteredRepresentation extends Representation {
  body: () => Uint8Array<ArrayBuffer>;
}

interface Found {
  organization: string;
  document: StoredDocument;
}

/**
 * A feed of several organizations (`/feed.…?organization=a,b&tag=…`), or of some articles of one, by the same filters at its
 * own feed. One KV read for each organization, and one object call if fewer than fifty of one organization are found and it
 * has archives; nothing is rendered. A query that cannot be answered costs no read if a name is no slug, and one if the first
 * organization does not exist. Deleted organizations are left out, and named in a header; 410 if no other is left.
 */
export async function serveFiltered(c: Context<App>, format: Format, of: string | null): Promise<Reply> {
  const feed = await filteredFeed(c, format, of, new URL(c.req.url).searchParams);
  return feed.ok ? answer(c, feed.value) : feed;
}

/** The feed that a query chooses, ready to be sent or to be shown as a page. */
export async function filteredFeed(
  c: Context<App>,
  format: Format,
  of: string | null,
  query: URLSearchParams,
): Promise<Result<FilteredRepresentation>> {
  const asked = choiceOf(of, query);
  if (!asked.ok) return asked;
  const { filter, organizations } = asked.value;
  const impossible = organizations.filter((name) => !v.is(slug, name));
  if (impossible.length > 0) return missingFrom(impossible);
  const [first = "", ...others] = organizations;
  const beginning = await sourcesOf(c, [first], format);
  if (of !== null && beginning.moved) return fail({ tag: "moved", address: beginning.moved });
  if (beginning.unknown.length > 0) return of === null ? missingFrom([first]) : fail({ tag: "not-found" });
  const rest = await sourcesOf(c, others, format);
  if (rest.unknown.length > 0) return missingFrom(rest.unknown);
  const found = [...beginning.found, ...rest.found];
  if (found.length === 0) return fail({ tag: "closed" });
  const omitted = [...beginning.closed, ...rest.closed];
  return ok({
    ...(await representation(c, format, of, filter, found)),
    ...(omitted.length > 0 ? { omitted } : {}),
  });
}

const missingFrom = (names: readonly string[]) => {
  const message = `there is no organization ${names.join(", ")}`;
  return fail({ tag: "malformed-query", errors: [{ path: "organization", message }] });
};

/** Puts the feed together, or takes it as it was made of the same documents before. */
async function representation(
  c: Context<App>,
  format: Format,
  of: string | null,
  filter: Filter,
  found: readonly Found[],
): Promise<FilteredRepresentation> {
  const { site } = configuration(c.env);
  const query = `?${filterQuery(filter)}`;
  const path = of === null ? "/feed" : `/${of}/feed`;
  const key = found.find(({ organization }) => organization === of)?.document.key;
  const parts = found.map(({ document }) => document.etag).join();
  const address = `${site.publicUrl}${path}.${format.name}${query}`;
  const feed = await madeOf(address, parts, Date.now(), async () => {
    const sources = found.map((one) => sourceOf(one, format));
    const { body, previous, isSearched } = await filtered(c.env, {
      site,
      format,
      filter,
      path,
      of,
      key,
      sources,
    });
    const untilMs = isSearched ? Date.now() + LIMITS.SEARCHED_FEED_SECONDS * 1000 : null;
    return { body, previous, untilMs, etag: await etagOf(body) };
  });
  return {
    format,
    etag: feed.etag,
    last_modified: null, // KV may show a change of one source later than a later change of another
    max_age: Math.min(...found.map(({ document }) => document.max_age)),
    path,
    query,
    previous: feed.previous,
    hubs: null,
    body: () => feed.body,
  };
}

/** A document with the listing of its items. */
function sourceOf({ organization, document }: Found, format: Format): PublishedFeed {
  const { body, archive } = document;
  const listing = readListing(decoder.decode(document.listing), format, () => textOf(document), archive);
  return { organization, body, listing };
}

const decoder = new TextDecoder();

/** The documents of some organizations: those that stand, and the names of those that were deleted or never existed. */
async function sourcesOf(
  c: Context<App>,
  organizations: readonly string[],
  format: Format,
): Promise<{ found: Found[]; closed: string[]; unknown: string[]; moved: string | undefined }> {
  const readAt = (name: string) =>
    recallPublicDocument(c.env.DOCUMENTS, feedPath(name, format.name), hotMs(c.env));
  let moved: string | undefined;
  const read = await Promise.all(
    organizations.map(async (organization) => {
      const document = await readAt(organization);
      if (document.ok || document.failure.tag !== "moved") return { organization, document };
      moved = document.failure.address;
      return { organization, document: await readAt(document.failure.address) };
    }),
  );
  const failed = (isClosed: boolean) =>
    read.flatMap(({ organization, document }) =>
      !document.ok && (document.failure.tag === "closed") === isClosed ? [organization] : [],
    );
  return {
    found: read.flatMap(({ organization, document }) =>
      document.ok ? [{ organization, document: document.value }] : [],
    ),
    closed: failed(true),
    unknown: failed(false),
    moved,
  };
}
