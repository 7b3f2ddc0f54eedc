import { FORMATS } from "../../feeds/formats.ts";
import type { Fragments } from "../../feeds/fragments.ts";
import { type SafeArticle, storedArticle } from "../../feeds/item.ts";
import { isEmbargoed } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import { backoffMs } from "../kit/alarm.ts";
import { fitting } from "../kit/page.ts";
import {
  addColumn,
  all,
  first,
  flag,
  integer,
  json,
  nullable,
  rowOf,
  type Schema,
  text,
} from "../kit/sql.ts";
import type { RenderedOffer } from "./decide.ts";
import type { FragmentStore } from "./fragments.ts";
import type { ListPlace } from "./ledger.ts";

export const SCHEDULED_SCHEMA: Schema = {
  name: "scheduled",
  migrations: [
    `CREATE TABLE IF NOT EXISTS held (
      id TEXT PRIMARY KEY,
      version TEXT NOT NULL,
      changed_ms INTEGER NOT NULL,
      due_ms INTEGER,
      offer TEXT
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS held_due ON held (due_ms) WHERE due_ms IS NOT NULL;`,
    "CREATE INDEX held_settled ON held (changed_ms) WHERE due_ms IS NULL",
    // How often it could not be announced.
    addColumn("held", "failures", "INTEGER NOT NULL DEFAULT 0"),
  ],
};

/** An offer that waits for its publication, and the version of its rendering. */
export interface ScheduledOffer {
  offer: RenderedOffer;
  rendering: string;
}

/** A scheduled offer as stored. Only rows from before 26 November 2026 contain fragments: see `FragmentStore`. */
interface KeptOffer {
  offer: Omit<RenderedOffer, "fragments"> & { fragments?: Fragments };
  rendering: string;
}

const status = rowOf({ version: text("version"), changedMs: integer("changed_ms"), waits: flag("waits") });
const stored = json<KeptOffer>("offer");

/** A scheduled offer. Content that an older version stored is sanitized again. */
function keptIn(row: Parameters<typeof stored>[0]): KeptOffer {
  const { offer, rendering } = stored(row);
  const { content_html, ...rest } = offer.article;
  const safe = storedArticle(offer.article);
  return { offer: { ...offer, article: safe.ok ? safe.value : rest }, rendering };
}

const scheduled = rowOf({ id: text("id"), version: text("version"), offer: keptIn });

const SETTLE_MS = LIMITS.KV_SETTLE_SECONDS * 1000;

/** The articles that wait for their date of publication. */
export class Scheduled {
  readonly #sql: SqlStorage;
  readonly #fragments: FragmentStore;

  constructor(sql: SqlStorage, fragments: FragmentStore) {
    this.#sql = sql;
    this.#fragments = fragments;
  }

  /** Whether the KV record of an article may be older than a recent change here. */
  isUnsettled({ article, version, from }: RenderedOffer, nowMs: number): boolean {
    if (from !== "sweep") return false;
    const known = this.#status(article.id);
    return known !== null && known.version !== version && nowMs - known.changedMs < SETTLE_MS;
  }

