import type { Article } from "../../model/article.ts";
import { rfc3339 } from "../../model/time.ts";
import { PublishedDate } from "../pages/dates.tsx";
import type { Visit } from "./visit.ts";

/** When something happened, in the organization's time zone. @param at RFC 3339 */
export function When({
  at,
  precision,
}: {
  at: string | null | undefined;
  precision?: Article["published_precision"];
}) {
  return at ? <PublishedDate at={at} precision={precision} /> : <>–</>;
}

/** A moment as a part of a sentence. @param at RFC 3339; null for none */
export function momentText({ locale }: Pick<Visit, "locale">, at: string | null | undefined): string {
  if (!at) return "";
  const format = new Intl.DateTimeFormat(locale.tag, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: locale.timeZone,
  });
  return format.format(new Date(at));
}

/**
 * The moment of a local time in a zone, as RFC 3339; null for none. Of a time that a change of clocks skips or repeats, the
 * later offset counts.
 * @param local as `datetime-local` fields give it: `2026-11-26T18:05`
 */
export function momentIn(timeZone: string, local: string): string | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(local)) return null;
  const asUtcMs = Date.parse(`${local}Z`);
  if (Number.isNaN(asUtcMs)) return null;
  const first = asUtcMs - offsetMs(timeZone, asUtcMs);
  return rfc3339(asUtcMs - offsetMs(timeZone, first));
}

/** A moment as a `datetime-local` field shows it in a zone. */
export function localIn(timeZone: string, ms: number): string {
  return new Date(ms + offsetMs(timeZone, ms)).toISOString().slice(0, 16);
}

/** How far a zone is ahead of UTC at a moment. */
function offsetMs(timeZone: string, ms: number): number {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(new Date(ms));
  const of = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const local = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  return local - Math.floor(ms / 1_000) * 1_000;
}
