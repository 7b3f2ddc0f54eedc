import * as v from "valibot";

// RFC 3339 §5.6, the letters in either case and the offset not optional.
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const FULL_DATE = /^\d{4}-\d\d-\d\d$/;

/** An hour in milliseconds. */
export const HOUR_MS = 3_600_000;
/** A day in milliseconds. */
export const DAY_MS = 86_400_000;

// Years have four digits, but an offset can lead out of them.
const FIRST_MS = Date.parse("0000-01-01T00:00:00Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** Milliseconds since 1970 as RFC 3339 in UTC, to the second: `2025-12-17T09:11:00Z`. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** As {@link rfc3339}, but never earlier than the given time. */
export const rfc3339After = (ms: number): string => rfc3339(Math.ceil(ms / 1000) * 1000);

/** As {@link rfc3339}; null for null. */
export function rfc3339OrNull(ms: number | null): string | null {
  return ms === null ? null : rfc3339(ms);
}

/**
 * Milliseconds since 1970 of an RFC 3339 date-time, or of a full-date taken as midnight UTC; `null` when it is
 * neither, or no day of the calendar. A leap second counts as the second before it.
 */
export function parseRfc3339(text: string): number | null {
  if (FULL_DATE.test(text)) return calendarDay(text) ? Date.parse(`${text}T00:00:00Z`) : null;
  const match = DATE_TIME.exec(text);
  if (!match || !calendarDay(text.slice(0, 10))) return null;
  const [, , , , hour, minute, second, fraction = "", offset] = match;
  const time = `${hour}:${minute}:${second === "60" ? "59" : second + fraction}`;
  const ms = Date.parse(`${text.slice(0, 10)}T${time}${(offset ?? "Z").toUpperCase()}`);
  return ms >= FIRST_MS && ms <= LAST_MS ? ms : null;
}

/** True when `yyyy-mm-dd` is a day that exists: `Date.parse` takes 30 February for 2 March. */
function calendarDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

/** A time in the service's responses. */
export const timestamp = v.pipe(v.string(), v.isoTimestamp());

/** The first time that alarms do not accept (platform: Durable Objects accept times before 2189). */
export const AFTER_ALL_MS = Date.parse("2189-01-01T00:00:00Z");

const given = v.pipe(
  v.string(),
  v.check(
    (text) => parseRfc3339(text) !== null,
    "must be an RFC 3339 date-time with offset (2025-12-17T13:11:00+04:00) or a date (2025-12-17)",
  ),
  v.check(
    (text) => (parseRfc3339(text) ?? 0) <= AFTER_ALL_MS - 1000, // the last second: a time can be rounded up
    "must be before the year 2189",
  ),
);

const inUtc = (text: string): string => new Date(parseRfc3339(text) ?? 0).toISOString().replace(".000Z", "Z");

/** A moment: an RFC 3339 date-time with offset, or a date. Comes out in UTC, to the millisecond. */
export const moment = v.pipe(
  given,
  v.transform(inUtc),
  v.description("An RFC 3339 date-time with its offset, or a date."),
);

/** Whether a text is a date without a time. */
export const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text);

/** As {@link moment}, but a date stays one, since it says less than a moment. */
export const momentOrDay = v.pipe(
  given,
  v.transform((text) => (isDay(text) ? text : inUtc(text))),
);
