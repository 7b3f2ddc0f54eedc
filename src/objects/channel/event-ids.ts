import { eventId } from "../../model/event.ts";
import { first, integer, type Schema } from "../kit/sql.ts";
import type { Events } from "./events.ts";

export const EVENT_IDS_SCHEMA: Schema = {
  name: "event-ids",
  migrations: [
    `CREATE TABLE event_ids (id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX event_ids_seq ON event_ids (seq);`,
  ],
};

/**
 * Finds events by id. Ids are derived and not stored, so that a channel whose consumers use cursors pays nothing: the
 * first search by an id indexes the kept events, once each; a later one reads one row, also for an unknown id.
 */
export class EventIds {
  readonly #sql: SqlStorage;
  readonly #events: Events;

  constructor(sql: SqlStorage, events: Events) {
    this.#sql = sql;
    this.#events = events;
  }

  /** The sequence of an event; null if it is unknown. */
  async seqOf(id: string, slug: string): Promise<number | null> {
    const known = this.#find(id);
    if (known !== null) return known;
    await this.#index(slug);
    return this.#find(id);
  }

  #find(id: string): number | null {
    return first(this.#sql, integer("seq"), "SELECT seq FROM event_ids WHERE id = ?", id);
  }

  /** Indexes the events that are not indexed yet, in bounded steps, and forgets those that are no longer kept. */
  async #index(slug: string): Promise<void> {
    for (;;) {
      const newest = "SELECT seq FROM event_ids ORDER BY seq DESC LIMIT 1";
      const keys = this.#events.keysAfter(first(this.#sql, integer("seq"), newest) ?? 0);
      if (keys.length === 0) return;
      const rows = await Promise.all(
        keys.map(async ({ seq, article_id, revision }) => [await eventId(slug, article_id, revision), seq]),
      );
      this.#sql.exec(
        "INSERT OR REPLACE INTO event_ids (id, seq) SELECT value ->> 0, value ->> 1 FROM json_each(?)",
        JSON.stringify(rows),
      );
      this.#sql.exec("DELETE FROM event_ids WHERE seq < ?", this.#events.oldest()?.seq ?? 0);
    }
  }
}
