import type { Bindings } from "./env.ts";
import { LIMITS } from "./model/limits.ts";
import { seriesOf } from "./model/metrics.ts";
import { articleFromRecord, organizationFromRecord, problemErrors } from "./model/record.ts";
import { type Failure, fail, ok, type Result, through } from "./model/result.ts";
import type { ChangedRecord } from "./objects/directory/sweep.ts";
import type { Handled, TickPlan } from "./objects/directory/tick.ts";
import type { Check, Checked, CheckedChannel, CheckResult, Watched } from "./objects/directory/watchdog.ts";
import {
  channelOf,
  directoryOf,
  endpointOf,
  followerOf,
  subscriptionOf,
  switchboardOf,
} from "./objects/stubs.ts";
import { type Input, type Published, unavailable } from "./publishing/draft.ts";
import { publish } from "./publishing/pipeline.ts";
import { mapConcurrent, within } from "./store/concurrency.ts";
import { logLine } from "./store/log.ts";
import { recordKind } from "./store/records.ts";
import { takeTally, tallyAll, tallyQuietly } from "./store/tally.ts";

/**
 * The tick, each minute: publishes records that other programs wrote or that were not announced, and checks objects that
 * have something due. An idle tick costs one object call, and at most one KV list and one KV read.
 */
export async function tick(env: Bindings): Promise<void> {
  tallyQuietly(seriesOf("requests", "")); // so the platform counts it
  const { sweep } = directoryOf(env);
  const { changed, watch, error } = await sweep.tick(takeTally());
  let most = changed.length > 0 ? LIMITS.WATCH_CHECKS_BESIDE_RECORDS : watch.most;
  try {
    if (changed.length > 0) {
      const { handled: results, calls } = await takeIn(env, changed);
      most = Math.max(most, watch.most - calls);
      await sweep.handled(results);
    }
  } finally {
    await checkObjects(env, { ...watch, most }); // whatever became of the records
  }
  if (error !== undefined) throw new Error(error);
}

/** What became of records, and how many calls they cost at most: the watchdog has what is left of the tick's. */
interface Taken {
  handled: Handled[];
  calls: number;
}

/** The calls of the Directory beside those for organizations: names, claims, departures, results. */
const RECORDS_CALLS = 4;

/** Handles organizations first, because an article in the same batch may name them. The next sweep handles the rest. */
async function takeIn(env: Bindings, changed: readonly ChangedRecord[]): Promise<Taken> {
  const kinds = changed.map((record) => ({
    record,
    ...(recordKind(record.key) ?? { kind: "none", id: "" }),
  }));
  const tooLong = kinds.filter(({ record }) => record.text.length > LIMITS.BODY_BYTES);
  const usable = kinds.filter((one) => !tooLong.includes(one));
  // Each costs two calls: of its channel and of the Directory.
  const organizations = usable
    .filter(({ kind }) => kind === "organization")
    .slice(0, LIMITS.SWEEP_CHANNELS / 2);
  const entered = await mapConcurrent(LIMITS.CONNECTIONS, organizations, ({ record, id }) =>
    enter(env, record, id).catch((error: unknown) => {
      logLine("error", "sweep.enter", { key: record.key, error: String(error) });
      return [];
    }),
  );
  const articles = usable.filter(({ kind }) => kind === "article");
  const strangers = usable.filter(({ kind }) => kind === "none");
  const offered = await offerAll(env, articles, LIMITS.SWEEP_CHANNELS - 2 * organizations.length);
  const handled = [
    ...entered.flat(),
    ...offered.handled,
    ...tooLong.map(({ record }) =>
      refused(record, {
        tag: "malformed",
        detail: `the record has more than ${LIMITS.BODY_BYTES} characters`,
      }),
    ),
    ...strangers.map(({ record }) =>
      refused(record, { tag: "malformed", detail: "the key is neither article:… nor organization:…" }),
    ),
  ];
  return { handled, calls: RECORDS_CALLS + 2 * organizations.length + offered.calls };
}

async function enter(env: Bindings, record: ChangedRecord, slug: string): Promise<Handled[]> {
  const organization = organizationFromRecord(slug, record.text);
  if (!organization.ok) return [refused(record, organization.failure)];
  if (!record.settled) return [{ ...taken(record, []), waitsFor: "next-sweep" }];
  await directoryOf(env).organizations.putFromRecord(organization.value);
  return [taken(record, [])];
}

/** Publishes records of articles on behalf of the operator, whichever program wrote them. One call a channel. */
async function offerAll(
  env: Bindings,
  articles: readonly { record: ChangedRecord; id: string }[],
  mostChannels: number,
): Promise<Taken> {
  const read = articles.map(({ record, id }) => inputFrom(record, id));
  const published = await through(read, (some) =>
    publish(env, some, {
      actor: { kind: "service", onBehalfOf: "operator" },
      notify: true,
      source: "record",
      // An article that exceeds the limit gets a tick of its own.
      channels: { most: mostChannels, alone: mostChannels === LIMITS.SWEEP_CHANNELS },
    }),
  );
  return {
    handled: articles.flatMap(({ record }, index) =>
      handled(record, published[index] ?? fail(unavailable())),
    ),
    calls: new Set(
      articles.flatMap(({ record }, index) => {
        const slugs = concernedBy(published[index]);
        return slugs.length > 0 ? [...slugs, ...record.formerOrganizations] : [];
      }),
    ).size,
  };
}

