/** What Cloudflare counts. An alarm is a request to an object; setting one is a row written (platform). */
export interface Usage {
  requests: number;
  kvReads: number;
  kvWrites: number;
  kvLists: number;
  objectRequests: number;
  rowsRead: number;
  rowsWritten: number;
}
export type Meter = keyof Usage;

const NOTHING: Usage = {
  requests: 0,
  kvReads: 0,
  kvWrites: 0,
  kvLists: 0,
  objectRequests: 0,
  rowsRead: 0,
  rowsWritten: 0,
};

const cost = (some: Partial<Usage>): Usage => ({ ...NOTHING, ...some });

/**
 * What each operation costs at most, with all that follows from it: its alarms, the watchdog's checks, and what is deleted
 * when it has been kept long enough. `tests/worker/counts/` counts them.
 */
export const UNIT_COSTS = {
  /** A day without anything to do: 1,440 ticks, and 427 sweeps of unchanged records. */
  idleDay: cost({
    requests: 1_440,
    kvLists: 432,
    objectRequests: 1_440,
    rowsRead: 20_000,
    rowsWritten: 1_760,
  }),
  /** An object's turn in the watchdog's round, once a day. */
  turn: cost({ objectRequests: 1, rowsRead: 15 }),
  /**
   * A new article in one organization: accepted, published in three formats, and read again by the sweep. Of the rows read,
   * 4,000 are for the thousand keys that are listed with it, each looked up in two sweeps.
   */
  article: cost({
    requests: 1,
    kvReads: 1,
    kvWrites: 4,
    objectRequests: 9,
    rowsRead: 4_400,
    rowsWritten: 42,
  }),
  /** The same article in a further organization. */
  furtherOrganization: cost({ kvWrites: 3, objectRequests: 4, rowsRead: 450, rowsWritten: 28 }),
  /** The headlines of a publication for the feed of the whole service, if that is on. */
  headlines: cost({ objectRequests: 1, rowsRead: 13, rowsWritten: 6 }),
  /** An article's alert to one webhook that is delivered at once: handed over, sent, checked; deleted later. */
  alert: cost({ objectRequests: 3.4, rowsRead: 80, rowsWritten: 16 }),
  /** A further attempt after a failure. */
  retry: cost({ objectRequests: 4, rowsRead: 80, rowsWritten: 16 }),
  /** A changed feed to one subscriber of the hub. */
  push: cost({ kvReads: 1, objectRequests: 4, rowsRead: 40, rowsWritten: 10 }),
  /** A reader that asks for a feed, changed or not. */
  poll: cost({ requests: 1, kvReads: 1 }),
} as const satisfies Record<string, Usage>;

/** Bytes that stay for each article: its record in KV, and its ledger row with three fragments in an object. */
const ARTICLE_BYTES = { kv: 3_000, objects: 15_000 };
/** Bytes of an event, and of one delivery of it with its attempt, for 30 days each. */
const [EVENT_BYTES, DELIVERY_BYTES, KEPT_DAYS] = [4_000, 7_000, 30];

/** A deployment, and what it does in a day. */
export interface Deployment {
  organizations: number;
  /** New articles in a day, in all. */
  articles: number;
  /** Organizations of an article. */
  organizationsPerArticle: number;
  /** Of each organization. */
  webhooks: number;
  /** Of each organization's feed, by WebSub. */
  subscribers: number;
  /** Of each organization's feeds. */
  readers: number;
  /** How often a reader asks in a day. */
  polls: number;
  /** Of 100 alerts, those that fail at first: each is tried four times more. */
  failingPercent: number;
  /** Days of history. */
  days: number;
}

/** A small one: what is not given on the command line. */
export const DEPLOYMENT: Deployment = {
  organizations: 1,
  articles: 10,
  organizationsPerArticle: 1,
  webhooks: 1,
  subscribers: 0,
  readers: 10,
  polls: 48,
  failingPercent: 5,
  days: 365,
};

const RETRIES = 4;

/** How often each operation happens in a day. */
export function operationsOf(deployment: Deployment): Record<keyof typeof UNIT_COSTS, number> {
  const { organizations, articles, organizationsPerArticle, webhooks, subscribers, readers } = deployment;
  const placed = articles * organizationsPerArticle;
  const alert = placed * webhooks;
  const objects = organizations * (1 + webhooks + subscribers);
  return {
    idleDay: 1,
    turn: Math.min(objects, TURNS_A_DAY),
    article: articles,
    furtherOrganization: placed - articles,
    headlines: placed,
    alert,
    retry: (alert * deployment.failingPercent * RETRIES) / 100,
    push: placed * subscribers,
    poll: organizations * readers * deployment.polls,
  };
}

