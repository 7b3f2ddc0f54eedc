import { deepEqual } from "node:assert/strict";
import { join } from "node:path";
import { COMMUNIQUE, COMPATIBILITY, communique } from "./communique.ts";
import { type Feed, PATH, publishedFeed, store } from "./feed.ts";
import { load } from "./load.ts";
import { serveFile } from "./nginx.ts";
import type { Comparison } from "./report.ts";
import { alternate } from "./statistics.ts";
import { available } from "./temporary.ts";
import { serve, type Worker } from "./workerd.ts";

type Status = 200 | 304;

/** Another server of the same feed, and the share of its requests a second that we aim at. */
interface Rival {
  name: string;
  url: string;
  goals: { [status in Status]?: number };
}

/** Requests a second for one RSS feed of 50 items: ours, a bare Worker over the same KV, and nginx. */
export async function feeds(module: string, rounds: number, seconds: number): Promise<Comparison[]> {
  const feed = await publishedFeed(module);
  await using server = await serve([...communique(module), bare(feed)]);
  await store(server, feed);
  await using files = available("nginx") ? await fileServer(feed) : undefined;
  const ours = `${server.origin(COMMUNIQUE)}/${PATH}`;
  const rivals: Rival[] = [
    { name: "bare KV Worker", url: `${server.origin("bare")}/${PATH}`, goals: { 200: 0.85, 304: 0.8 } },
    ...(files ? [{ name: "nginx", url: `${files.origin}/${PATH}`, goals: {} }] : []),
  ];
  for (const { url } of rivals) deepEqual(await bytes(url), feed.body);
  deepEqual(await bytes(ours), feed.body);

  const comparisons: Comparison[] = [];
  for (const status of [200, 304] as const) {
    const urls = [ours, ...rivals.map(({ url }) => url)];
    const measurements = urls.map((url) => () => rate(url, status, seconds));
    const [rates = [], ...others] = await alternate(rounds, measurements);
    for (const [index, { name, goals }] of rivals.entries()) {
      const compared = { name: `feed ${status}`, ours: rates, other: name, others: others[index] ?? [] };
      comparisons.push({ ...compared, unit: "requests/s", goal: goals[status] });
    }
  }
  return comparisons;
}

function bare(feed: Feed): Worker {
  return {
    ...{ name: "bare", module: join(import.meta.dirname, "bare.js"), ...COMPATIBILITY },
    bindings: [
      { name: "DOCUMENTS", kv: "DOCUMENTS" },
      { name: "HEADERS", json: feed.headers },
    ],
  };
}

function fileServer({ body, headers }: Feed) {
  const { "content-type": mediaType = "", etag: _, "last-modified": __, ...others } = headers[200];
  return serveFile({ path: PATH, bytes: body, mediaType, headers: others });
}

/** Requests a second of readers who have nothing yet (200), or have it already (304). */
async function rate(url: string, status: Status, seconds: number): Promise<number> {
  const known = (await fetch(url, { method: "HEAD" })).headers.get("ETag") ?? "";
  return load({ url, status, seconds, headers: status === 304 ? { "If-None-Match": known } : {} });
}

const bytes = async (url: string) => new Uint8Array(await (await fetch(url)).arrayBuffer());
