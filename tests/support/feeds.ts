import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Bindings } from "../../src/env.ts";
import type { JsonFeed } from "../../src/feeds/json.ts";
import { app } from "../../src/http/app.ts";
import { all, readXml, texts } from "./reading.ts";
import { api, get, json, SITE } from "./service.ts";

export const FORMAT_NAMES = ["rss", "atom", "json"];

/** A feed document as a reader that knows its format understands it. */
interface ReadDocument {
  /** Ids of its items, in their order. */
  ids: string[];
  titles: string[];
  /** Addresses by relation: of the links in the document (JSON Feed: `feed_url` and `next_url`). */
  links: Record<string, string>;
  /** Ids of what was withdrawn. */
  withdrawn: string[];
}

/** Reads a document of a format by independent parsers. */
export function readDocumentText(format: string, text: string): ReadDocument {
  if (format === "json") return readJsonFeed(JSON.parse(text) as JsonFeed);
  const { byXmldom: root } = readXml(text);
  const feed = format === "rss" ? (all(root, "channel")[0] ?? root) : root;
  const [item, id, link] = format === "rss" ? ["item", "guid", "atom:link"] : ["entry", "id", "link"];
  const items = all(feed, item);
  return {
    ids: items.flatMap((one) => texts(one, id)),
    titles: items.flatMap((one) => texts(one, "title")),
    links: Object.fromEntries(
      all(feed, link).map(({ attributes }) => [attributes.rel ?? "alternate", attributes.href ?? ""]),
    ),
    withdrawn: all(feed, "at:deleted-entry").map(({ attributes }) => attributes.ref ?? ""),
  };
}

function readJsonFeed(feed: JsonFeed): ReadDocument {
  return {
    ids: feed.items.map(({ id }) => id),
    titles: feed.items.map(({ title }) => title),
    links: {
      self: feed.feed_url,
      ...(feed.hubs?.[0] ? { hub: feed.hubs[0].url } : {}),
      ...(feed.next_url ? { "prev-archive": feed.next_url } : {}),
    },
    withdrawn: feed._communique?.withdrawn.map(({ id }) => id) ?? [],
  };
}

/** The addresses in a Link header by relation (RFC 8288); of several of one relation, all. */
export function linksIn(response: Response): Record<string, string[]> {
  const links: Record<string, string[]> = {};
  for (const [, address, rel] of (response.headers.get("link") ?? "").matchAll(/<([^>]*)>; rel="([^"]*)"/g)) {
    if (address && rel) links[rel] = [...(links[rel] ?? []), address];
  }
  return links;
}

/** The path of an address of this service, with its query. */
const pathOf = (address: string): string => address.slice(SITE.length);

/**
 * Every document from an address on, as a reader follows RFC 5005's `prev-archive`.
 * @throws when the header and the document itself lead to different addresses
 */
export async function walk(path: string): Promise<{ path: string; document: ReadDocument }[]> {
  const format = path.split("?")[0]?.split(".").at(-1) ?? "";
  const walked: { path: string; document: ReadDocument }[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const response: Response = await get(next);
    const document = readDocumentText(format, await response.text());
    walked.push({ path: next, document });
    const [inHeader]: string[] = linksIn(response)["prev-archive"] ?? [];
    if (inHeader !== document.links["prev-archive"]) throw new Error(`${next} leads to two archives`);
    next = inHeader && pathOf(inHeader);
  }
  return walked;
}

/** Articles of an organization, a minute apart from 2030 on; their ids are its slug and a number from 1. */
export async function newArticles(
  slug: string,
  count: number,
  first = 1,
  fields: object = {},
): Promise<void> {
  const batch = Array.from({ length: count }, (_, index) => ({
    id: `${slug}-${first + index}`,
    organizations: [slug],
    title: `News ${first + index}`,
    content_text: "What there is to say.",
    published_at: new Date(Date.UTC(2030, 0, 1, 0, first + index)).toISOString(),
    ...fields,
  }));
  for (let start = 0; start < count; start += 500) {
    await json(api("POST", "/articles/batch", batch.slice(start, start + 500)), 200);
  }
}

/** The ids that a feed gives to articles made by {@link newArticles}. */
export const itemIds = (slug: string, numbers: readonly number[]): string[] =>
  numbers.map((number) => `tag:communique.example,2025:article/${slug}-${number}`);

/** Gives an article made by {@link newArticles} another title. */
export const editArticle = (slug: string, number: number, title: string): Promise<unknown> =>
  json(
    api("PUT", `/articles/${slug}-${number}`, {
      organizations: [slug],
      title,
      published_at: new Date(Date.UTC(2030, 0, 1, 0, number)).toISOString(),
    }),
    200,
  );

/** The tags of an organization's feeds as they stand, by format. */
export async function tagsOf(slug: string): Promise<Record<string, string>> {
  const entries = FORMAT_NAMES.map(async (format) => {
    const response = await get(`/${slug}/feed.${format}`);
    await response.body?.cancel();
    return [format, response.headers.get("etag") ?? ""] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The Worker's answer as it leaves it: under other settings than the tests' own, and before anything decodes it. */
export async function answerOf(
  path: string,
  request: RequestInit<RequestInitCfProperties> = {},
  settings: Partial<Bindings> = {},
): Promise<Response> {
  const context = createExecutionContext();
  const response = await app.fetch(new Request(SITE + path, request), { ...env, ...settings }, context);
  await waitOnExecutionContext(context);
  return response;
}
