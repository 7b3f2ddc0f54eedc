import type { Bindings } from "../env.ts";
import { LIMITS } from "../model/limits.ts";
import { fail, ok, type Result, through } from "../model/result.ts";
import { mapConcurrent } from "../store/concurrency.ts";
import { attribute } from "./attribution.ts";
import { eachIdOnce, withinReach } from "./checks.ts";
import { claim, correctVersions, settle, settleDepartures } from "./claims.ts";
import { type Draft, type Input, type Policy, type Published, unavailable } from "./draft.ts";
import { draftExported } from "./exported.ts";
import { type Delivered, handOver, withinChannels } from "./handover.ts";
import { draftRecords, writeRecord, writeRecords } from "./record.ts";
import { draftLatelyChanged, draftStatements } from "./statement.ts";

/** How each kind of input becomes a draft. */
const DRAFTS = { statement: draftStatements, export: draftExported, record: draftRecords };

/**
 * Publishes articles from any door. A failed article does not affect the others. An article that cannot be rendered is
 * rejected before its id is claimed, so that the error reveals nothing about the id. Nothing is written without a claim.
 * Costs at most one KV read per hundred articles (more where large ones stand), one KV write per article, one call of the
 * Directory and one of each channel; one more of a channel whose articles changed so recently that KV may be out of date, and
 * one more of the Directory if an article has left an organization, broke off, or became another version for that reason.
 */
export async function publish(
  env: Bindings,
  inputs: readonly Input[],
  policy: Policy,
): Promise<Result<Published>[]> {
  const attributed = await attribute(env, inputs);
  const allowed = withinReach(eachIdOnce(attributed), policy);
  const drafts = await through(allowed, (some) => DRAFTS[policy.source](env, some, policy));
  const claimed = await through(postpone(drafts, policy), (some) => claim(env, some, policy));
  const current = await through(claimed, (some) => draftLatelyChanged(env, some, policy));
  const recorded =
    policy.source === "statement" ? await through(current, (some) => writeRecords(env, some)) : current;
  const delivered = await through(recorded, (some) => handOver(env, some));
  await settleDepartures(env, delivered);
  const published = await through(delivered, (some) =>
    mapConcurrent(LIMITS.CONNECTIONS, some, (one) => conclude(env, one, policy)),
  );
  await correctVersions(env, claimed, current, published);
  await settle(env, claimed, published);
  return published;
}

/** Postpones articles beyond the limit of channels. */
function postpone(drafts: readonly Result<Draft>[], { channels }: Policy): Result<Draft>[] {
  if (!channels) return [...drafts];
  const ready = drafts.flatMap((draft) => (draft.ok ? [draft.value] : []));
  const some = new Set(withinChannels(ready, (draft) => draft.channels, channels.most, channels.alone));
  return drafts.map((draft) => (!draft.ok || some.has(draft.value) ? draft : fail(unavailable())));
}

/**
 * Writes the record if it comes last, and returns the result. An unchanged record is written again only if a channel
 * announced the article: the record read from KV was then out of date.
 */
async function conclude(
  env: Bindings,
  { draft, outcome }: Delivered,
  { source }: Policy,
): Promise<Result<Published>> {
  const { article, channels, write } = draft;
  if (outcome === "failed") return fail(unavailable(channels));
  const writeLast = source === "export" ? write : source === "statement" && !write && outcome === "announced";
  if (writeLast && !(await writeRecord(env, draft))) return fail(unavailable(channels));
  return ok({
    article,
    outcome: draft.outcome,
    changed: outcome === "unchanged" ? [] : channels,
    settled: draft.settled && outcome !== "unsettled",
    replayed: draft.replayed,
  });
}