/** `LIMITS.WATCH_ROUND_A_DAY`. */
const TURNS_A_DAY = 400;

/** What a number of operations costs. */
export function usageOf(operations: Partial<Record<keyof typeof UNIT_COSTS, number>>): Usage {
  const usage = { ...NOTHING };
  for (const [name, count = 0] of Object.entries(operations)) {
    const unit = UNIT_COSTS[name as keyof typeof UNIT_COSTS];
    for (const meter of METERS) usage[meter] += unit[meter] * count;
  }
  return usage;
}

/** Gigabytes that are kept after the deployment's days. */
export function storageOf({ articles, organizationsPerArticle, webhooks, days }: Deployment) {
  const placed = articles * organizationsPerArticle;
  const kept = placed * Math.min(days, KEPT_DAYS) * (EVENT_BYTES + webhooks * DELIVERY_BYTES);
  return {
    kv: (articles * days * ARTICLE_BYTES.kv) / 1e9,
    objects: (placed * days * ARTICLE_BYTES.objects + kept) / 1e9,
  };
}

/** What a plan gives: a quota a day on the free plan; what a month includes and a million more costs on the paid one. */
interface Price {
  freeDay: number;
  paidMonth: number;
  dollarsPerMillion: number;
}

/** Cloudflare's prices of November 2026. */
export const PRICES: Readonly<Record<Meter, Price>> = {
  requests: { freeDay: 100_000, paidMonth: 10e6, dollarsPerMillion: 0.3 },
  kvReads: { freeDay: 100_000, paidMonth: 10e6, dollarsPerMillion: 0.5 },
  kvWrites: { freeDay: 1_000, paidMonth: 1e6, dollarsPerMillion: 5 },
  kvLists: { freeDay: 1_000, paidMonth: 1e6, dollarsPerMillion: 5 },
  objectRequests: { freeDay: 100_000, paidMonth: 1e6, dollarsPerMillion: 0.15 },
  rowsRead: { freeDay: 5e6, paidMonth: 25e9, dollarsPerMillion: 0.001 },
  rowsWritten: { freeDay: 100_000, paidMonth: 50e6, dollarsPerMillion: 1 },
};
export const METERS = Object.keys(PRICES) as Meter[];

const PLAN_DOLLARS = 5;
const STORAGE = { kv: { included: 1, dollars: 0.5 }, objects: { included: 5, dollars: 0.2 } };
const MONTH_DAYS = 30;

/** What a deployment needs, and what it costs. */
export interface Estimate {
  /** In a day. */
  usage: Usage;
  /** The share of each daily quota of the free plan. */
  shares: Usage;
  /** The meter that reaches its quota first, and how many times the articles and readers would reach it. */
  binding: { meter: Meter; times: number };
  fitsFree: boolean;
  /** Gigabytes. */
  storage: ReturnType<typeof storageOf>;
  /** In a month on the paid plan, without CPU and duration. */
  dollars: number;
}

/** What a month's use costs on the paid plan, without storage, CPU and duration. */
export function dollarsOf(month: Partial<Usage>): number {
  return METERS.reduce((sum, meter) => {
    const { paidMonth, dollarsPerMillion } = PRICES[meter];
    return sum + (Math.max(0, (month[meter] ?? 0) - paidMonth) / 1e6) * dollarsPerMillion;
  }, PLAN_DOLLARS);
}

/** Estimates what a deployment needs a day and costs a month. Pure. */
export function estimate(deployment: Deployment): Estimate {
  const usage = usageOf(operationsOf(deployment));
  const idle = usageOf({ idleDay: 1 });
  const storage = storageOf(deployment);
  const each = (of: (meter: Meter) => number): Usage =>
    Object.fromEntries(METERS.map((meter) => [meter, of(meter)])) as unknown as Usage;
  const shares = each((meter) => usage[meter] / PRICES[meter].freeDay);
  const timesOf = (meter: Meter): number =>
    (PRICES[meter].freeDay - idle[meter]) / Math.max(usage[meter] - idle[meter], Number.MIN_VALUE);
  const meter = METERS.reduce((first, next) => (timesOf(next) < timesOf(first) ? next : first));
  const month = each((meter) => usage[meter] * MONTH_DAYS);
  const stored = (["kv", "objects"] as const).map(
    (kind) => Math.max(0, storage[kind] - STORAGE[kind].included) * STORAGE[kind].dollars,
  );
  return {
    usage,
    shares,
    binding: { meter, times: timesOf(meter) },
    fitsFree:
      METERS.every((one) => shares[one] <= 1) &&
      storage.kv <= STORAGE.kv.included &&
      storage.objects <= STORAGE.objects.included,
    storage,
    dollars: stored.reduce((sum, one) => sum + one, dollarsOf(month)),
  };
}
