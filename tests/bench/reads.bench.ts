import { equal } from "node:assert/strict";
import { join } from "node:path";
import { articles, ORGANIZATION, other, type Publisher } from "./articles.ts";
import { COMMUNIQUE, COMPATIBILITY, call, communique, instance } from "./communique.ts";
import { load } from "./load.ts";
import type { Comparison } from "./report.ts";
import { alternate } from "./statistics.ts";
import { until } from "./until.ts";
import { type Server, serve, type Worker } from "./workerd.ts";

type Headers = Record<string, string>;

/** What a reader asks for, and the least shares of the bare Worker's requests a second that we aim at. */
export interface Line {
  name: string;
  path: string;
  headers?: Headers;
  status: number;
  /** The answer is in the memory of the isolate, or what it is made of. */
  hot: number;
  /** Nothing is in the memory of the isolate. */
  cold?: number;
}

/** The service without documents in the memory of its isolate: each request reads KV. */
const UNCACHED = "uncached";
export const BARE = "bare";
const FEED = `/${ORGANIZATION.slug}/feed.rss`;
const ITEMS = 50;
/** With an archive document that is full, and one that is not. */
const ARTICLES = 120;
const COMBINED = 10;
const METADATA = "CF-KV-Metadata";
const PUBLISHED_WITHIN_MS = 180_000;

/** The bare Worker: KV as ours has it, and answers made beforehand. */
export const bare: Worker = {
  ...{ name: BARE, module: join(import.meta.dirname, "bare.js"), ...COMPATIBILITY },
  bindings: [{ name: "DOCUMENTS", kv: "DOCUMENTS" }],
};

/** Requests a second of readers: ours, and a bare Worker that streams the same bytes from the same KV. */
export async function reads(module: string, rounds: number, seconds: number): Promise<Comparison[]> {
  await using server = await serve([...communique(module), uncached(module), bare]);
  const ours = server.origin(COMMUNIQUE);
  const lines = await prepared(server);
  const comparisons: Comparison[] = [];
  for (const [index, line] of lines.entries()) {
    const { headers = {}, status } = line;
    const rate = (url: string) => load({ url, seconds, headers, status, pid: server.pid });
    const rivals = [
      () => rate(`${server.origin(BARE)}/${index}`),
      () => rate(ours + line.path),
      ...(line.cold ? [() => rate(server.origin(UNCACHED) + line.path)] : []),
    ];
    const [bares = [], hot = [], cold] = await alternate(rounds, rivals);
    const beside = { other: "bare KV Worker", others: bares, unit: "requests/s" };
    const name = line.cold ? `${line.name}, hot` : line.name;
    comparisons.push({ name, ours: hot, ...beside, goal: { ratio: line.hot } });
    if (cold)
      comparisons.push({
        name: `${line.name}, cold`,
        ours: cold,
        ...beside,
        goal: { ratio: line.cold ?? 0 },
      });
  }
  return comparisons;
}

/** The service as {@link UNCACHED}, over the same KV. */
export const uncached = (module: string): Worker =>
  instance(module, UNCACHED, { DOCUMENT_CACHE_SECONDS: "0" });

/** Publishes what is read, and gives the bare Worker the same answers: it has that of a line at the line's number. */
export async function prepared(server: Server): Promise<Line[]> {
  const ours = server.origin(COMMUNIQUE);
  const lines = linesFor(await published(ours));
  await keepAnswers(server.origin("DOCUMENTS"), ours, lines);
  return lines;
}

