import { isComplete, type Report, toldOf } from "../../delivery/gathering.ts";
import { canonicalJson, digest } from "../../model/digest.ts";
import { type ArticleEventType, type ChannelEvent, type EventData, eventId } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { SHARED } from "../../model/slug.ts";
import type { Webhook } from "../../model/webhook.ts";
import { fitting } from "../kit/page.ts";
import { first, integer, json, nullable, rowOf, type Schema, text } from "../kit/sql.ts";

export const GATHERING_SCHEMA: Schema = {
  name: "gathering",
  migrations: [
    `CREATE TABLE gathered (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      article_id TEXT NOT NULL,
      version TEXT NOT NULL,
      reports TEXT NOT NULL,
      article TEXT,
      due_ms INTEGER,
      event_id TEXT,
      at_ms INTEGER NOT NULL
    );
    CREATE INDEX gathered_of_article ON gathered (article_id, position);
    CREATE INDEX gathered_due ON gathered (due_ms) WHERE due_ms IS NOT NULL;
    CREATE TABLE places (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL);`,
  ],
};

/** An event with its id. */
export interface Identified {
  id: string;
  event: ChannelEvent;
}

/** What a shared webhook must know of an organization's event before it can be stored. */
export interface Arrived extends Identified {
  /** The organization that it comes from, and the article's version; null for what is not about an article. */
  about: { data: EventData; version: string } | null;
}

const row = rowOf({
  position: integer("position"),
  version: text("version"),
  reports: json<Report[]>("reports"),
  /** Of its article, which is read when it is told; null once it was. */
  characters: nullable("characters", integer),
  atMs: integer("at_ms"),
});
type Row = ReturnType<typeof row>;

const COLUMNS = "position, version, reports, LENGTH(article) AS characters, at_ms";

const waitingRow = rowOf({ position: integer("position"), articleId: text("article_id") });

/** Reads what {@link Gathering.take} needs of an event for a webhook. */
export async function arrived({ organization }: Webhook, event: ChannelEvent): Promise<Arrived> {
  const { article_id, revision } = event;
  if (organization !== SHARED)
    return { id: await eventId(organization, article_id, revision), event, about: null };
  const data = JSON.parse(event.data) as EventData;
  const id = await eventId(data.organization.slug, article_id, revision);
  if (!data.article) return { id, event, about: null };
  const { revision: _, ...article } = data.article;
  return { id, event, about: { data, version: await digest(canonicalJson(article)) } };
}

/**
 * Makes one event of an article's events in several organizations, for a shared webhook. A version of an article waits
 * until every organization that has it and that the webhook is for has reported, at most `GATHER_MS`; what reports later
 * is not told again. Reports of an organization come in the order of its sequence, possibly more than once.
 */
export class Gathering {
  readonly #sql: SqlStorage;
  /** When the first version is due; undefined until it is read. */
  #dueMs: number | null | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** When the next version is told, complete or not; null if none waits. */
  dueMs(): number | null {
    if (this.#dueMs === undefined) {
      const query = "SELECT due_ms FROM gathered WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT 1";
      this.#dueMs = first(this.#sql, integer("due_ms"), query);
    }
    return this.#dueMs;
  }

