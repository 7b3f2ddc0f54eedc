import { LIMITS } from "../model/limits.ts";

// RFC 9110 §5.6.7: the date that senders must write, and the two obsolete ones that must be read.
const HTTP_DATE = [
  /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d) GMT$/,
  /^[A-Z][a-z]{5,8}, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d:\d\d:\d\d) GMT$/,
];
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4})$/;

/**
 * The moment that a `Retry-After` header names (RFC 9110 §10.2.3: seconds, or a date), in milliseconds since 1970,
 * and at most {@link LIMITS.RETRY_AFTER_SECONDS} away; `null` when it names none.
 */
export function retryAfterMs(header: string, nowMs: number): number | null {
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? nowMs + Number(text) * 1_000 : httpDateMs(text, nowMs);
  return ms === null ? null : Math.min(ms, nowMs + LIMITS.RETRY_AFTER_SECONDS * 1_000);
}

/** Milliseconds since 1970 of an HTTP-date; `null` when it is none. */
function httpDateMs(text: string, nowMs: number): number | null {
  const [, asctimeMonth, asctimeDay, asctimeTime, asctimeYear] = ASCTIME.exec(text) ?? [];
  if (asctimeDay) return known(Date.parse(`${asctimeDay} ${asctimeMonth} ${asctimeYear} ${asctimeTime} GMT`));
  const match = HTTP_DATE.map((form) => form.exec(text)).find((found) => found !== null);
  if (!match) return null;
  const [, day, month, year = "", time] = match;
  return known(Date.parse(`${day} ${month} ${year.length === 2 ? fullYear(year, nowMs) : year} ${time} GMT`));
}

/** Two digits name the year with these last digits that is at most fifty years ahead (RFC 9110 §5.6.7). */
function fullYear(digits: string, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return year > thisYear + 50 ? year - 100 : year;
}

const known = (ms: number): number | null => (Number.isNaN(ms) ? null : ms);

/**
 * When to retry after a response with `Retry-After`. It can only postpone the scheduled retry: an earlier one would use
 * up the attempts.
 * @param scheduledMs the scheduled retry; null when there is none, and `Retry-After` adds none
 */
export function afterAsking(scheduledMs: number | null, header: string, nowMs: number): number | null {
  if (scheduledMs === null) return null;
  return Math.max(scheduledMs, retryAfterMs(header, nowMs) ?? 0);
}
