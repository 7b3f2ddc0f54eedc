import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../model/limits.ts";
import { all, exists, first, integer, rowOf, type Schema, text } from "../kit/sql.ts";
import type { ProblemStore } from "./problems.ts";

/** Triggers count the watched objects: a COUNT at each tick would read every row. */
const COUNTED = `CREATE TABLE watched_counts (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    channels INTEGER NOT NULL,
    others INTEGER NOT NULL
  );
  INSERT INTO watched_counts (id, channels, others)
    SELECT 1, COUNT(*) FILTER (WHERE kind = 'channel'), COUNT(*) FILTER (WHERE kind <> 'channel') FROM watched;
  CREATE TRIGGER watched_added AFTER INSERT ON watched BEGIN
    UPDATE watched_counts SET channels = channels + (NEW.kind = 'channel'), others = others + (NEW.kind <> 'channel');
  END;
  CREATE TRIGGER watched_removed AFTER DELETE ON watched BEGIN
    UPDATE watched_counts SET channels = channels - (OLD.kind = 'channel'), others = others - (OLD.kind <> 'channel');
  END;
  CREATE INDEX watched_channels ON watched (position) WHERE kind = 'channel';
  CREATE INDEX watched_others ON watched (position) WHERE kind <> 'channel';`;

export const WATCHED_SCHEMA: Schema = {
  name: "watched",
  migrations: [
    `CREATE TABLE IF NOT EXISTS watched (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      name TEXT NOT NULL UNIQUE
    )`,
    COUNTED,
  ],
};

/** An object that the watchdog checks, by its name. */
export interface Watched {
  kind: "channel" | "endpoint" | "subscription" | "follower" | "switchboard";
  name: string;
}

/**
 * How many objects a tick checks: up to `WATCH_SOON_OBJECTS` objects are all checked within ten minutes, more within an
 * hour.
 */
export const checksFor = (count: number): number =>
  Math.max(
    Math.ceil(Math.min(count, LIMITS.WATCH_SOON_OBJECTS) / LIMITS.WATCH_SOON_TICKS),
    Math.ceil(count / LIMITS.WATCH_MOST_TICKS),
  );

/** The progress of the rounds: the positions checked last. */
export interface Rounds {
  channels: number;
  others: number;
}

const counts = rowOf({ channels: integer("channels"), others: integer("others") });

const watchedRow = rowOf({
  position: integer("position"),
  kind: (row) => text("kind")(row) as Watched["kind"],
  name: text("name"),
});

/** The SQL of the objects that the watchdog checks. */
export class WatchStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Adds an object to the watchdog. */
  watch(watched: Watched): void {
    this.#sql.exec("INSERT OR IGNORE INTO watched (kind, name) VALUES (?, ?)", watched.kind, watched.name);
  }

  /** Whether the watchdog checks an object. */
  has(name: string): boolean {
    return exists(this.#sql, "SELECT 1 FROM watched WHERE name = ?", name);
  }

  /** Removes objects from the watchdog. */
  unwatch(names: readonly string[]): void {
    this.#sql.exec(
      "DELETE FROM watched WHERE name IN (SELECT value FROM json_each(?))",
      JSON.stringify(names),
    );
  }

  /**
   * The objects to check next. Channels have a round of their own, because everything else waits for a channel whose
   * alarm is lost; a few objects share one round.
   * @param most how many objects, instead of the usual share of each round
   */
  next(rounds: Rounds, most: number | null = null): { watched: Watched[]; rounds: Rounds } {
    const query = "SELECT channels, others FROM watched_counts";
    const { channels, others } = first(this.#sql, counts, query) ?? { channels: 0, others: 0 };
    if (channels + others <= LIMITS.WATCH_SOON_TICKS || channels === 0 || others === 0) {
      const round = this.#round("1", rounds.others, most ?? checksFor(channels + others));
      return { watched: round.watched, rounds: { ...rounds, others: round.after } };
    }
    const some = this.#round("kind = 'channel'", rounds.channels, most ?? checksFor(channels));
    const left = most === null ? checksFor(others) : most - some.watched.length;
    const rest = this.#round("kind <> 'channel'", rounds.others, left);
    return {
      watched: [...some.watched, ...rest.watched],
      rounds: { channels: some.after, others: rest.after },
    };
  }

  /** The next objects of a round, which restarts at its end. */
  #round(which: string, after: number, most: number): { watched: Watched[]; after: number } {
    const query = `SELECT position, kind, name FROM watched
      WHERE ${which} AND position > ? AND position <= ? ORDER BY position LIMIT ?`;
    const rows = all(this.#sql, watchedRow, query, after, Number.MAX_SAFE_INTEGER, most);
    const left = most - rows.length;
    const again = left > 0 && after > 0 ? all(this.#sql, watchedRow, query, 0, after, left) : [];
    const both = [...rows, ...again];
    return {
      watched: both.map(({ kind, name }) => ({ kind, name })),
      after: both.at(-1)?.position ?? after,
    };
  }
}

/** The objects that the watchdog checks. */
export class Watchdog extends RpcTarget {
  readonly #store: WatchStore;
  readonly #problems: ProblemStore;

  constructor(store: WatchStore, problems: ProblemStore) {
    super();
    this.#store = store;
    this.#problems = problems;
  }

  /** Adds an object to the watchdog. */
  async watch(watched: Watched): Promise<void> {
    this.#store.watch(watched);
  }

  /** Removes objects from the watchdog. Of webhooks, their problems go with them. */
  async unwatch(names: string[]): Promise<void> {
    this.#store.unwatch(names);
    this.#problems.forgetWebhooks(names);
  }
}
