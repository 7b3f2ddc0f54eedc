import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../model/limits.ts";
import { QUOTAS, type Quota, quotaUsedUp } from "../../model/quota.ts";
import { DAY_MS, rfc3339 } from "../../model/time.ts";
import {
  all,
  execIfPossible,
  integer,
  json,
  nullable,
  rowOf,
  rowsIn,
  type Schema,
  text,
} from "../kit/sql.ts";
import type { SweepStore } from "./sweep.ts";

export const QUOTAS_SCHEMA: Schema = {
  name: "quotas",
  migrations: [
    "CREATE TABLE quotas (name TEXT PRIMARY KEY, refused_ms INTEGER NOT NULL) WITHOUT ROWID",
    `CREATE TABLE object_errors (
      name TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      failing TEXT NOT NULL,
      overdue_ms INTEGER,
      since_ms INTEGER NOT NULL,
      seen_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
    // Errors of objects that were deleted while they were checked stood for ever.
    "DELETE FROM object_errors WHERE kind <> 'directory' AND name NOT IN (SELECT name FROM watched)",
  ],
};

const refusal = rowOf({ quota: (row) => text("name")(row) as Quota, refusedMs: integer("refused_ms") });

/** An object that fails at something, or is late. */
export interface ObjectError {
  kind: string;
  /** An organization, an id, or that it is the Directory. */
  name: string;
  /** What it fails at. */
  failing: string[];
  /** When the earliest of what it has not done was due. */
  overdue_since?: string;
  since: string;
}

const objectError = rowOf({
  kind: text("kind"),
  name: text("name"),
  failing: json<string[]>("failing"),
  overdueMs: nullable("overdue_ms", integer),
  sinceMs: integer("since_ms"),
});

const errorTimes = rowOf({ name: text("name"), sinceMs: integer("since_ms"), seenMs: integer("seen_ms") });

/** What a check found out about an object. */
export interface ObjectState {
  kind: string;
  name: string;
  /** The duties that failed when they last ran; undefined if it was not asked. */
  failing?: readonly string[];
  /** When something is due next; undefined if the check failed. */
  dueMs?: number | null;
}

/** What the operator may know of an object; null if it is well, undefined if that is not known. */
function errorOf(
  { failing, dueMs }: ObjectState,
  nowMs: number,
): { failing: readonly string[]; overdueMs: number | null } | null | undefined {
  if (dueMs === undefined) return { failing: ["check"], overdueMs: null };
  if (failing === undefined) return undefined;
  // Zero means that it is due now, whenever that is.
  const overdueMs = dueMs !== null && dueMs > 0 && dueMs < nowMs - LIMITS.ALARM_LATE_MS ? dueMs : null;
  return failing.length > 0 || overdueMs !== null ? { failing, overdueMs } : null;
}

/** What everybody may know. */
export interface Health {
  /** Of the last tick; null before the first. */
  tickedMs: number | null;
  usedUp: Quota[];
  /** Objects that fail at something or are late, up to `OBJECT_ERRORS`. */
  objectErrors: number;
  /** Whether one of them has been so for longer than `TICK_LATE_MS`. */
  isLasting: boolean;
}

/** How the service is: daily quotas, the last tick, and objects with errors. `GET /health` shows it. */
export class ServiceHealth extends RpcTarget {
  readonly #sql: SqlStorage;
  readonly #sweep: SweepStore;
  /** The times of `object_errors` by name, read once: they are asked for with each check, and by anybody. */
  #errors: Map<string, { sinceMs: number; seenMs: number }> | null = null;
  /** When each quota was found used up last, read once. That no rows can be written is known here alone. */
  #refusals: Map<Quota, number> | null = null;

  constructor(sql: SqlStorage, sweep: SweepStore) {
    super();
    this.#sql = sql;
    this.#sweep = sweep;
  }

  /** Notes that a quota was found used up. Whoever found it logs it. */
  noted(quota: Quota, nowMs: number): void {
    this.#refused().set(quota, nowMs);
    execIfPossible(this.#sql, "INSERT OR REPLACE INTO quotas (name, refused_ms) VALUES (?, ?)", quota, nowMs);
  }

  #refused(): Map<Quota, number> {
    this.#refusals ??= new Map(this.#stored().map(({ quota, refusedMs }) => [quota, refusedMs]));
    return this.#refusals;
  }

  /** None if no more rows can be read today: then that is all that matters. */
  #stored(): ReturnType<typeof refusal>[] {
    try {
      return all(this.#sql, refusal, "SELECT name, refused_ms FROM quotas");
    } catch (error) {
      if (quotaUsedUp(error) === null) throw error;
      return [];
    }
  }

  /**
   * Notes what checks found out. Costs a row written for an object that is not well, and none for one that is.
   * @param exists whether an object is still there: one may have been deleted while it was checked, and is checked no more
   */
  found(objects: readonly ObjectState[], nowMs: number, exists: (name: string) => boolean): void {
    const errors = this.#known();
    for (const object of objects) {
      const { kind, name } = object;
      const error = errorOf(object, nowMs);
      if (error && (errors.has(name) || (errors.size < LIMITS.OBJECT_ERRORS && exists(name)))) {
        this.#sql.exec(
          `INSERT INTO object_errors (name, kind, failing, overdue_ms, since_ms, seen_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
            ON CONFLICT (name) DO UPDATE SET failing = ?3, overdue_ms = ?4, seen_ms = ?5`,
          name,
          kind,
          JSON.stringify(error.failing),
          error.overdueMs,
          nowMs,
        );
        errors.set(name, { sinceMs: errors.get(name)?.sinceMs ?? nowMs, seenMs: nowMs });
      } else if (error === null) this.forget([name]);
    }
  }

  /** Forgets objects that are well or deleted. */
  forget(names: readonly string[]): void {
    const known = names.filter((name) => this.#known().has(name));
    for (const name of known) {
      this.#sql.exec("DELETE FROM object_errors WHERE name = ?", name);
      this.#known().delete(name);
    }
  }

  #known(): Map<string, { sinceMs: number; seenMs: number }> {
    const query = "SELECT name, since_ms, seen_ms FROM object_errors";
    this.#errors ??= new Map(all(this.#sql, errorTimes, query).map(({ name, ...times }) => [name, times]));
    return this.#errors;
  }

  /** What everybody may know. */
  get(): Health {
    const now = Date.now();
    const refused = this.#refused();
    const usedUp = QUOTAS.filter((quota) => isStillUsedUp(refused.get(quota) ?? 0, now));
    const errors = [...this.#known().values()];
    return {
      tickedMs: this.#sweep.state().tickedMs,
      usedUp,
      objectErrors: errors.length,
      isLasting: errors.some(
        ({ sinceMs, seenMs }) => sinceMs < now - LIMITS.TICK_LATE_MS && seenMs > now - SEEN_AGAIN_MS,
      ),
    };
  }

  /** What the operator may know besides. */
  details(): { objects: ObjectError[]; problems: number } {
    const query = "SELECT kind, name, failing, overdue_ms, since_ms FROM object_errors ORDER BY since_ms";
    const objects = all(this.#sql, objectError, query).map(({ overdueMs, sinceMs, ...error }) => ({
      ...error,
      ...(overdueMs === null ? {} : { overdue_since: rfc3339(overdueMs) }),
      since: rfc3339(sinceMs),
    }));
    const problems = rowsIn(this.#sql, "problems");
    return { objects, problems };
  }
}

/** Whoever was refused or failed tries again within an hour. */
const SEEN_AGAIN_MS = LIMITS.BACKOFF_MOST_MS + LIMITS.TICK_LATE_MS;

/** Quotas begin anew at 00:00 UTC. */
const isStillUsedUp = (refusedMs: number, nowMs: number): boolean =>
  Math.floor(refusedMs / DAY_MS) === Math.floor(nowMs / DAY_MS) && nowMs - refusedMs <= SEEN_AGAIN_MS;
