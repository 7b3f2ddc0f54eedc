import { labelOf, MOST_LABEL_CHARACTERS, restOf } from "./beside.ts";
import { minutesAgo } from "./calendar.ts";
import type { DateLine, OpenDate } from "./dates.ts";
import { readable } from "./day.ts";

const MINUTE_MS = 60_000;

/** "3 hours ago": a day, when it is known when the page was copied. */
export function relativeLine(line: string, copiedAt: string | null): DateLine | OpenDate | null {
  if (line.length > MOST_LABEL_CHARACTERS) return null;
  const text = readable(line).trim();
  const label = labelOf(text);
  const ago = minutesAgo(label === null || label === "other" ? text : restOf(text, label));
  if (!ago) return null;
  const copied = copiedAt && /T.*([+-]\d\d:\d\d|Z)$/i.exec(copiedAt);
  if (!copied) {
    const ambiguity = `"${line}" tells the day only with copied_at, the time at which the page was copied`;
    return { ambiguity, offered: [] };
  }
  const at = Date.parse(copiedAt);
  // Between the number and the next greater one: both must be of one day, where the page was copied.
  const zone = zoneMs(copied[1] ?? "Z");
  const dayOf = (ms: number) => new Date(ms + zone).toISOString().slice(0, 10);
  const latest = dayOf(at - ago.minutes * MINUTE_MS);
  const earliest = dayOf(at - (ago.minutes + (ago.unit < 1_440 ? ago.unit : 0)) * MINUTE_MS);
  if (latest !== earliest || ago.unit > 1_440)
    return { ambiguity: `"${line}" may be ${earliest} or ${latest}`, offered: [latest, earliest] };
  return {
    published_at: latest,
    published_precision: "day",
    label,
    rest: "",
    weekday: false,
    ambiguity: null,
  };
}

function zoneMs(offset: string): number {
  const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d\d):(\d\d)$/.exec(offset) ?? [];
  return sign ? (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS : 0;
}
