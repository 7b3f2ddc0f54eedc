import type { Bindings } from "../env.ts";
import { articleVersion } from "../model/digest.ts";
import { tagOf } from "../model/precondition.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Claim, ClaimRequest, Correction } from "../objects/directory/articles.ts";
import type { Answer } from "../objects/directory/idempotency.ts";
import { directoryOf } from "../objects/stubs.ts";
import { logLine } from "../store/log.ts";
import { type Claimed, type Draft, type Policy, type Published, reachOf } from "./draft.ts";
import type { Delivered } from "./handover.ts";

const UNCLAIMED: Claim = { state: "granted", owners: null, lately: false, leaving: [] };

/** Claims the drafts' ids, in one call of the Directory. */
export async function claim(
  env: Bindings,
  drafts: readonly Draft[],
  policy: Policy,
): Promise<Result<Claimed>[]> {
  const asking = drafts.filter((draft) => needsClaim(draft, policy));
  const requests = await Promise.all(asking.map((draft) => requestOf(draft, policy)));
  const claims = requests.length > 0 ? await directoryOf(env).articles.claim(requests) : [];
  const claimOf = new Map(asking.map((draft, index) => [draft, claims[index]]));
  return drafts.map((draft) => claimed(draft, claimOf.get(draft) ?? UNCLAIMED, policy));
}

/**
 * Whether a draft needs a claim. It needs none if it changes nothing, or if its id was just generated at random for
 * organizations that the caller's token shows as open, without a precondition.
 */
function needsClaim({ input, channels, write }: Draft, { actor, source }: Policy): boolean {
  if (source === "export") return !input.departed && (channels.length > 0 || write);
  if (source === "record" || input.idBy !== "chance" || input.once || input.precondition) return true;
  const open = actor.kind === "token" ? actor.open : [];
  return !input.evidence && input.organizations.some((slug) => !open.includes(slug));
}

async function requestOf(
  { input, article, version, before }: Draft,
  { actor, source }: Policy,
): Promise<ClaimRequest> {
  const { id, idBy, fields, organizations, once = null, record, precondition = null } = input;
  return {
    id,
    organizations: fields === null ? null : article.organizations,
    reach: reachOf(actor, organizations),
    known: before?.organizations ?? null,
    // A record of this service was claimed when it was written.
    idBy: idBy === "chance" || record?.foreign === false ? "nobody-else" : idBy,
    from: source === "record" ? "record" : "request",
    closed: source === "statement" ? "refused" : "allowed",
    once,
    // What another program has written is shown as KV has it.
    version: source === "record" ? null : version,
    precondition,
    knownVersion: precondition && before ? await articleVersion(before) : null,
  };
}

function claimed(draft: Draft, claim: Claim, { source }: Policy): Result<Claimed> {
  const granted = {
    ...draft,
    askChannel: null,
    leaving: [],
    settled: true,
    replayed: false,
    held: draft.input.once ?? null,
    claimedVersion: source === "record" || claim === UNCLAIMED ? null : draft.version,
  };
  const still = { ...granted, held: null, claimedVersion: null, channels: [], offer: null, write: false };
  switch (claim.state) {
    case "granted": {
      const askChannel = (source === "statement" && claim.lately && claim.owners?.[0]) || null;
      // Former owners are notified that the article has left them, even if that record was never read.
      const { leaving } = claim;
      return ok({ ...granted, channels: [...new Set([...draft.channels, ...leaving])], askChannel, leaving });
    }
    case "unsettled":
      return ok({ ...still, settled: false });
    case "replayed":
      return ok({ ...still, ...asAnswered(draft, claim.answer), replayed: true });
    case "unknown":
      return fail(unknownOrganizations(draft.input.organizations, claim.organizations));
    case "taken":
      return fail({ tag: "forbidden" });
    case "changed":
      return fail({
        tag: "precondition-failed",
        etag: claim.version === null ? null : tagOf(claim.version),
      });
    case "running":
      return fail({ tag: "idempotency-key-in-use", retryAfterSeconds: 1 });
    case "reused":
      return fail({ tag: "idempotency-key-reused" });
  }
}

const unknownOrganizations = (named: readonly string[], unknown: readonly string[]) => ({
  tag: "invalid" as const,
  errors: named.flatMap((slug, index) =>
    unknown.includes(slug)
      ? [{ path: `organizations.${index}`, message: `there is no organization ${slug}` }]
      : [],
  ),
  unknown,
});

/** The article of the first response: this request's content, with the stored dates and organizations. */
function asAnswered(
  { article }: Draft,
  { created, article: then }: Answer,
): Pick<Draft, "article" | "outcome"> {
  const { published_precision: _p, attributions: _a, ...content } = article;
  return { article: { ...content, ...then }, outcome: created ? "created" : "unchanged" };
}

/** Records which articles have left their former owners, whose channels know it now: a call only if any has. */
export async function settleDepartures(
  env: Bindings,
  delivered: readonly Result<Delivered>[],
): Promise<void> {
  const departures = delivered.flatMap((result) => {
    if (!result.ok || result.value.outcome === "failed" || result.value.outcome === "unsettled") return [];
    const { input, leaving } = result.value.draft;
    return leaving.length > 0 ? [{ id: input.id, organizations: [...leaving] }] : [];
  });
  if (departures.length === 0) return;
  await directoryOf(env)
    .articles.told(departures)
    .catch((error: unknown) => logLine("error", "claims.told", { error: String(error) })); // they are told again
}

/** Stores the responses of idempotent requests in the Directory. */
export async function settle(
  env: Bindings,
  claims: readonly Result<Claimed>[],
  published: readonly Result<Published>[],
): Promise<void> {
  for (const [index, claim] of claims.entries()) {
    if (!claim.ok || !claim.value.held) continue;
    const result = published[index];
    try {
      await directoryOf(env).articles.settle(claim.value.held, result?.ok ? answerOf(result.value) : null);
    } catch (error) {
      // The key's lease expires. A request repeated after that runs again and changes nothing.
      logLine("error", "idempotency.settle", { article: claim.value.input.id, error: String(error) });
    }
  }
}

function answerOf({ article, outcome }: Published): Answer {
  const { organizations, attributions, published_at, published_precision, updated_at } = article;
  return {
    created: outcome === "created",
    article: {
      organizations,
      published_at,
      updated_at,
      ...(attributions ? { attributions } : {}),
      ...(published_precision ? { published_precision } : {}),
    },
  };
}

/**
 * Corrects the versions that the Directory has stored: of an article that was drafted again, and of one that broke off, of
 * which only its record can tell what stands. One call of the Directory, and only then.
 */
export async function correctVersions(
  env: Bindings,
  claims: readonly Result<Claimed>[],
  current: readonly Result<Claimed>[],
  published: readonly Result<Published>[],
): Promise<void> {
  const some = claims.flatMap((claim, index): Correction[] => {
    if (!claim.ok || claim.value.claimedVersion === null) return [];
    const { input, claimedVersion: claimed } = claim.value;
    const draft = published[index]?.ok ? current[index] : null;
    const version = draft?.ok ? draft.value.version : null;
    return version === claimed ? [] : [{ id: input.id, claimed, version }];
  });
  if (some.length === 0) return;
  try {
    await directoryOf(env).articles.correct(some);
  } catch (error) {
    // Until the next claim, a precondition is compared with the claimed version: refused rather than overwritten.
    logLine("error", "article.version", { articles: some.length, error: String(error) });
  }
}
