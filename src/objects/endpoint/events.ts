import type { Bindings } from "../../env.ts";
import type { OperationalEventType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Outbox, Relay } from "../kit/outbox.ts";
import { all, first, integer, json, rowOf, type Schema, text } from "../kit/sql.ts";
import { homeOf } from "../stubs.ts";

/** An operational event of a webhook, sent to other webhooks of its organization. */
export interface OperationalEvent {
  /** Counts from 1 in this endpoint and is never reused: event ids are made from it. */
  number: number;
  type: OperationalEventType;
  at: number;
  details: Record<string, unknown>;
}

const event = rowOf<OperationalEvent>({
  number: integer("number"),
  type: (row) => text("type")(row) as OperationalEventType,
  at: integer("at_ms"),
  details: json<Record<string, unknown>>("details"),
});

/** The outbox target for the operational events of an organization's webhook, or of a shared one. */
const channelTarget = (organization: string): string => `channel:${organization}`;

/**
 * @param outbox gets the unreported events of a store from before 26 November 2026
 * @param organizationOf the webhook's organization; null if there is no webhook
 */
export const eventsSchema = (outbox: Outbox, organizationOf: () => string | null): Schema => ({
  name: "notices",
  migrations: [
    `CREATE TABLE IF NOT EXISTS notices (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      type TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      details TEXT NOT NULL
    )`,
    (sql) => {
      const numbers = all(sql, integer("number"), "SELECT number FROM notices ORDER BY number");
      const organization = organizationOf();
      if (organization === null) return;
      for (const ref of numbers) outbox.add([channelTarget(organization)], { action: "report", ref });
    },
  ],
});

/** The SQL of an endpoint's operational events, kept until its channel has accepted them. */
export class OperationalEvents {
  readonly #sql: SqlStorage;
  readonly #outbox: Outbox;

  constructor(sql: SqlStorage, outbox: Outbox) {
    this.#sql = sql;
    this.#outbox = outbox;
  }

  /** Adds an event, which the outbox reports to the organization's channel. */
  add(
    organization: string,
    type: OperationalEventType,
    nowMs: number,
    details: Record<string, unknown>,
  ): void {
    const query = "INSERT INTO notices (type, at_ms, details) VALUES (?, ?, ?) RETURNING number";
    const ref = first(this.#sql, integer("number"), query, type, nowMs, JSON.stringify(details));
    this.#outbox.add([channelTarget(organization)], { action: "report", ref });
  }

  /** The events with the given numbers, except removed ones. */
  read(numbers: readonly number[]): OperationalEvent[] {
    const query =
      "SELECT number, type, at_ms, details FROM notices WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number";
    return all(this.#sql, event, query, JSON.stringify(numbers));
  }

  /** Removes events that the channel has accepted. */
  remove(numbers: readonly number[]): void {
    this.#sql.exec(
      "DELETE FROM notices WHERE number IN (SELECT value FROM json_each(?))",
      JSON.stringify(numbers),
    );
  }

  /** Removes all events and their outbox entries. Their numbers are not reused. */
  clear(organization: string): void {
    this.#sql.exec("DELETE FROM notices");
    this.#outbox.remove(channelTarget(organization));
  }
}

/** Reports operational events to the channel of an organization. @param webhookId null if there is no webhook */
export const reportingRelay = (
  env: () => Bindings,
  events: () => OperationalEvents,
  webhookId: () => string | null,
): Relay => ({
  most: LIMITS.NOTICES_PER_CALL,
  async hand(organization, entries) {
    const numbers = entries.map(({ ref }) => Number(ref));
    const happened = events().read(numbers);
    const id = webhookId();
    if (id !== null && happened.length > 0) await homeOf(env(), organization).webhooks.report(id, happened);
    events().remove(numbers);
    return entries.length;
  },
});
