import { QUOTAS, type Quota } from "./quota.ts";

/** What is counted: each metric with its meaning, and the values of its one label. A series that is not here is not kept. */
export const METRICS = {
  deliveries: {
    help: "Deliveries that came to an end, by outcome.",
    label: "outcome",
    values: ["delivered", "failed", "superseded"],
  },
  retries: { help: "Requests to webhooks after the first of a delivery.", label: null, values: [""] },
  pushes: {
    help: "Feeds sent to subscribers of the hub, by outcome of the request.",
    label: "outcome",
    values: ["delivered", "failed"],
  },
  polls: {
    help: "Polls of followed feeds, by outcome.",
    label: "outcome",
    values: ["read", "unchanged", "failed", "gone"],
  },
  kv_operations: {
    help: "Calls of KV, by operation.",
    label: "operation",
    values: ["read", "write", "delete", "list"],
  },
  requests: { help: "Requests to the Worker.", label: null, values: [""] },
  object_requests: {
    help: "Requests to objects, by kind.",
    label: "kind",
    values: ["call", "alarm"],
  },
  quota_refusals: {
    help: "Work that was put off because a daily quota of the platform is used up, by quota.",
    label: "quota",
    values: QUOTAS,
  },
  log_lines_dropped: {
    help: "Log lines that were not written, by level.",
    label: "level",
    values: ["error", "warn", "info"],
  },
} as const satisfies Record<string, Counter>;

/** How long something took, in seconds. */
export const DURATIONS = {
  feed: "From the first change that a publication has until its feeds were published.",
  alert: "From an event until its webhook had it.",
} as const;

/** Upper bounds of the buckets of a duration, in seconds. */
const BUCKETS = [1, 2, 5, 10, 30, 60, 300, 3_600, 86_400] as const;

interface Counter {
  help: string;
  label: string | null;
  values: readonly string[];
}

type Metric = keyof typeof METRICS;

/** Counts by series: `deliveries:delivered`, `alert:le:5`, `alert:sum`. They only grow, and are added up. */
export type Counts = Readonly<Record<string, number>>;

/** The series of a counter. */
export const seriesOf = <M extends Metric>(metric: M, value: (typeof METRICS)[M]["values"][number]): string =>
  `${metric}:${value}`;

/** The quotas that were found used up, by the counts. */
export const refusedIn = (counts: Counts): Quota[] =>
  QUOTAS.filter((quota) => (counts[seriesOf("quota_refusals", quota)] ?? 0) > 0);

/** One duration as counts. */
export function durationCounts(name: keyof typeof DURATIONS, seconds: number): Counts {
  const bucket = BUCKETS.find((bound) => seconds <= bound) ?? "+Inf";
  return { [`${name}:le:${bucket}`]: 1, [`${name}:sum`]: Math.max(0, seconds) };
}

/** The sum of counts; series that no metric has are left out. */
export function addCounts(one: Counts, other: Counts): Counts {
  const sum: Record<string, number> = {};
  for (const counts of [one, other]) {
    for (const [series, count] of Object.entries(counts)) {
      if (SERIES.has(series) && Number.isFinite(count)) sum[series] = (sum[series] ?? 0) + count;
    }
  }
  return sum;
}

const bounds = [...BUCKETS.map(String), "+Inf"];

const SERIES: ReadonlySet<string> = new Set([
  ...Object.entries(METRICS).flatMap(([name, { values }]) => values.map((value) => `${name}:${value}`)),
  ...Object.keys(DURATIONS).flatMap((name) => [
    `${name}:sum`,
    ...bounds.map((bound) => `${name}:le:${bound}`),
  ]),
]);

/** A value at this moment, with its labels. */
export interface Gauge {
  name: string;
  help: string;
  samples: readonly { labels?: Readonly<Record<string, string>>; value: number }[];
}

/** Counts and gauges in the text format of Prometheus, version 0.0.4. */
export function exposition(counts: Counts, gauges: readonly Gauge[]): string {
  const counters = Object.entries<Counter>(METRICS).flatMap(([name, { help, label, values }]) =>
    family(`${name}_total`, "counter", help, [
      ...values.map((value) =>
        sample(`${name}_total`, label ? { [label]: value } : {}, counts[`${name}:${value}`]),
      ),
    ]),
  );
  const durations = Object.entries(DURATIONS).flatMap(([name, help]) => {
    let sum = 0;
    const buckets = bounds.map((le) => {
      sum += counts[`${name}:le:${le}`] ?? 0; // a bucket has all that is in those before it
      return sample(`${name}_seconds_bucket`, { le }, sum);
    });
    return family(`${name}_seconds`, "histogram", help, [
      ...buckets,
      sample(`${name}_seconds_sum`, {}, counts[`${name}:sum`]),
      sample(`${name}_seconds_count`, {}, sum),
    ]);
  });
  const now = gauges.flatMap(({ name, help, samples }) =>
    family(
      name,
      "gauge",
      help,
      samples.map(({ labels = {}, value }) => sample(name, labels, value)),
    ),
  );
  return `${[...counters, ...durations, ...now].join("\n")}\n`;
}

const PREFIX = "communique_";

const family = (name: string, type: string, help: string, samples: readonly string[]): string[] =>
  samples.length === 0
    ? []
    : [`# HELP ${PREFIX}${name} ${help}`, `# TYPE ${PREFIX}${name} ${type}`, ...samples];

function sample(name: string, labels: Readonly<Record<string, string>>, value = 0): string {
  const named = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${PREFIX}${name}${named.length > 0 ? `{${named.join(",")}}` : ""} ${value}`;
}

const escaped = (text: string): string =>
  text.replace(/[\\"\n]/g, (one) => (one === "\n" ? "\\n" : `\\${one}`));

/**
 * Counts as data points of Analytics Engine: at most so many in an invocation (platform: 25). A duration's has the sum of the
 * seconds, and how many there were.
 */
export function dataPoints(counts: Counts, most: number): AnalyticsPoint[] {
  return Object.entries(counts)
    .filter(([series]) => !series.includes(":le:"))
    .sort(([, one], [, other]) => other - one)
    .slice(0, most)
    .map(([series, count]) => {
      const [metric = "", value = ""] = series.split(":");
      const doubles: AnalyticsPoint["doubles"] =
        metric in DURATIONS ? [count, timesOf(counts, metric)] : [count];
      return { indexes: [metric], blobs: [metric, value], doubles };
    });
}

/** How often a duration was counted. */
const timesOf = (counts: Counts, duration: string): number =>
  bounds.reduce((sum, bound) => sum + (counts[`${duration}:le:${bound}`] ?? 0), 0);

interface AnalyticsPoint {
  indexes: [string];
  blobs: [metric: string, value: string];
  doubles: [count: number] | [seconds: number, times: number];
}
