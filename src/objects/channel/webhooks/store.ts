import { hostRange } from "../../../delivery/addresses.ts";
import type { EventType } from "../../../model/event.ts";
import { type FilterInput, fits } from "../../../model/filter.ts";
import { LIMITS } from "../../../model/limits.ts";
import type { Webhook } from "../../../model/webhook.ts";
import type { EndpointConfig, HealthRequest } from "../../endpoint/registration.ts";
import { pageOf } from "../../kit/page.ts";
import {
  addColumn,
  all,
  countRows,
  exists,
  first,
  integer,
  json,
  nullable,
  rowOf,
  rowsIn,
  type Schema,
  text,
} from "../../kit/sql.ts";

/** Whether a webhook wants events about others: one of its event types is no article's. As the index has it. */
const IS_OPERATIONAL = `instr(replace(webhook ->> '$.events', '"article.', ''), '.') > 0`;

export const WEBHOOKS_SCHEMA: Schema = {
  name: "webhooks",
  migrations: [
    `CREATE TABLE IF NOT EXISTS webhooks (
      endpoint_id TEXT PRIMARY KEY,
      webhook TEXT NOT NULL
    ) WITHOUT ROWID;
    DROP INDEX IF EXISTS webhooks_filter;`,
    addColumn("webhooks", "version", "INTEGER NOT NULL DEFAULT 0"),
    addColumn("webhooks", "secrets", "TEXT"),
    addColumn("webhooks", "change", "TEXT"),
    addColumn("webhooks", "reported", "INTEGER NOT NULL DEFAULT 0"),
    "CREATE INDEX webhooks_url ON webhooks (webhook ->> '$.url')",
    countRows("webhooks"),
    addColumn("webhooks", "standing", "TEXT NOT NULL DEFAULT 'active'"),
    "UPDATE webhooks SET standing = 'paused' WHERE change = 'pause'",
    `CREATE INDEX webhooks_operational ON webhooks (endpoint_id) WHERE ${IS_OPERATIONAL}`,
  ],
};

/** Whether a webhook is sent events, as far as it is known here: its endpoint knows it better. */
export type Standing = "active" | "paused" | "disabled";

/** What a webhook would come to with an event. */
export interface Reach {
  webhook: Webhook;
  standing: Standing;
  /** Which setting keeps the event out; null when none does. */
  rule: "events" | "filter" | null;
}

const WANTING = `SELECT endpoint_id, webhook ->> '$.filter' AS filter FROM webhooks, json_each(webhooks.webhook, '$.events') AS wanted
  WHERE wanted.value = ?1`;

/**
 * The webhooks that want an event about another, which few do: reads those only. All of an organization's may fail at
 * once, each with an event.
 */
const OTHERS_WANTING = `SELECT endpoint_id
  FROM webhooks INDEXED BY webhooks_operational, json_each(webhooks.webhook, '$.events') AS wanted
  WHERE ${IS_OPERATIONAL} AND wanted.value = ?1 AND endpoint_id <> ?2
    AND (?3 IS NULL OR webhook ->> '$.owner' IN (SELECT value FROM json_each(?3)))`;

/** As `nextHealth` of `delivery/health.ts` decides: a disabled webhook cannot be paused or resumed, only enabled. */
const STANDING_AFTER = `CASE
  WHEN ?3 = 'pause' AND standing = 'active' THEN 'paused'
  WHEN ?3 = 'resume' AND standing = 'paused' THEN 'active'
  WHEN ?3 = 'enable' THEN 'active'
  ELSE standing END`;

const webhookIn = json<Webhook>("webhook");
const filtered = rowOf({ id: text("endpoint_id"), filter: nullable("filter", text) });
const standing = rowOf({ webhook: webhookIn, standing: (row) => text("standing")(row) as Standing });
const wanted = rowOf({
  webhook: webhookIn,
  version: integer("version"),
  /** Sealed; null if only the endpoint has them, as before 26 November 2026. */
  secrets: nullable("secrets", text),
  change: (row) => nullable("change", text)(row) as HealthRequest | null,
});

