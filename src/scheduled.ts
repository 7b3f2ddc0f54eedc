import type { Bindings } from "./env.ts";
import { LIMITS } from "./model/limits.ts";
import { articleFromRecord, organizationFromRecord } from "./model/record.ts";
import { type Failure, fail, ok, type Result, through } from "./model/result.ts";
import type { ChangedRecord } from "./objects/directory/sweep.ts";
import type { Handled } from "./objects/directory/tick.ts";
import type { Watched } from "./objects/directory/watchdog.ts";
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
import { mapConcurrent } from "./store/concurrency.ts";
import { logLine } from "./store/log.ts";
import { recordKind } from "./store/records.ts";
import { takeTally } from "./store/tally.ts";

/**
 * The tick, each minute: publishes records that other programs wrote or that were not announced, and wakes objects whose
 * alarm is lost. An idle tick costs two object calls, one KV list and at most one KV read; a checked follower also calls
 * the Directory.
 */
export async function tick(env: Bindings): Promise<void> {
  const { sweep } = directoryOf(env);
  const { changed, watched } = await sweep.tick(takeTally());
  if (changed.length > 0) await sweep.handled(await takeIn(env, changed));
  const stuck = await wakeAny(env, watched);
  if (stuck && changed.length === 0) await wakeAny(env, await sweep.watchMore(watched.length));
}

/** Handles organizations first, because an article in the same batch may name them. The next sweep handles the rest. */
async function takeIn(env: Bindings, changed: readonly ChangedRecord[]): Promise<Handled[]> {
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
  await directoryOf(env).organizations.putFromRecord(organization.value);
  return [taken(record, [])];
}

/** Publishes records of articles on behalf of the operator, whichever program wrote them. */
async function offerAll(
  env: Bindings,
  articles: readonly { record: ChangedRecord; id: string }[],
  mostChannels: number,
): Promise<Handled[]> {
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
  return articles.flatMap(({ record }, index) => handled(record, published[index] ?? fail(unavailable())));
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
  return { ...taken(record, record.formerOrganizations), problem: { reason, errors } };
}

const detailOf = (failure: Failure): string => ("detail" in failure ? failure.detail : failure.tag);

const OBJECTS = {
  channel: channelOf,
  endpoint: endpointOf,
  subscription: subscriptionOf,
  follower: followerOf,
  switchboard: switchboardOf,
} as const;

/** Checks objects; true if one was stuck. A failed check does not affect the others. */
async function wakeAny(env: Bindings, watched: readonly Watched[]): Promise<boolean> {
  const found = await mapConcurrent(LIMITS.CONNECTIONS, watched, async ({ kind, name }) => {
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
