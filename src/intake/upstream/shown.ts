import type { ShownSource, Source } from "../../model/source.ts";
import { rfc3339OrNull } from "../../model/time.ts";
import type { SourceStanding } from "./schedule.ts";

/** A source as the API shows it; `counts` tells how many of its items are in each state. */
export function shownSource(
  { source, standing }: { source: Source; standing: SourceStanding },
  counts: Readonly<Record<string, number>>,
): ShownSource {
  const { state, title, address, lastFetchMs, lastStatus, nextMs, error } = standing;
  return {
    ...source,
    state,
    title,
    address,
    last_fetch_at: rfc3339OrNull(lastFetchMs),
    last_status: lastStatus,
    next_fetch_at: rfc3339OrNull(nextMs),
    error,
    push: null,
    items_seen: Object.values(counts).reduce((sum, count) => sum + count, 0),
    items_published: counts.published ?? 0,
    items_waiting: counts.waiting ?? 0,
    items_unattributed: counts.unattributed ?? 0,
    items_refused: counts.refused ?? 0,
  };
}
