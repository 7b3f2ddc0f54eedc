import { type Bindings, configuration } from "../../env.ts";
import { type SafeArticle, safeArticle } from "../../feeds/item.ts";
import { articleFrom, type NamedFields } from "../../model/article.ts";
import { articleVersion } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { mayActFor, type Principal } from "../../model/token.ts";
import { eachAtMost } from "../../store/concurrency.ts";
import { logLine } from "../../store/log.ts";
import { readArticles, writeArticle } from "../../store/records.ts";
import type { RenderedOffer } from "../channel/decide.ts";
import { channelOf, directoryOf } from "../stubs.ts";
import { attributed } from "./attribution.ts";
import { type HandoverOutcome, handOver, offerOf } from "./handover.ts";

/** An article that somebody wants published; `fresh` when its id was drawn just now, so that nothing is there. */
export interface Submission {
  id: string;
  input: NamedFields;
  fresh: boolean;
}

/** A published article; `created` when there was none at its id. */
export interface Published {
  article: SafeArticle;
  created: boolean;
  /** The organizations to which it was news: none when all of it was said already. */
  changed: string[];
}

interface Ready {
  offer: RenderedOffer;
  before: SafeArticle | null;
  /** The record read before says the same already. */
  same: boolean;
}

/** Said of an article that broke off on its way. */
export const UNAVAILABLE = fail({
  tag: "unavailable",
  detail: "The article could not be stored and announced everywhere. Send it again: nothing is done twice.",
  retryAfterSeconds: 2,
});

/**
 * Publishes articles: checks each, writes its record, hands it to its channels. One that fails harms no other.
 * Costs at most one KV read for a hundred, one write each, and two object calls for each organization named.
 * @param quiet without a word to webhooks
 */
export async function publishAll(
  env: Bindings,
  principal: Principal,
  submissions: readonly Submission[],
  { quiet = false }: { quiet?: boolean } = {},
): Promise<Result<Published>[]> {
  const now = Date.now();
  const unknown = await unknownIn(env, principal, submissions);
  const askable = submissions.filter(
    ({ fresh, input }) => !fresh && !unknown.has(input.organizations[0] ?? ""),
  );
  const before = await standingAt(env, askable, now);
  const ready = await Promise.all(
    submissions.map((submission) =>
      prepare(env, principal, submission, before.get(submission.id) ?? null, unknown, now),
    ),
  );
  const offered = ready.map((one) =>
    quiet && one.ok ? ok({ ...one.value, offer: { ...one.value.offer, notify: false } }) : one,
  );
  return announce(env, offered);
}

/**
 * Those of the organizations named that there are not. What the directory has found, it knows; which of a token's are
 * open it has said just now.
 */
async function unknownIn(
  env: Bindings,
  principal: Principal,
  submissions: readonly Submission[],
): Promise<Set<string>> {
  const open = principal.kind === "token" ? principal.open : [];
  const named = submissions
    .flatMap(({ input }) => (input.attributions ? [] : input.organizations))
    .filter((slug) => !open.includes(slug));
  return new Set(
    named.length > 0 ? await directoryOf(env).organizations.unknown([...new Set(named)], "refused") : [],
  );
}

/** The article that stands at a submission's id; null when there is none. */
export async function standing(env: Bindings, submission: Submission): Promise<SafeArticle | null> {
  return (await standingAt(env, [submission], Date.now())).get(submission.id) ?? null;
}

/**
 * What stands at the ids. A channel where the article is live knows at once what was said of it last; KV, asked
 * for the others, may answer for a minute with what was.
 */
async function standingAt(
  env: Bindings,
  submissions: readonly Submission[],
  now: number,
): Promise<Map<string, SafeArticle>> {
  const bySlug = Map.groupBy(submissions, ({ input }) => input.organizations[0] ?? "");
  const live = await eachAtMost(LIMITS.CONNECTIONS, [...bySlug], ([slug, some]) =>
    liveIn(
      env,
      slug,
      some.map(({ id }) => id),
    ),
  );
  const found = new Map(live.flat().map((article) => [article.id, article]));
  const others = submissions.map(({ id }) => id).filter((id) => !found.has(id));
  const read = await attributed(env, [...(await readArticles(env.RECORDS, others, now)).values()]);
  return new Map([...found, ...read.map((article) => [article.id, article] as const)]);
}

