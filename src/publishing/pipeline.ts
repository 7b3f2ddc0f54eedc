import type { Bindings } from "../env.ts";
import { LIMITS } from "../model/limits.ts";
import { fail, ok, type Result, through } from "../model/result.ts";
import { mapConcurrent } from "../store/concurrency.ts";
import { attribute } from "./attribution.ts";
import { eachIdOnce, withinReach } from "./checks.ts";
import { claim, settle } from "./claims.ts";
import { type Draft, type Input, type Policy, type Published, unavailable } from "./draft.ts";
import { draftExported } from "./exported.ts";
import { type Delivered, handOver, withinChannels } from "./handover.ts";
import { draftRecords, writeRecord, writeRecords } from "./record.ts";
import { draftLatelyChanged, draftStatements } from "./statement.ts";

/** How what is said becomes a draft: what stands at its id is looked up, and what is to stand there is rendered. */
const DRAFTS = { statement: draftStatements, export: draftExported, record: draftRecords };

/**
 * Publishes articles, whichever door they came in by. One that fails harms no other. What cannot be rendered is refused
 * before anybody asks whose the id is, so that the refusal tells nothing about it; what is not granted is not written.
 * Costs at most one KV read for a hundred articles and one write each, one call of the directory, and one of each channel;
 * one more of each channel whose articles were changed so lately that KV may not show it.
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
  const published = await through(delivered, (some) =>
    mapConcurrent(LIMITS.CONNECTIONS, some, (one) => conclude(env, one, policy)),
  );
  await settle(env, claimed, published);
  return published;
}

/** Leaves articles for later that reach more channels than one call may. */
function postpone(drafts: readonly Result<Draft>[], { channels }: Policy): Result<Draft>[] {
  if (!channels) return [...drafts];
  const ready = drafts.flatMap((draft) => (draft.ok ? [draft.value] : []));
  const some = new Set(withinChannels(ready, (draft) => draft.channels, channels.most, channels.alone));
  return drafts.map((draft) => (!draft.ok || some.has(draft.value) ? draft : fail(unavailable())));
}

/**
 * Writes a record that is written last, and tells what came of it all. A record that said the same is written again only
 * when a channel finds it new: then what was read from KV was old.
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