/** The wanted configuration of a channel's webhooks. The outbox brings it to their endpoints. */
export class WebhookStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether `most` other webhooks have the host of this one. Reads at most that many rows. */
  isHostFull({ id, url }: Webhook, most: number): boolean {
    const query = `SELECT 1 FROM webhooks
      WHERE webhook ->> '$.url' >= ? AND webhook ->> '$.url' < ? AND endpoint_id <> ? LIMIT ?`;
    return all(this.#sql, () => true, query, ...hostRange(url), id, most).length >= most;
  }

  /** How many there are. */
  count(): number {
    return rowsIn(this.#sql, "webhooks");
  }

  /** Adds a webhook. */
  add(webhook: Webhook, secrets: string, change: HealthRequest | null): void {
    this.#sql.exec(
      "INSERT INTO webhooks (endpoint_id, webhook, version, secrets, change, standing) VALUES (?, ?, 1, ?, ?, ?)",
      webhook.id,
      JSON.stringify(webhook),
      secrets,
      change,
      change === "pause" ? "paused" : "active",
    );
  }

  /** Changes a webhook. Without a new change of state, one that its endpoint has not received yet stays. */
  change(webhook: Webhook, secrets: string, change: HealthRequest | null): void {
    this.#sql.exec(
      `UPDATE webhooks SET webhook = ?1, secrets = ?2, change = COALESCE(?3, change), version = version + 1,
          standing = ${STANDING_AFTER}
        WHERE endpoint_id = ?4`,
      JSON.stringify(webhook),
      secrets,
      change,
      webhook.id,
    );
  }

  /** Changes only how a webhook is described. */
  describe(webhook: Webhook): void {
    const update = "UPDATE webhooks SET webhook = ?, version = version + 1 WHERE endpoint_id = ?";
    this.#sql.exec(update, JSON.stringify(webhook), webhook.id);
  }

  /** Removes a webhook. False if it does not exist. */
  remove(id: string): boolean {
    return exists(this.#sql, "DELETE FROM webhooks WHERE endpoint_id = ? RETURNING 1", id);
  }

  /** Removes all webhooks and returns their ids. */
  removeAll(): string[] {
    return all(this.#sql, text("endpoint_id"), "DELETE FROM webhooks RETURNING endpoint_id");
  }

  /** One webhook; null if it does not exist. */
  get(id: string): Webhook | null {
    return first(this.#sql, webhookIn, "SELECT webhook FROM webhooks WHERE endpoint_id = ?", id);
  }

  /** Its sealed secrets; null if only its endpoint has them. */
  secrets(id: string): string | null {
    const query = "SELECT secrets FROM webhooks WHERE endpoint_id = ?";
    return first(this.#sql, nullable("secrets", text), query, id);
  }

  /** The configuration for its endpoint; null if the webhook does not exist or only its endpoint has the secrets. */
  config(id: string): EndpointConfig | null {
    const query = "SELECT webhook, version, secrets, change FROM webhooks WHERE endpoint_id = ?";
    const found = first(this.#sql, wanted, query, id);
    if (!found || found.secrets === null) return null;
    const { webhook, version, secrets, change } = found;
    return { version, webhook, secrets, ...(change ? { change } : {}) };
  }

  /** Records that its endpoint has received a version. */
  configured(id: string, version: number): void {
    this.#sql.exec(
      "UPDATE webhooks SET change = NULL WHERE endpoint_id = ? AND version = ? AND change IS NOT NULL",
      id,
      version,
    );
  }

  /** Records that an operational event was reported. False if it was reported before. */
  report(id: string, number: number): boolean {
    const query = "UPDATE webhooks SET reported = ?2 WHERE endpoint_id = ?1 AND reported < ?2 RETURNING 1";
    return exists(this.#sql, query, id, number);
  }

  /** Records what an endpoint has reported of itself: that it is disabled, or active again. */
  stand(id: string, standing: Standing): void {
    this.#sql.exec("UPDATE webhooks SET standing = ?2 WHERE endpoint_id = ?1", id, standing);
  }

  /**
   * Every webhook, and what it would come to with an article's event. Reads all rows; evaluates each distinct filter once.
   * @param input what filters match
   */
  reach(type: EventType, input: FilterInput): Reach[] {
    const passed = new Map<string, boolean>();
    const passes = (filter: string): boolean => {
      const known = passed.get(filter) ?? fits(filter, input);
      passed.set(filter, known);
      return known;
    };
    return all(this.#sql, standing, "SELECT webhook, standing FROM webhooks").map(
      ({ webhook, standing }) => ({
        webhook,
        standing,
        rule: !webhook.events.includes(type)
          ? "events"
          : webhook.filter !== undefined && !passes(webhook.filter)
            ? "filter"
            : null,
      }),
    );
  }

  /** A page of webhooks ordered by id, after a cursor: the last id shown. */
  page(cursor: string | null): { webhooks: Webhook[]; cursor: string | null } {
    const query = "SELECT webhook FROM webhooks WHERE endpoint_id > ? ORDER BY endpoint_id LIMIT ?";
    const rows = all(this.#sql, webhookIn, query, cursor ?? "", LIMITS.PAGE_ITEMS + 1);
    const { items, cursor: next } = pageOf(rows, ({ id }) => id);
    return { webhooks: items, cursor: next };
  }

  /** A number of ids after one, in order. */
  idsAfter(id: string, most: number): string[] {
    const query = "SELECT endpoint_id FROM webhooks WHERE endpoint_id > ? ORDER BY endpoint_id LIMIT ?";
    return all(this.#sql, text("endpoint_id"), query, id, most);
  }

  /**
   * The webhooks that want an article's event. One query; evaluates each distinct filter once.
   * @param input what filters match; called only if there is a filter
   */
  wanting(type: string, input: () => FilterInput): string[] {
    const passed = new Map<string | null, boolean>([[null, true]]);
    return all(this.#sql, filtered, WANTING, type).flatMap(({ id, filter }) => {
      const passes = passed.get(filter) ?? (filter === null || fits(filter, input()));
      passed.set(filter, passes);
      return passes ? [id] : [];
    });
  }

  /**
   * The webhooks that want an event about another webhook. Excludes that one, which may be unable to receive.
   * @param owners whose they are, among shared ones
   */
  othersWanting(type: string, id: string, owners: readonly string[] | null = null): string[] {
    const named = owners && JSON.stringify(owners);
    return all(this.#sql, text("endpoint_id"), OTHERS_WANTING, type, id, named);
  }
}