/** None when the channel cannot be reached: the handover, which needs it, will say so. */
async function liveIn(env: Bindings, slug: string, ids: string[]): Promise<SafeArticle[]> {
  try {
    return await channelOf(env, slug).articles.live(ids);
  } catch (error) {
    logLine("error", "article.standing", { organization: slug, error: String(error) });
    return [];
  }
}

/** Announces one article: as {@link publishAll} does with those that passed its checks. */
export async function announceOne(
  env: Bindings,
  article: SafeArticle,
  before: SafeArticle,
): Promise<Result<Published>> {
  const offer = await offerOf(article, "api", configuration(env).site);
  const ready = offer.ok ? ok({ offer: offer.value, before, same: false }) : offer;
  const [published] = await announce(env, [ready]);
  return published ?? UNAVAILABLE;
}

async function prepare(
  env: Bindings,
  principal: Principal,
  { id, input }: Submission,
  before: SafeArticle | null,
  unknown: ReadonlySet<string>,
  now: number,
): Promise<Result<Ready>> {
  if (!mayActFor(principal, [...input.organizations, ...(before?.organizations ?? [])])) {
    return fail({ tag: "forbidden" });
  }
  const errors = input.organizations.flatMap((slug, index) =>
    unknown.has(slug)
      ? [{ path: `organizations.${index}`, message: `there is no organization ${slug}` }]
      : [],
  );
  if (errors.length > 0) return fail({ tag: "invalid", errors });
  const { attributions } = input;
  const { site } = configuration(env);
  const said = { ...articleFrom(id, input, before, now), ...(attributions ? { attributions } : {}) };
  const safe = safeArticle(said, site);
  if (!safe.ok) return safe;
  const article = safe.value;
  const same = before !== null && (await articleVersion(before)) === (await articleVersion(article));
  const offer = await offerOf(same && before ? before : article, "api", site);
  return offer.ok ? ok({ offer: offer.value, before, same }) : offer;
}

/**
 * Record first, so that what is announced can be found. Only where the record already says the same is it left
 * alone, to save a write — unless a channel then finds it new: then what was read from KV was old.
 */
async function announce(env: Bindings, prepared: readonly Result<Ready>[]): Promise<Result<Published>[]> {
  const stored = await eachAtMost(LIMITS.CONNECTIONS, prepared, async (ready) =>
    !ready.ok || ready.value.same || (await store(env, ready.value)) ? ready : UNAVAILABLE,
  );
  const standing = stored.flatMap((ready) => (ready.ok ? [ready.value] : []));
  const outcomes = await handOver(
    env,
    standing.map((ready) => ({ offer: ready.offer, organizations: concerned(ready) })),
  );
  const outcomeOf = new Map(standing.map((ready, index) => [ready, outcomes[index] ?? "failed"]));
  return eachAtMost(LIMITS.CONNECTIONS, stored, async (ready) =>
    ready.ok ? conclude(env, ready.value, outcomeOf.get(ready.value) ?? "failed") : ready,
  );
}

async function conclude(env: Bindings, ready: Ready, outcome: HandoverOutcome): Promise<Result<Published>> {
  if (outcome === "failed") return UNAVAILABLE;
  if (ready.same && outcome === "announced" && !(await store(env, ready))) return UNAVAILABLE;
  const changed = outcome === "unchanged" ? [] : concerned(ready);
  return ok({ article: ready.offer.article, created: ready.before === null, changed });
}

/** Those that it names, and those that it has left. */
const concerned = ({ offer, before }: Ready): string[] => [
  ...new Set([...offer.article.organizations, ...(before?.organizations ?? [])]),
];

async function store(env: Bindings, { offer }: Ready): Promise<boolean> {
  try {
    await writeArticle(env.RECORDS, offer.article, offer.version);
    return true;
  } catch (error) {
    logLine("error", "article.store", { article: offer.article.id, error: String(error) });
    return false;
  }
}
