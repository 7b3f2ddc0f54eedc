import type { Bindings } from "../env.ts";
import { renderFragments } from "../feeds/fragments.ts";
import type { SafeArticle } from "../feeds/item.ts";
import { articleVersion } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import { ok, type Result } from "../model/result.ts";
import type { Site } from "../model/site.ts";
import type { Offer, RenderedOffer } from "../objects/channel/decide.ts";
import { channelOf } from "../objects/stubs.ts";
import { mapConcurrent } from "../store/concurrency.ts";
import { logLine } from "../store/log.ts";
import type { Claimed } from "./draft.ts";

/** The result of a handover. `failed`: at least one channel could not be reached. */
export type HandoverOutcome = "announced" | "unchanged" | "unsettled" | "failed";

/**
 * Renders an article once for all channels. An article that cannot be rendered is rejected here.
 * @param version the article's version, if it is already computed
 */
export async function offerOf(
  article: SafeArticle,
  from: Offer["from"],
  site: Site,
  version?: string,
): Promise<Result<RenderedOffer>> {
  const fragments = renderFragments(article, site);
  if (!fragments.ok) return fragments;
  return ok({
    article,
    version: version ?? (await articleVersion(article)),
    from,
    fragments: fragments.value,
  });
}

/**
 * Selects items that together reach at most `most` channels; the others wait.
 * @param alone whether a single item may exceed the limit, so that it does not wait forever
 */
export function withinChannels<T>(
  all: readonly T[],
  organizationsOf: (one: T) => readonly string[],
  most: number,
  alone = true,
): T[] {
  const channels = new Set<string>();
  return all.filter((one) => {
    const together = new Set([...channels, ...organizationsOf(one)]);
    if (together.size > most && !(alone && channels.size === 0)) return false;
    for (const slug of together) channels.add(slug);
    return true;
  });
}

/** A draft, and the result of its handover. */
export interface Delivered {
  draft: Claimed;
  outcome: HandoverOutcome;
}

/** Hands articles to their channels: one call per channel, or a few if there are many articles; six calls at once. */
export async function handOver(env: Bindings, drafts: readonly Claimed[]): Promise<Result<Delivered>[]> {
  const outcomes: HandoverOutcome[][] = drafts.map(() => []);
  await mapConcurrent(LIMITS.CONNECTIONS, calls(drafts), async ({ slug, indexes }) => {
    const offers = indexes.flatMap((index) => drafts[index]?.offer ?? []);
    const said = await accept(env, slug, offers);
    for (const [position, index] of indexes.entries()) outcomes[index]?.push(said[position] ?? "failed");
  });
  return drafts.map((draft, index) => ok({ draft, outcome: worst(outcomes[index] ?? []) }));
}

async function accept(env: Bindings, slug: string, offers: RenderedOffer[]): Promise<HandoverOutcome[]> {
  try {
    return await channelOf(env, slug).articles.accept(offers);
  } catch (error) {
    logLine("error", "handover", { organization: slug, error: String(error) });
    return offers.map(() => "failed" as const);
  }
}

/** Assigns articles to calls per channel: an RPC message is limited to 32 MiB (platform). */
function calls(drafts: readonly Claimed[]): { slug: string; indexes: number[] }[] {
  const open = new Map<string, { slug: string; indexes: number[]; characters: number }>();
  const all: { slug: string; indexes: number[] }[] = [];
  for (const [index, { offer, channels }] of drafts.entries()) {
    if (!offer) continue;
    const characters = Object.values(offer.fragments).reduce<number>((sum, text) => sum + text.length, 0);
    for (const slug of channels) {
      let call = open.get(slug);
      if (!call || call.characters + characters > LIMITS.HANDOVER_CHARACTERS) {
        call = { slug, indexes: [], characters: 0 };
        open.set(slug, call);
        all.push(call);
      }
      call.indexes.push(index);
      call.characters += characters;
    }
  }
  return all;
}

const SEVERITY: readonly HandoverOutcome[] = ["failed", "unsettled", "announced", "unchanged"];

const worst = (outcomes: readonly HandoverOutcome[]): HandoverOutcome =>
  SEVERITY.find((outcome) => outcomes.includes(outcome)) ?? "unchanged";