  /** Takes events. @returns what is to be told now, each with its place among all that the webhook is told */
  take(events: readonly Arrived[], webhook: Webhook, nowMs: number): Identified[] {
    return events.flatMap((one) => {
      if (!one.about) return [this.#placed(one)];
      return this.#report(one, one.about, webhook, nowMs);
    });
  }

  /** What has waited long enough: as much of it as is told in one step. The rest stays due. */
  due(webhook: Webhook, nowMs: number): Identified[] {
    const query = `SELECT position, article_id, LENGTH(article) AS characters FROM gathered
      WHERE due_ms <= ? ORDER BY due_ms, position LIMIT ?`;
    const rows = this.#sql.exec(query, nowMs, LIMITS.GATHERED_TOLD).toArray();
    return fitting(rows, ({ characters }) => Number(characters), LIMITS.GATHERED_CHARACTERS)
      .map(waitingRow)
      .flatMap(({ articleId, position }) => this.#tell(articleId, position, webhook));
  }

  /** The id of the event that an article was told of last; null if there is none. */
  lastEventOf(articleId: string): string | null {
    const query =
      "SELECT event_id FROM gathered WHERE article_id = ? AND event_id IS NOT NULL ORDER BY position DESC LIMIT 1";
    return first(this.#sql, text("event_id"), query, articleId);
  }

  /** Whether a version of an article waits. */
  isWaiting(articleId: string): boolean {
    return this.#waiting(articleId).length > 0;
  }

  /**
   * Deletes a bounded number of versions from before a time, the oldest first. Reads one row more than it deletes: it runs with
   * each check. @returns whether there may be more
   */
  prune(beforeMs: number): boolean {
    const query = "SELECT position, at_ms, due_ms FROM gathered ORDER BY position LIMIT ?";
    let [expired, last] = [0, 0];
    for (const found of this.#sql.exec(query, LIMITS.GATHERED_PRUNED)) {
      if (integer("at_ms")(found) >= beforeMs || found.due_ms !== null) break; // so are those that follow
      last = integer("position")(found);
      expired++;
    }
    if (expired > 0) this.#sql.exec("DELETE FROM gathered WHERE position <= ?", last);
    return expired === LIMITS.GATHERED_PRUNED;
  }

  clear(): void {
    this.#sql.exec("DELETE FROM gathered; DELETE FROM places;");
    this.#dueMs = null;
  }

  #report(
    { id, event }: Arrived,
    { data, version }: NonNullable<Arrived["about"]>,
    webhook: Webhook,
    nowMs: number,
  ) {
    const { organization } = data;
    const since: Row[] = []; // its last report, the oldest first
    let known: Report | undefined;
    for (const one of this.#newest(event.article_id)) {
      known = one.reports.find(({ slug }) => slug === organization.slug);
      if (known) break;
      since.unshift(one);
    }
    if (known && known.sequence >= event.seq) return []; // handed over again
    const type = event.type as ArticleEventType;
    const report: Report = {
      ...organization,
      sequence: event.seq,
      revision: event.revision,
      event_id: id,
      type,
    };
    const same = since.find((one) => one.version === version);
    const reports = [...(same?.reports ?? []), report];
    if (same) {
      const update = "UPDATE gathered SET reports = ? WHERE position = ?";
      this.#sql.exec(update, JSON.stringify(reports), same.position);
      if (same.characters === null) return []; // told already
    }
    const { position } = same ?? this.#add(event, data, version, reports, nowMs);
    // The same version names the same organizations.
    const isWhole = isComplete({ article: data.article, reports }, webhook.organizations ?? "all");
    return isWhole ? this.#tellNow(event.article_id, position, webhook, nowMs) : [];
  }

  #add(event: ChannelEvent, { article }: EventData, version: string, reports: Report[], nowMs: number): Row {
    const dueMs = nowMs + LIMITS.GATHER_MS;
    const query = `INSERT INTO gathered (article_id, version, reports, article, due_ms, at_ms)
      VALUES (?, ?, ?, ?, ?, ?) RETURNING ${COLUMNS}`;
    const texts = [event.article_id, version, JSON.stringify(reports), JSON.stringify(article)];
    const added = first(this.#sql, row, query, ...texts, dueMs, event.at);
    if (!added) throw new Error("The row was not added");
    if (this.#dueMs !== undefined) this.#dueMs = Math.min(this.#dueMs ?? dueMs, dueMs);
    return added;
  }

  /** As {@link #tell}, if that is not too much for one step: then all of it is due now. */
  #tellNow(articleId: string, position: number, webhook: Webhook, nowMs: number): Identified[] {
    const waiting = this.#waiting(articleId, position);
    const step = fitting(waiting, ({ characters }) => characters ?? 0, LIMITS.GATHERED_CHARACTERS);
    if (step.length === waiting.length) return this.#tell(articleId, position, webhook);
    const query = "UPDATE gathered SET due_ms = ? WHERE article_id = ? AND position BETWEEN ? AND ?";
    this.#sql.exec(query, nowMs, articleId, waiting[0]?.position ?? position, position);
    this.#dueMs = undefined;
    return [];
  }

  /** Tells a version, and before it what waits of older ones of the article. */
  #tell(articleId: string, position: number, webhook: Webhook): Identified[] {
    const waiting = this.#waiting(articleId, position);
    this.#dueMs = undefined;
    return waiting.flatMap((one) => this.#toldOf(articleId, one, webhook));
  }

  #toldOf(articleId: string, { position, reports, atMs }: Row, webhook: Webhook): Identified[] {
    const query = "SELECT article FROM gathered WHERE position = ?";
    const article = first(this.#sql, json<EventData["article"]>("article"), query, position);
    const told = article && toldOf({ article, reports }, webhook.organizations ?? "all");
    const wanted = told && webhook.events.includes(told.type) ? told : null;
    const update = "UPDATE gathered SET article = NULL, due_ms = NULL, event_id = ? WHERE position = ?";
    this.#sql.exec(update, wanted?.eventId ?? null, position);
    if (!wanted) return [];
    const { type, eventId: id, revision, data } = wanted;
    const event = { seq: 0, type, article_id: articleId, revision, at: atMs, data: JSON.stringify(data) };
    return [this.#placed({ id, event })];
  }

  /** An event with the next place among all that the webhook is told: an organization's own says nothing of others. */
  #placed({ id, event }: Identified): Identified {
    const query = `INSERT INTO places (id, seq) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET seq = seq + 1 RETURNING seq`;
    return { id, event: { ...event, seq: first(this.#sql, integer("seq"), query) ?? 0 } };
  }

  /** The versions of an article that wait, up to a place, the oldest first. All that are newer than one that waits do. */
  #waiting(articleId: string, last = Number.MAX_SAFE_INTEGER): Row[] {
    const waiting: Row[] = [];
    for (const one of this.#newest(articleId)) {
      if (one.characters === null) break;
      if (one.position <= last) waiting.unshift(one);
    }
    return waiting;
  }

  /** The versions of an article, the newest first. Each is read when it is looked at: an article may be edited all month. */
  *#newest(articleId: string): Generator<Row, void> {
    const query = `SELECT ${COLUMNS} FROM gathered WHERE article_id = ? ORDER BY position DESC`;
    for (const found of this.#sql.exec(query, articleId)) yield row(found);
  }
}