/** The lines of the table, for readers who know the current version, or the one before it. */
function linesFor({ current, before }: Versions): Line[] {
  const sections = Array.from({ length: COMBINED - 1 }, (_, index) => other(index + 1).slug);
  const combined = `/feed.rss?organization=${[ORGANIZATION.slug, ...sections].join(",")}`;
  const delta = { "A-IM": "feed", "If-None-Match": before };
  return [
    { name: "feed 200", path: FEED, status: 200, hot: 1.5, cold: 0.85 },
    { name: "feed 304", path: FEED, headers: { "If-None-Match": current }, status: 304, hot: 2, cold: 0.9 },
    { name: "delta", path: FEED, headers: delta, status: 226, hot: 0.5 },
    { name: "filtered by tag", path: `${FEED}?tag=field-1`, status: 200, hot: 0.85, cold: 0.1 },
    { name: `${COMBINED} feeds combined`, path: combined, status: 200, hot: 0.85, cold: 0.06 },
    { name: "archive", path: `/${ORGANIZATION.slug}/archive/1.rss`, status: 200, hot: 0.5 },
    { name: "article page", path: `/articles/${ORGANIZATION.slug}-1`, status: 200, hot: 0.5 },
    { name: "organization page", path: `/${ORGANIZATION.slug}`, status: 200, hot: 0.5 },
  ];
}

/** The entity tags of the feed as it is, and as it was one article before. */
interface Versions {
  current: string;
  before: string;
}

/** Publishes through the API: the organization's articles, the last of them alone, and what others have. */
async function published(origin: string): Promise<Versions> {
  const others = Array.from({ length: COMBINED - 1 }, (_, index) => other(index + 1));
  for (const publisher of others) await publish(origin, publisher, ITEMS);
  await publish(origin, ORGANIZATION, ARTICLES - 1);
  const before = await shown(origin, ARTICLES - 2);
  await call(origin, "POST", "articles/batch", articles(1, ARTICLES - 1));
  const current = await shown(origin, ARTICLES - 1);
  for (const { slug } of others)
    await until(`the feed of ${slug}`, PUBLISHED_WITHIN_MS, () => whole(origin, slug));
  return { current, before };
}

async function publish(origin: string, publisher: Publisher, count: number): Promise<void> {
  await call(origin, "PUT", `organizations/${publisher.slug}`, publisher);
  await call(origin, "POST", "articles/batch", articles(count, 0, publisher));
}

/** The entity tag of the feed once it shows an article, by its number. */
function shown(origin: string, article: number): Promise<string> {
  return until(`a feed with article ${article}`, PUBLISHED_WITHIN_MS, async () => {
    const response = await fetch(`${origin}${FEED}`);
    const has = (await response.text()).includes(`/communiques/${article}<`);
    return has ? (response.headers.get("ETag") ?? "") : null;
  });
}

async function whole(origin: string, slug: string): Promise<true | null> {
  const text = await (await fetch(`${origin}/${slug}/feed.rss`)).text();
  return text.split("<item>").length === ITEMS + 1 ? true : null;
}

/**
 * Puts our answers into the KV that the bare Worker reads: the bodies by line, with the feed's metadata beside each, and their
 * statuses and headers.
 */
async function keepAnswers(kv: string, origin: string, lines: readonly Line[]): Promise<void> {
  const stored = await fetch(`${kv}/${encodeURIComponent(FEED.slice(1))}`);
  const metadata = stored.headers.get(METADATA) ?? "null";
  const answers = await Promise.all(
    lines.map(async ({ name, path, headers = {}, status }, index) => {
      const unchanged = await fetch(origin + path, { headers });
      equal(unchanged.status, status, name);
      const response = status === 304 ? await fetch(origin + path) : unchanged;
      const body = await response.arrayBuffer();
      await fetch(`${kv}/${index}`, { method: "PUT", body, headers: { [METADATA]: metadata } });
      return { status: response.status, headers: own(response), unchanged: own(unchanged) };
    }),
  );
  await fetch(`${kv}/answers`, { method: "PUT", body: JSON.stringify(answers) });
}

/** The headers that a Worker gave, without those that workerd adds. */
function own(response: Response): Headers {
  const {
    "content-length": _,
    "transfer-encoding": __,
    date: ___,
    ...headers
  } = Object.fromEntries(response.headers);
  return headers;
}