/** The organizations whose channels were called for an article, or may have been. */
function concernedBy(published: Result<Published> | undefined): readonly string[] {
  if (published?.ok) return [...published.value.article.organizations, ...published.value.changed];
  return published?.failure.tag === "unavailable" ? (published.failure.organizations ?? []) : [];
}

function inputFrom(record: ChangedRecord, id: string): Result<Input> {
  const edited = record.formerOrganizations.length > 0 ? Date.now() : undefined;
  const article = articleFromRecord(id, record.text, record.firstSeenMs, edited);
  if (!article.ok) return article;
  const { organizations, ...fields } = article.value;
  const { version, formerOrganizations } = record;
  return ok({
    id,
    idBy: "publisher",
    fields: organizations.length > 0 ? { ...fields, organizations } : fields,
    record: { foreign: version === null, formerOrganizations },
  });
}

/** The result of a record. A record that did not reach every channel has none, so that the next sweep retries it. */
function handled(record: ChangedRecord, published: Result<Published>): Handled[] {
  if (published.ok) {
    const { article, settled } = published.value;
    if (settled) return [taken(record, article.organizations)];
    const concerned = [...new Set([...article.organizations, ...record.formerOrganizations])];
    return [{ ...taken(record, concerned), waitsFor: "next-sweep" }];
  }
  const { failure } = published;
  if (failure.tag === "unavailable") return [];
  if (failure.tag !== "invalid" || !failure.unknown) return [refused(record, failure)];
  const waiting = { ...refused(record, failure), waitsFor: "new-organization" as const };
  if (failure.unknown.length === 0) return [waiting];
  const errors = failure.errors
    .slice(0, 1)
    .map(({ path }) => ({ path, message: "there is no such organization" }));
  return [{ ...waiting, problem: { reason: "organization-unknown", errors } }];
}

const taken = (record: ChangedRecord, organizations: string[]): Handled => ({
  record,
  organizations,
  waitsFor: null,
  problem: null,
});

function refused(record: ChangedRecord, failure: Failure): Handled {
  const errors = failure.tag === "invalid" ? failure.errors : [{ path: "", message: detailOf(failure) }];
  const reason = failure.tag === "invalid" || failure.tag === "unrenderable" ? failure.tag : "malformed";
  return { ...taken(record, record.formerOrganizations), problem: { reason, errors: problemErrors(errors) } };
}

const detailOf = (failure: Failure): string => ("detail" in failure ? failure.detail : failure.tag);

/**
 * Checks objects, and those that the channels among them gave something to do, as many as there is room for: the others
 * stay due. Tells the Directory of those that are not idle.
 */
async function checkObjects(env: Bindings, { checks, most }: TickPlan["watch"]): Promise<void> {
  const tellers = checks.filter(tells);
  const others = checks.filter((one) => !tells(one));
  const reserved = Math.min(others.length, Math.floor(most / OTHERS_SHARE));
  const results: CheckResult[] = [];
  const told: Check[] = [];
  for (const teller of tellers) {
    const left = most - reserved - results.length - told.length;
    if (left < 2) break; // itself, and one that it told
    const { told: named = [], ...result } = await checked(teller, ({ kind, name, pass }) => {
      const stub = kind === "switchboard" ? switchboardOf(env) : channelOf(env, name);
      return stub.check(pass, left - 1);
    });
    told.push(...named.map((one) => ({ ...one, checkMs: null, pass: NO_PASS })));
    results.push(result);
  }
  // One that tells others has a pass of its own, from the next tick on.
  results.push(...told.filter(tells).map((one) => ({ ...one, dueMs: 0 })));
  const known = new Set(told.map(({ name }) => name));
  const rest = [...told.filter((one) => !tells(one)), ...others.filter(({ name }) => !known.has(name))].slice(
    0,
    most - results.length,
  );
  results.push(
    ...(await mapConcurrent(LIMITS.CONNECTIONS, rest, (one) => checked(one, () => ask(env, one)))),
  );
  const news = results.filter(
    ({ checkMs, dueMs, pass }) => checkMs !== null || dueMs !== null || pass?.after,
  );
  if (news.length > 0) await directoryOf(env).watchdog.checked(news);
}

/** Whether an object gives others something to do, which it names when it is checked. */
const tells = ({ kind }: Check): boolean => kind === "channel" || kind === "switchboard";

/** The share of the checks that channels and those whom they told leave to others: one in so many. */
const OTHERS_SHARE = 4;

const NO_PASS = { sinceMs: 0, beganMs: 0, after: "" };

/** Checks an object that tells no others. */
async function ask(env: Bindings, { kind, name, checkMs }: Check): Promise<Checked> {
  if (kind === "follower") return followerOf(env, name).check(checkMs === null);
  return kind === "endpoint" ? endpointOf(env, name).check() : subscriptionOf(env, name).check();
}

/** The result of a check, and what a channel told. One that fails, or is not answered in time, affects no other. */
async function checked(
  check: Check,
  act: (check: Check) => Promise<Checked | CheckedChannel>,
): Promise<CheckResult & { told?: Watched[] }> {
  const { kind, name, checkMs } = check;
  try {
    const said = await within(LIMITS.WATCH_ANSWER_MS, act(check));
    if (said === null) throw new Error(`It did not answer within ${LIMITS.WATCH_ANSWER_MS} ms`);
    const { stuck, counts, ...answer } = said;
    tallyAll(counts); // the next tick hands them on
    if (stuck) logLine("warn", "watchdog.woke", { kind, name });
    return { kind, name, checkMs, ...answer };
  } catch (error) {
    logLine("error", "watchdog", { kind, name, error: String(error) });
    return { kind, name, checkMs };
  }
}
