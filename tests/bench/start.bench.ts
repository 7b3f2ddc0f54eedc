import { ORGANIZATION } from "./articles.ts";
import { COMMUNIQUE, communique } from "./communique.ts";
import { cpuMs } from "./processor.ts";
import { bare } from "./reads.bench.ts";
import type { Comparison } from "./report.ts";
import { alternate } from "./statistics.ts";
import { serve, type Worker } from "./workerd.ts";

const KEY = `${ORGANIZATION.slug}/feed.rss`;
const BODY = "<item/>\n".repeat(10_000);
const METADATA = { etag: '"a"', last_modified: 1_700_000_000, max_age: 60, archive: 0, history: "1;;" };
/** A start is short: more of them in the time of one round. */
const STARTS_PER_ROUND = 2;

interface Start {
  /** CPU time until the service listens. */
  listening: number;
  /** CPU time of its first answer: a feed. */
  first: number;
}

/** Milliseconds of CPU that a fresh process takes to start, and then for the first feed: ours, and the bare Worker. */
export async function starts(module: string, rounds: number): Promise<Comparison[]> {
  const [service, ...namespaces] = communique(module);
  const [ours = [], others = []] = await alternate(rounds * STARTS_PER_ROUND, [
    () => start([...(service ? [service] : []), ...namespaces], COMMUNIQUE, KEY),
    () => start([bare, ...namespaces], bare.name, KEY),
  ]);
  const compared = (name: string, of: keyof Start, most: number): Comparison => ({
    name,
    ours: ours.map((each) => each[of]),
    other: "bare KV Worker",
    others: others.map((each) => each[of]),
    unit: "ms CPU",
    goal: { most },
  });
  return [compared("start", "listening", 100), compared("first feed", "first", 4)];
}

async function start(workers: readonly Worker[], name: string, key: string): Promise<Start> {
  await using server = await serve(workers);
  const listening = cpuMs(server.pid);
  const kv = server.origin("DOCUMENTS");
  await fetch(`${kv}/${encodeURIComponent(key)}`, {
    method: "PUT",
    body: BODY,
    headers: { "CF-KV-Metadata": JSON.stringify(METADATA) },
  });
  const answer = { status: 200, headers: { "content-type": "application/rss+xml" } };
  await fetch(`${kv}/answers`, { method: "PUT", body: JSON.stringify({ [key]: answer }) });
  const before = cpuMs(server.pid);
  const response = await fetch(`${server.origin(name)}/${key}`);
  const text = await response.text();
  if (response.status !== 200 || text !== BODY)
    throw new Error(`${name} answered ${response.status} ${text}`);
  return { listening, first: cpuMs(server.pid) - before };
}
