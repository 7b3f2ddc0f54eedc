import { type Bindings, configuration } from "./env.ts";
import type { Article } from "./model/article.ts";
import { LIMITS } from "./model/limits.ts";
import { articleFromRecord, organizationFromRecord } from "./model/record.ts";
import { type Failure, ok, type Result } from "./model/result.ts";
import type { ChangedRecord, Watched } from "./objects/directory/sweep.ts";
import type { Handled } from "./objects/directory.ts";
import { attributed, NONE_FOUND } from "./objects/publishing/attribution.ts";
import { type Handover, handOver, offerOf, withinChannels } from "./objects/publishing/handover.ts";
import { channelOf, directoryOf, endpointOf, followerOf, subscriptionOf } from "./objects/stubs.ts";
import { eachAtMost } from "./store/concurrency.ts";
import { logLine } from "./store/log.ts";
import { recordKind } from "./store/records.ts";

/**
 * The tick, each minute: hands the channels what they have not announced, whichever door it came in by, and
 * wakes what should be awake. An idle tick is two object calls, one KV list and at most one KV read; a follower that is
 * looked at asks the directory besides.
 */
export async function tick(env: Bindings): Promise<void> {
  const directory = directoryOf(env);
  const { changed, watched } = await directory.tick();
  if (changed.length > 0) await directory.handled(await takeIn(env, changed));
  if ((await wakeAny(env, watched)) && changed.length === 0) await wakeAny(env, await directory.watchMore());
}

/** Organizations first: an article of the same page may name them. What is left out is met by the next sweep. */
async function takeIn(env: Bindings, changed: readonly ChangedRecord[]): Promise<Handled[]> {
  const kinds = changed.map((record) => ({
    record,
    ...(recordKind(record.key) ?? { kind: "none", id: "" }),
  }));
  const tooLong = kinds.filter(({ record }) => record.text.length > LIMITS.BODY_BYTES);
  const usable = kinds.filter((one) => !tooLong.includes(one));
  // Each costs two calls: to its channel and to the directory.
  const organizations = usable
    .filter(({ kind }) => kind === "organization")
    .slice(0, LIMITS.SWEEP_CHANNELS / 2);
  const entered = await eachAtMost(LIMITS.CONNECTIONS, organizations, ({ record, id }) =>
    enter(env, record, id).catch((error: unknown) => {
      logLine("error", "sweep.enter", { key: record.key, error: String(error) });
      return [];
    }),
  );
  const articles = usable.filter(({ kind }) => kind === "article");
  const strangers = usable.filter(({ kind }) => kind === "none");
  return [
    ...entered.flat(),
    ...(await offerAll(env, articles, LIMITS.SWEEP_CHANNELS - 2 * organizations.length)),
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
}

async function enter(env: Bindings, record: ChangedRecord, slug: string): Promise<Handled[]> {
  const organization = organizationFromRecord(slug, record.text);
  if (!organization.ok) return [refused(record, organization.failure)];
  if (!record.settled) return [{ ...taken(record, []), waitsFor: "next-sweep" }];
  await channelOf(env, slug).organization.describe(organization.value);
  await directoryOf(env).enter(organization.value);
  return [taken(record, [])];
}

async function offerAll(
  env: Bindings,
  articles: { record: ChangedRecord; id: string }[],
  mostChannels: number,
): Promise<Handled[]> {
  const { site } = configuration(env);
  const results: Handled[] = [];
  const ready: { record: ChangedRecord; handover: Handover }[] = [];
  for (const { record, article } of await readAll(env, articles)) {
    const offer = article.ok ? await offerOf(article.value, "sweep", site) : article;
    if (!offer.ok) results.push(refused(record, offer.failure));
    else if (offer.value.article.organizations.length === 0) {
      results.push({ ...refused(record, NONE_FOUND), waitsFor: "new-organization" });
    } else {
      const organizations = [
        ...new Set([...offer.value.article.organizations, ...record.formerOrganizations]),
      ];
      ready.push({ record, handover: { offer: offer.value, organizations } });
    }
  }
  const some = withinChannels(
    ready,
    ({ handover }) => handover.organizations,
    mostChannels,
    mostChannels === LIMITS.SWEEP_CHANNELS, // one that reaches more has a tick to itself
  );
  const known = await knownOnly(env, some, results);
  const outcomes = await handOver(
    env,
    known.map(({ handover }) => handover),
  );
  for (const [index, { record, handover }] of known.entries()) {
    // A record that was not handed over everywhere is not noted, and so is met again by the next sweep.
    if (outcomes[index] === "failed") continue;
    results.push({
      ...taken(record, handover.offer.article.organizations),
      waitsFor: outcomes[index] === "unsettled" ? "next-sweep" : null,
    });
  }
  return results;
}

/** The articles in records; those that name no organization with the ones that are found in them. */
async function readAll(
  env: Bindings,
  records: readonly { record: ChangedRecord; id: string }[],
): Promise<{ record: ChangedRecord; article: Result<Article> }[]> {
  const read = records.map(({ record, id }) => {
    const edited = record.formerOrganizations.length > 0 ? Date.now() : undefined;
    return { record, article: articleFromRecord(id, record.text, record.firstSeenMs, edited) };
  });
  const usable = read.flatMap(({ article }) => (article.ok ? [article.value] : []));
  const complete = (await attributed(env, usable)).values();
  return read.map(({ record, article }) => {
    const value = article.ok ? complete.next().value : undefined;
    return { record, article: value ? ok(value) : article };
  });
}

async function knownOnly<T extends { record: ChangedRecord; handover: Handover }>(
  env: Bindings,
  ready: readonly T[],
  results: Handled[],
): Promise<T[]> {
  const slugs = [...new Set(ready.flatMap(({ handover }) => handover.offer.article.organizations))];
  const unknown = new Set(slugs.length > 0 ? await directoryOf(env).unknown(slugs, "allowed") : []);
  return ready.filter(({ record, handover }) => {
    const index = handover.offer.article.organizations.findIndex((slug) => unknown.has(slug));
    if (index < 0) return true;
    const errors = [{ path: `organizations.${index}`, message: "there is no such organization" }];
    results.push({
      ...taken(record, record.formerOrganizations),
      waitsFor: "new-organization",
      problem: { reason: "organization-unknown", errors },
    });
    return false;
  });
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
  return { ...taken(record, record.formerOrganizations), problem: { reason, errors } };
}

const detailOf = (failure: Failure): string => ("detail" in failure ? failure.detail : failure.tag);

const OBJECTS = {
  channel: channelOf,
  endpoint: endpointOf,
  subscription: subscriptionOf,
  follower: followerOf,
} as const;

/** Looks at objects; true when one was stuck. One that cannot be looked at does not keep the others asleep. */
async function wakeAny(env: Bindings, watched: readonly Watched[]): Promise<boolean> {
  const found = await eachAtMost(LIMITS.CONNECTIONS, watched, async ({ kind, name }) => {
    try {
      const stuck = await OBJECTS[kind](env, name).wake();
      if (stuck) logLine("warn", "watchdog.woke", { kind, name });
      return stuck;
    } catch (error) {
      logLine("error", "watchdog", { kind, name, error: String(error) });
      return false;
    }
  });
  return found.includes(true);
}