  /** Schedules an article, or ends its schedule. True if something changed. */
  take(slug: string, { offer, rendering }: ScheduledOffer, nowMs: number): boolean {
    const { fragments, ...kept } = offer;
    const { article, version } = offer;
    const known = this.#status(article.id);
    const wanted = article.withdrawn_at === undefined && article.organizations.includes(slug);
    const waits = wanted && isEmbargoed(article, nowMs);
    if (waits ? known?.waits && known.version === version : !known?.waits) return false;
    if (waits) this.#fragments.put(article.id, fragments);
    // An article that is no longer scheduled is kept for a while: the sweep may still read an older record from KV.
    this.#sql.exec(
      "INSERT OR REPLACE INTO held (id, version, changed_ms, due_ms, offer) VALUES (?, ?, ?, ?, ?)",
      article.id,
      version,
      nowMs,
      waits ? Date.parse(article.published_at) : null,
      waits ? JSON.stringify({ offer: kept, rendering } satisfies KeptOffer) : null,
    );
    return true;
  }

  #status(id: string): ReturnType<typeof status> | null {
    const query = "SELECT version, changed_ms, due_ms IS NOT NULL AS waits FROM held WHERE id = ?";
    return first(this.#sql, status, query, id);
  }

  /** Whether an article waits for its time, is due, or waited until lately; null for any other. One row read. */
  waitOf(id: string, nowMs: number): "waiting" | "due" | "over" | null {
    const query = "SELECT due_ms FROM held WHERE id = ?";
    const [held] = all(this.#sql, rowOf({ dueMs: nullable("due_ms", integer) }), query, id);
    if (!held) return null;
    if (held.dueMs === null) return "over";
    return held.dueMs > nowMs ? "waiting" : "due";
  }

  /** When the next article is due; null if there is none. */
  nextMs(): number | null {
    const query = "SELECT due_ms FROM held WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT 1";
    return first(this.#sql, integer("due_ms"), query);
  }

  /** The articles that are due, at most {@link LIMITS.SCHEDULED_RELEASED} of them. */
  due(nowMs: number): string[] {
    const query = "SELECT id FROM held WHERE due_ms <= ? ORDER BY due_ms, id LIMIT ?";
    return all(this.#sql, text("id"), query, nowMs, LIMITS.SCHEDULED_RELEASED);
  }

  /** Removes and returns an article that is due. */
  release(id: string): ScheduledOffer {
    const held = first(this.#sql, keptIn, "DELETE FROM held WHERE id = ? RETURNING offer", id);
    if (!held) throw new Error("The article is not scheduled");
    const { offer, rendering } = held;
    const formats = FORMATS.map(({ name }) => name);
    // A fragment that is missing because its format is new is rendered at publication.
    const known = offer.fragments ?? this.#fragments.of(offer.article.id, formats);
    return { offer: { ...offer, fragments: known as Fragments }, rendering };
  }

  /** Puts off an article that cannot be announced, longer each time. Returns how often it could not. */
  putOff(id: string, nowMs: number): number {
    const query = "UPDATE held SET failures = failures + 1 WHERE id = ? RETURNING failures";
    const failures = first(this.#sql, integer("failures"), query, id) ?? 0;
    this.#sql.exec("UPDATE held SET due_ms = ? WHERE id = ?", nowMs + backoffMs(failures), id);
    return failures;
  }

  /** Forgets the articles that are not scheduled any more, once KV shows that, too. */
  forgetSettled(nowMs: number): void {
    this.#sql.exec("DELETE FROM held WHERE due_ms IS NULL AND changed_ms < ?", nowMs - SETTLE_MS);
  }

  /** The given articles that are scheduled, by id, as last accepted. */
  of(ids: readonly string[]): Map<string, { article: SafeArticle; version: string }> {
    const query = `SELECT id, version, offer FROM held
      WHERE due_ms IS NOT NULL AND id IN (SELECT value FROM json_each(?))`;
    const rows = all(this.#sql, scheduled, query, JSON.stringify(ids));
    return new Map(rows.map(({ id, version, offer }) => [id, { version, article: offer.offer.article }]));
  }

  /** How many articles are scheduled, counted up to so many. */
  count(most: number): number {
    const query = "SELECT COUNT(*) AS number FROM (SELECT 1 FROM held WHERE due_ms IS NOT NULL LIMIT ?)";
    return first(this.#sql, integer("number"), query, most) ?? 0;
  }

  /** The versions of the given articles that are scheduled, by id. */
  versions(ids: readonly string[]): Map<string, string> {
    const query = `SELECT id, version FROM held
      WHERE due_ms IS NOT NULL AND id IN (SELECT value FROM json_each(?))`;
    const rows = all(
      this.#sql,
      rowOf({ id: text("id"), version: text("version") }),
      query,
      JSON.stringify(ids),
    );
    return new Map(rows.map(({ id, version }) => [id, version]));
  }

  /** The scheduled articles before a place in the order by date, the latest first. */
  before({ publishedAt, id }: ListPlace, most: number): SafeArticle[] {
    const rows = all(
      this.#sql,
      scheduled,
      `SELECT id, version, offer FROM held
        WHERE due_ms IS NOT NULL AND (due_ms, id) < (?, ?) ORDER BY due_ms DESC, id DESC LIMIT ?`,
      Date.parse(publishedAt),
      id,
      most,
    );
    return rows.map(({ offer }) => offer.offer.article);
  }

  /** The scheduled articles after an id, by id: as many as fit into one part of an export. */
  after(id: string): SafeArticle[] {
    const rows = this.#sql.exec(
      "SELECT offer FROM held WHERE due_ms IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
      id,
      LIMITS.EXPORT_LINES,
    );
    const some = fitting(rows, ({ offer }) => String(offer).length, LIMITS.EXPORT_CHARACTERS);
    return some.map((row) => keptIn(row).offer.article);
  }
}
