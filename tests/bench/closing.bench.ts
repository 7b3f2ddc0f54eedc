import { deepEqual, equal } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { ORGANIZATION } from "./articles.ts";
import { ask, COMMUNIQUE, call, communique } from "./communique.ts";
import type { Comparison } from "./report.ts";
import { until } from "./until.ts";
import { serve } from "./workerd.ts";

const AT_ONCE = 6;
/** Ten thousand take half a minute; the Directory asks 5, 15, 35, 75 and 155 seconds after the beginning. */
const WITHIN_MS = 600_000;
const PATH = `organizations/${ORGANIZATION.slug}`;

/**
 * Deletes an organization with many webhooks, and follows it to the end: until its channel has told all of them, the
 * organization is gone, and none of the webhooks' objects has anything left. The first tenth of them is the reference of
 * the last one: what a webhook costs must not grow with their number.
 */
export async function closing(module: string, count: number): Promise<Comparison[]> {
  await using server = await serve(communique(module));
  const origin = server.origin(COMMUNIQUE);
  await call(origin, "PUT", PATH, ORGANIZATION);
  await register(origin, count);
  const registered = server.objects(COMMUNIQUE, "Endpoint");
  equal(registered.length, count);
  equal(rowsIn(registered, "endpoint"), count);

  const channel = server.objects(COMMUNIQUE, "Channel");
  const tenth = Math.ceil(count / 10);
  const beginMs = performance.now();
  equal((await ask(origin, "DELETE", PATH)).status, 204);
  /** Milliseconds until no more than so many webhooks are left, and how many there were then. */
  const fallen = async (to: number) => {
    const left = await until(`${to} webhooks left`, WITHIN_MS, async () => {
      const waiting = rowsIn(channel, "relay_entries WHERE target LIKE 'endpoint:%'");
      return waiting <= to ? waiting : null;
    });
    return { left, ms: performance.now() - beginMs };
  };
  const [first, ninth, last] = [await fallen(count - tenth), await fallen(tenth), await fallen(0)];
  await until("the end of the deletion", WITHIN_MS, async () => {
    const { status } = await ask(origin, "GET", PATH);
    return status === 404 ? true : null;
  });
  const goneMs = performance.now() - beginMs;
  deepEqual(
    ["endpoint", "deliveries"].map((table) => rowsIn(registered, table)),
    [0, 0],
  );

  const name = `${count.toLocaleString("en")} webhooks`;
  return [
    {
      name: `${name} deleted`,
      ours: [(last.ms - ninth.ms) / Math.max(ninth.left, 1)],
      other: "the first tenth of them",
      others: [first.ms / (count - first.left)],
      unit: "ms each",
    },
    {
      name: `${name} gone`,
      ours: [goneMs / 1_000],
      other: "the last webhook told",
      others: [last.ms / 1_000],
      unit: "s",
    },
  ];
}

/** Registers webhooks, a few at once. Nothing listens at their addresses, since nothing is published. */
async function register(origin: string, count: number): Promise<void> {
  const waiting = Array.from({ length: count }, (_, index) => index + 1).values();
  const worker = async () => {
    for (const number of waiting)
      await call(origin, "POST", `${PATH}/webhooks`, { url: `http://127.0.0.1:9/${number}` });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** How many rows of a table objects have together, read beside the server that writes them. */
function rowsIn(files: readonly string[], table: string): number {
  return files.reduce((sum, file) => {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    const row = database.prepare(`SELECT COUNT(*) AS count FROM ${table}`).get();
    database.close();
    return sum + Number(row?.count);
  }, 0);
}
