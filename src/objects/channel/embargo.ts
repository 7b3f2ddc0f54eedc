import { type SafeArticle, storedArticle } from "../../feeds/item.ts";
import { isEmbargoed } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import type { RenderedOffer } from "./decide.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS held (
    id TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    due_ms INTEGER,
    offer TEXT
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS held_due ON held (due_ms) WHERE due_ms IS NOT NULL;`;

/** An offer that waits for its moment, and the name of the way it was rendered. */
export interface HeldOffer {
  offer: RenderedOffer;
  rendering: string;
}

/** The SQL of articles that a channel holds back until their moment of publication. */
export class Embargo {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Whether what KV says of an article may be older than what was said here of it lately. */
  isUnsettled({ article, version, from }: RenderedOffer, nowMs: number): boolean {
    if (from !== "sweep") return false;
    const row = this.#row(article.id);
    return row !== null && row.version !== version && nowMs - row.changedMs < LIMITS.KV_SETTLE_SECONDS * 1000;
  }

  /** Holds an article of an organization back, or no longer. True when that is something new. */
  take(slug: string, held: HeldOffer, nowMs: number): boolean {
    const { article, version } = held.offer;
    const row = this.#row(article.id);
    const wanted = article.withdrawn_at === undefined && article.organizations.includes(slug);
    const waits = wanted && isEmbargoed(article, nowMs);
    if (waits ? row?.waits && row.version === version : !row?.waits) return false;
    // What is held no longer is remembered for a while: the sweep may still be told of it by an older KV.
    this.#sql.exec(
      "INSERT OR REPLACE INTO held (id, version, changed_ms, due_ms, offer) VALUES (?, ?, ?, ?, ?)",
      article.id,
      version,
      nowMs,
      waits ? Date.parse(article.published_at) : null,
      waits ? JSON.stringify(held) : null,
    );
    return true;
  }

  #row(id: string): { version: string; changedMs: number; waits: boolean } | null {
    const [row] = this.#sql.exec("SELECT version, changed_ms, due_ms FROM held WHERE id = ?", id);
    if (!row) return null;
    return { version: String(row.version), changedMs: Number(row.changed_ms), waits: row.due_ms !== null };
  }

  /** When the next moment is; null when nothing waits. */
  next(): number | null {
    const sql = "SELECT due_ms FROM held WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT 1";
    const [row] = this.#sql.exec<{ due_ms: number }>(sql);
    return row?.due_ms ?? null;
  }

  /** Lets go those whose moment has come: the first of them, when they are many. */
  release(nowMs: number): HeldOffer[] {
    const settledMs = nowMs - LIMITS.KV_SETTLE_SECONDS * 1000;
    this.#sql.exec("DELETE FROM held WHERE due_ms IS NULL AND changed_ms < ?", settledMs);
    const rows = this.#sql.exec<{ offer: string }>(
      `DELETE FROM held WHERE id IN (SELECT id FROM held WHERE due_ms <= ? ORDER BY due_ms, id LIMIT ?)
        RETURNING offer`,
      nowMs,
      LIMITS.EMBARGOES_ENDED,
    );
    return rows.toArray().map(heldIn);
  }

  /** Those of the articles that wait here, as they were last accepted. */
  articles(ids: readonly string[]): SafeArticle[] {
    const rows = this.#sql.exec<{ offer: string }>(
      "SELECT offer FROM held WHERE due_ms IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
      JSON.stringify(ids),
    );
    return rows.toArray().map((row) => heldIn(row).offer.article);
  }
}

/** An offer that waits; of an article that an older version stored, what is safe. */
function heldIn(row: { offer: string }): HeldOffer {
  const { offer, rendering } = JSON.parse(row.offer) as HeldOffer;
  const { content_html, ...rest } = offer.article;
  const safe = storedArticle(offer.article);
  return { offer: { ...offer, article: safe.ok ? safe.value : rest }, rendering };
}
