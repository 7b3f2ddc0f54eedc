import { HEALTHY, type Health } from "../../delivery/health.ts";
import type { OperationalEventType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Webhook } from "../../model/webhook.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS endpoint (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    webhook TEXT NOT NULL,
    confidential TEXT NOT NULL,
    health TEXT NOT NULL,
    window_ms INTEGER NOT NULL DEFAULT 0,
    window_count INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS notices (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    details TEXT NOT NULL
  );`;

/** Who is to be told, how they are doing, and what must not be seen: text that `secrets.ts` reads. */
export interface Registered {
  webhook: Webhook;
  confidential: string;
  health: Health;
}

/** What an endpoint has to say of itself to the other webhooks of its organization. */
export interface Notice {
  /** Counted from 1 in this endpoint, and never given again. */
  number: number;
  type: OperationalEventType;
  at: number;
  details: Record<string, unknown>;
}

/** At most so many requests in a window of time, which begins with its first request. */
export interface Pace {
  most: number;
  windowMs: number;
}

/** How fast a webhook wants to be sent requests; null when it does not say. */
export function paceOf({ per_minute, batch_seconds }: Webhook): Pace | null {
  if (batch_seconds) return { most: 1, windowMs: batch_seconds * 1_000 };
  return per_minute ? { most: per_minute, windowMs: 60_000 } : null;
}

/** The SQL of an endpoint's own row, and of what it has yet to say of itself. */
export class Registration {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Null before the webhook was made and after it was deleted. */
  registered(): Registered | null {
    const [row] = this.#sql.exec("SELECT webhook, confidential, health FROM endpoint");
    if (!row) return null;
    return {
      webhook: JSON.parse(String(row.webhook)) as Webhook,
      confidential: String(row.confidential),
      health: JSON.parse(String(row.health)) as Health,
    };
  }

  /** Makes this the endpoint of a webhook, in good health. */
  open(webhook: Webhook, confidential: string): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO endpoint (id, webhook, confidential, health) VALUES (1, ?, ?, ?)",
      JSON.stringify(webhook),
      confidential,
      JSON.stringify(HEALTHY),
    );
  }

  /** Takes a webhook's new description, and what is confidential. */
  describe(webhook: Webhook, confidential: string): void {
    this.#sql.exec(
      "UPDATE endpoint SET webhook = ?, confidential = ?",
      JSON.stringify(webhook),
      confidential,
    );
  }

  /** Notes how it is doing. */
  become(health: Health): void {
    this.#sql.exec("UPDATE endpoint SET health = ?", JSON.stringify(health));
  }

  /** Forgets everything, but not how many notices there were: their numbers are part of events' ids. */
  clear(): void {
    this.#sql.exec("DELETE FROM endpoint; DELETE FROM notices;");
  }

  /** How many more requests may begin in this window of time, and when the next window begins. */
  left(pace: Pace, nowMs: number): { left: number; nextMs: number } {
    const [row] = this.#sql.exec("SELECT window_ms, window_count FROM endpoint");
    const nextMs = Number(row?.window_ms ?? 0) + pace.windowMs;
    if (nowMs >= nextMs) return { left: pace.most, nextMs };
    return { left: Math.max(0, pace.most - Number(row?.window_count)), nextMs };
  }

  /** Counts requests that begin now; the first after a window begins a new one. */
  begin(count: number, { windowMs }: Pace, nowMs: number): void {
    this.#sql.exec(
      `UPDATE endpoint SET
        window_count = CASE WHEN window_ms + ?3 <= ?1 THEN ?2 ELSE window_count + ?2 END,
        window_ms = CASE WHEN window_ms + ?3 <= ?1 THEN ?1 ELSE window_ms END`,
      nowMs,
      count,
      windowMs,
    );
  }

  /** Has something to say to the other webhooks. */
  notify(type: OperationalEventType, nowMs: number, details: Record<string, unknown>): void {
    this.#sql.exec(
      "INSERT INTO notices (type, at_ms, details) VALUES (?, ?, ?)",
      type,
      nowMs,
      JSON.stringify(details),
    );
  }

  /** What was not yet said, oldest first: as much as goes into one call. */
  notices(): Notice[] {
    const rows = this.#sql.exec("SELECT * FROM notices ORDER BY number LIMIT ?", LIMITS.NOTICES_PER_CALL);
    return [...rows].map((row) => ({
      number: Number(row.number),
      type: row.type as OperationalEventType,
      at: Number(row.at_ms),
      details: JSON.parse(String(row.details)) as Record<string, unknown>,
    }));
  }

  /** It was said, up to this number. */
  noticed(number: number): void {
    this.#sql.exec("DELETE FROM notices WHERE number <= ?", number);
  }
}
