import { LIMITS } from "../../model/limits.ts";
import { feedDate } from "./date.ts";

/** `failing`: the last poll came to nothing. `gone`: its publisher has ended it (410), and it is asked no more. */
export type SourceState = "active" | "failing" | "gone";

/** When a feed wants to be asked (`ttl`, `sy:updatePeriod`; RSS `skipHours`, in UTC). */
export interface Wish {
  keptMinutes: number;
  skipHours: readonly number[];
}

/** Where a source stands. Times are milliseconds since 1970. */
export interface SourceStanding {
  state: SourceState;
  /** Where it is fetched: where it was entered, until it moves for good. */
  address: string;
  /** Validators of the document that was read last. */
  etag: string | null;
  lastModified: string | null;
  /** Of its bytes: some servers know no validators. */
  digest: string | null;
  /** What it calls itself. */
  title: string | null;
  /** How long it may be kept, and when it is not to be asked, by its own word. */
  wish: Wish;
  /** Polls that have failed since the last that did not. */
  failures: number;
  /** Those of them in a row that timed out. */
  timeouts?: number;
  lastFetchMs: number | null;
  lastStatus: number | null;
  /** Why the last poll came to nothing. */
  error: string | null;
  /** When it is asked next; null when it is not. */
  nextMs: number | null;
}

/** What a poll came to. `keptSeconds`: how long the answer is fresh by HTTP; `address`: where it has moved for good. */
export type Polled =
  | {
      kind: "read";
      status: number;
      address: string;
      keptSeconds: number;
      wish: Wish;
      validators: Pick<SourceStanding, "etag" | "lastModified" | "digest">;
      title: string | null;
    }
  | {
      kind: "unchanged";
      status: number;
      address: string;
      keptSeconds: number;
      /** Where the same bytes have come under other ones. */
      validators?: Pick<SourceStanding, "etag" | "lastModified">;
    }
  | { kind: "gone" }
  | { kind: "failed"; status: number | null; error: string; retryAtMs: number | null; isLate?: true };

/** A source of which nothing is known but its address. */
export const untried = (address: string, nextMs: number | null): SourceStanding => ({
  state: "active",
  address,
  etag: null,
  lastModified: null,
  digest: null,
  title: null,
  wish: { keptMinutes: 0, skipHours: [] },
  failures: 0,
  lastFetchMs: null,
  lastStatus: null,
  error: null,
  nextMs,
});

/** A source's own place in [0, 1), always the same: its id is a digest. */
export function spreadOf(sourceId: string): number {
  let number = 0;
  for (const character of sourceId.slice(-6)) number = (number * 36 + Number.parseInt(character, 36)) % 1_000;
  return number / 1_000;
}

const HOUR_MS = 3_600_000;
/** Polls are put off by up to this share of their interval, so that sources that begin together part. */
const SPREAD = 0.1;

/**
 * Where a source stands after a poll. Pure.
 * @param spread in [0, 1), the source's own
 * @param leastSeconds it is polled no sooner than this, unless it fails
 */
export function afterPoll(
  before: SourceStanding,
  polled: Polled,
  nowMs: number,
  spread: number,
  leastSeconds = 0,
): SourceStanding {
  const asked = { ...before, lastFetchMs: nowMs };
  const stretch = 1 + SPREAD * spread;
  const after = (keptSeconds: number, { keptMinutes, skipHours }: Wish) =>
    outsideOf(skipHours, nowMs + intervalMs(Math.max(keptSeconds, keptMinutes * 60, leastSeconds)) * stretch);
  switch (polled.kind) {
    case "read": {
      const { status, address, validators, title, wish, keptSeconds } = polled;
      const nextMs = after(keptSeconds, wish);
      return { ...asked, ...HEALTHY, ...validators, address, title, wish, lastStatus: status, nextMs };
    }
    case "unchanged": {
      const { status, address, keptSeconds, validators } = polled;
      const nextMs = after(keptSeconds, before.wish);
      return { ...asked, ...HEALTHY, ...validators, address, lastStatus: status, nextMs };
    }
    case "gone":
      return { ...asked, state: "gone", lastStatus: 410, error: "It has ended (410 Gone).", nextMs: null };
    case "failed": {
      const { status, error, retryAtMs, isLate } = polled;
      const failures = before.failures + 1;
      const timeouts = isLate ? (before.timeouts ?? 0) + 1 : 0;
      const wait = intervalMs(0, LIMITS.SOURCE_SOONEST_SECONDS * 2 ** (failures - 1));
      const nextMs = Math.max(nowMs + wait * stretch, retryAtMs ?? 0);
      return { ...asked, state: "failing", failures, timeouts, lastStatus: status, error, nextMs };
    }
  }
}

const HEALTHY = { state: "active", failures: 0, timeouts: 0, error: null } as const;

/** How long to wait, in milliseconds: what was asked for, within bounds. */
function intervalMs(seconds: number, usual: number = LIMITS.SOURCE_POLL_SECONDS): number {
  const wanted = Math.max(seconds, usual);
  return Math.min(Math.max(wanted, LIMITS.SOURCE_SOONEST_SECONDS), LIMITS.SOURCE_LATEST_SECONDS) * 1_000;
}

/** The first moment from then on that is in none of these hours; that moment, when they are the whole day. */
function outsideOf(hours: readonly number[], ms: number): number {
  for (let later = 0; later < 24; later++) {
    const at = later === 0 ? ms : Math.floor(ms / HOUR_MS + later) * HOUR_MS;
    if (!hours.includes(new Date(at).getUTCHours())) return at;
  }
  return ms;
}

/**
 * For how long HTTP says that an answer is fresh (RFC 9111 §4.2.1), in seconds; 0 when it does not say, or means never.
 */
export function freshSeconds(headers: Pick<Headers, "get">, nowMs: number): number {
  const control = headers.get("cache-control") ?? "";
  if (/\bno-(?:store|cache)\b/i.test(control)) return 0;
  const age = /\bmax-age\s*=\s*"?(\d{1,9})/i.exec(control)?.[1];
  if (age !== undefined) return Number(age);
  const expires = feedDate(headers.get("expires") ?? "")?.ms;
  const sent = feedDate(headers.get("date") ?? "")?.ms ?? nowMs;
  return expires === undefined ? 0 : Math.max(0, Math.round((expires - sent) / 1_000));
}
