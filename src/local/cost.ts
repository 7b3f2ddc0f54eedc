import { parseArgs } from "node:util";
import { DEPLOYMENT, type Deployment, type Estimate, estimate, METERS } from "../model/costs.ts";

/** Computes what a deployment needs: `npm run cost -- --articles 150 --organizations 10 --webhooks 5 --readers 200`. */
const OPTIONS: Readonly<Record<string, keyof Deployment>> = {
  organizations: "organizations",
  articles: "articles",
  "per-article": "organizationsPerArticle",
  webhooks: "webhooks",
  subscribers: "subscribers",
  readers: "readers",
  polls: "polls",
  failing: "failingPercent",
  days: "days",
};

const EXPLAINED = `npm run cost -- [--organizations N] [--articles N a day] [--per-article N organizations]
  [--webhooks N an organization] [--subscribers N an organization] [--readers N an organization]
  [--polls N a reader and day] [--failing N percent of alerts] [--days N of history]`;

/** Reads a deployment from command-line arguments; the reason if they are wrong. */
export function deploymentFrom(given: readonly string[]): Deployment | string {
  const options = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, { type: "string" as const }]));
  let values: Record<string, unknown>;
  try {
    ({ values } = parseArgs({ args: [...given], options }));
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n\n${EXPLAINED}`;
  }
  const deployment = { ...DEPLOYMENT };
  for (const [name, value] of Object.entries(values)) {
    const number = Number(value);
    const field = OPTIONS[name];
    if (!field || !(number >= 0) || number === Number.POSITIVE_INFINITY)
      return `--${name} must be a number, not "${value}".\n\n${EXPLAINED}`;
    deployment[field] = number;
  }
  return deployment;
}

const LABELS: Readonly<Record<(typeof METERS)[number], string>> = {
  requests: "Worker requests",
  kvReads: "KV reads",
  kvWrites: "KV writes",
  kvLists: "KV lists",
  objectRequests: "object requests",
  rowsRead: "rows read",
  rowsWritten: "rows written",
};

/** An estimate as text. */
export function estimateText({ usage, shares, binding, fitsFree, storage, dollars }: Estimate): string {
  const whole = (number: number): string => Math.round(number).toLocaleString("en");
  const lines = METERS.map((meter) => {
    const share = `${(shares[meter] * 100).toFixed(1)} %`;
    return `${LABELS[meter].padEnd(16)}${whole(usage[meter]).padStart(14)}${share.padStart(12)}`;
  });
  const times = binding.times > 1_000 ? "more than 1,000" : binding.times.toFixed(1);
  return [
    `${"In a day".padEnd(16)}${"".padStart(14)}${"free plan".padStart(12)}`,
    ...lines,
    "",
    `Stored: ${storage.kv.toFixed(2)} GB in KV, ${storage.objects.toFixed(2)} GB in objects.`,
    `The free plan ${fitsFree ? "suffices" : "does not suffice"}. ${LABELS[binding.meter]} reach their limit first: at ${times} times as much.`,
    `On the paid plan: $${dollars.toFixed(2)} a month, without CPU time and duration.`,
  ].join("\n");
}

if (import.meta.main) {
  const deployment = deploymentFrom(process.argv.slice(2));
  if (typeof deployment === "string") {
    console.error(deployment);
    process.exitCode = 1;
  } else console.log(estimateText(estimate(deployment)));
}
