import { equal } from "node:assert/strict";
import { other } from "./articles.ts";
import { COMMUNIQUE, call, communique } from "./communique.ts";
import { load } from "./load.ts";
import { bare } from "./reads.bench.ts";
import type { Comparison } from "./report.ts";
import { alternate } from "./statistics.ts";
import { available } from "./temporary.ts";
import { serve } from "./workerd.ts";

const AT_ONCE = 6;
const PARTS = 10;
/** The list is written once, for many changes. */
const LISTED_MS = 15_000;
const PAGES = [
  { name: "home page", path: "/" },
  { name: "list of feeds", path: "/feeds.opml" },
];

/**
 * Loads many organizations through the API, and reads what lists them. The first tenth of the load is the reference of
 * the last one: what an organization costs must not grow with their number.
 */
export async function organizations(
  module: string,
  count: number,
  rounds: number,
  seconds: number,
): Promise<Comparison[]> {
  await using server = await serve([...communique(module), bare]);
  const ours = server.origin(COMMUNIQUE);
  const part = Math.ceil(count / PARTS);
  const milliseconds: number[] = [];
  for (let first = 1; first <= count; first += part) milliseconds.push(await put(ours, first, part));
  const number = count.toLocaleString("en");
  const comparisons: Comparison[] = [
    {
      name: `${number} organizations`,
      ours: milliseconds.slice(-1),
      other: "the first tenth of them",
      others: milliseconds.slice(0, 1),
      unit: "ms each",
      goal: { most: 10 },
    },
  ];
  if (!available("wrk")) return comparisons;
  await new Promise((resolve) => setTimeout(resolve, LISTED_MS));
  const answers = await Promise.all(
    PAGES.map(async ({ path }) => {
      const response = await fetch(ours + path);
      equal(response.status, 200, path);
      const headers = { "content-type": response.headers.get("content-type") };
      return { body: await response.text(), status: 200, headers };
    }),
  );
  const kv = server.origin("DOCUMENTS");
  for (const [index, { body }] of answers.entries()) await fetch(`${kv}/${index}`, { method: "PUT", body });
  await fetch(`${kv}/answers`, {
    method: "PUT",
    body: JSON.stringify(answers.map(({ body: _, ...rest }) => rest)),
  });
  for (const [index, { name, path }] of PAGES.entries()) {
    const urls = [`${ours}${path}`, `${server.origin(bare.name)}/${index}`];
    const [rates = [], others = []] = await alternate(
      rounds,
      urls.map((url) => () => load({ url, status: 200, seconds, pid: server.pid })),
    );
    const compared = { name: `${name} of ${number}`, ours: rates, other: "bare KV Worker", others };
    comparisons.push({ ...compared, unit: "requests/s", goal: { ratio: 0.5 } });
  }
  return comparisons;
}

/** Puts so many organizations, a few at once, and gives the milliseconds that each took. */
async function put(origin: string, first: number, count: number): Promise<number> {
  const waiting = Array.from({ length: count }, (_, index) => other(first + index)).values();
  const beginMs = performance.now();
  const worker = async () => {
    for (const publisher of waiting) await call(origin, "PUT", `organizations/${publisher.slug}`, publisher);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return (performance.now() - beginMs) / count;
}
