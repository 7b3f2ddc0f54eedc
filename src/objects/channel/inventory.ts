import type { Article } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import type { OrganizationStanding, Place } from "../../model/line.ts";
import type { Organization } from "../../model/organization.ts";
import type { HeldOffer } from "./embargo.ts";
import { Hub } from "./hub.ts";
import type { Restored } from "./standing.ts";

/** An article that a channel knows. `version` is the latest that it was told. */
export interface Known {
  article: Article;
  version: string;
}

/** An article of the ledger. One that waits for its moment is as it will be then. */
export interface Announced extends Known {
  /** Whether it lives, or waits for its moment: else nothing that was said of it since has been noted here. */
  current: boolean;
  place: Place;
}

/** Some of what a channel has, in an order; `after` is where the next part begins, null at the end. */
export interface Part<T> {
  entries: T[];
  after: string | null;
}

/** As much as goes into one part, by rows of `place`, `characters` (so far) and the ones that are wanted. */
const FITTING = `place = 1 OR (place <= ${LIMITS.EXPORT_LINES} AND characters <= ${LIMITS.EXPORT_CHARACTERS})`;

const ANNOUNCED = `ordinal, seq, revision, articles.changed_ms,
  COALESCE(held.offer ->> '$.offer.article', article) AS article,
  COALESCE(held.version, articles.version) AS version,
  live = 1 OR held.id IS NOT NULL AS current`;
const WITH_HELD = "LEFT JOIN held ON held.id = articles.id AND held.due_ms IS NOT NULL";

/** The side of a channel by which it is moved: it tells all that is in it, and comes to stand as it stood elsewhere. */
export abstract class Inventory extends Hub {
  /** Opens a channel that never was as it stood elsewhere, or closed if it was closed there. Its documents follow. */
  async restore(organization: Organization, closed: boolean, restored: Restored | null): Promise<void> {
    const now = Date.now();
    this.standing.describe(organization, closed);
    if (restored && restored.updatedMs <= now && this.standing.state().seq === 0)
      this.standing.restore(restored);
    if (closed) return;
    this.standing.touch(now, "restoring");
    await this.nameHubs(organization);
    await this.arm();
  }

  /** What is published, and since when; null when nothing is. */
  async publication(): Promise<OrganizationStanding["publication"] | null> {
    const { publishedDigest: digest, updatedMs: updated_ms } = this.standing.state();
    return digest === null ? null : { digest, updated_ms };
  }

  /** The articles of the ledger in the order of their ordinals, those also that have left. */
  async announced(after: string): Promise<Part<Announced>> {
    const rows = this.ctx.storage.sql
      .exec(
        `SELECT ${ANNOUNCED}, (SELECT MAX(ordinal) FROM articles) AS last FROM (
            SELECT *, ROW_NUMBER() OVER (ORDER BY ordinal) AS place,
              SUM(LENGTH(article)) OVER (ORDER BY ordinal) AS characters
            FROM (SELECT * FROM articles WHERE ordinal > ? ORDER BY ordinal LIMIT ?)) AS articles
          ${WITH_HELD} WHERE ${FITTING} ORDER BY ordinal`,
        Number(after),
        LIMITS.EXPORT_LINES,
      )
      .toArray();
    const end = rows.at(-1);
    const more = end && Number(end.ordinal) < Number(end.last);
    return { entries: rows.map(asAnnounced), after: more ? String(end.ordinal) : null };
  }

  /** Those of some articles that the ledger has. */
  async announcedOf(ids: string[]): Promise<Announced[]> {
    const rows = this.ctx.storage.sql.exec(
      `SELECT ${ANNOUNCED} FROM articles ${WITH_HELD}
        WHERE articles.id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(ids),
    );
    return rows.toArray().map(asAnnounced);
  }

  /** The articles that wait for their moment and were never announced, in the order of their ids. */
  async held(after: string): Promise<Part<Article>> {
    const rows = this.ctx.storage.sql
      .exec<{ id: string; offer: string }>(
        `SELECT id, offer FROM (
            SELECT id, offer, ROW_NUMBER() OVER (ORDER BY id) AS place,
              SUM(LENGTH(offer)) OVER (ORDER BY id) AS characters
            FROM (SELECT * FROM held WHERE due_ms IS NOT NULL AND id > ? AND id NOT IN (SELECT id FROM articles)
              ORDER BY id LIMIT ?))
          WHERE ${FITTING} ORDER BY id`,
        after,
        LIMITS.EXPORT_LINES,
      )
      .toArray();
    const entries = rows.map(({ offer }) => (JSON.parse(offer) as HeldOffer).offer.article);
    return { entries, after: rows.at(-1)?.id ?? null };
  }

  /** What is known here of articles; of one that waits for its moment what is to come. */
  async known(ids: string[]): Promise<Known[]> {
    const rows = this.ctx.storage.sql.exec<{ article: string; version: string }>(
      `SELECT COALESCE(held.offer ->> '$.offer.article', articles.article) AS article,
          COALESCE(held.version, articles.version) AS version
        FROM json_each(?) AS wanted
        LEFT JOIN articles ON articles.id = wanted.value
        LEFT JOIN held ON held.id = wanted.value AND held.due_ms IS NOT NULL
        WHERE articles.id IS NOT NULL OR held.id IS NOT NULL`,
      JSON.stringify(ids),
    );
    return rows
      .toArray()
      .map(({ article, version }) => ({ article: JSON.parse(article) as Article, version }));
  }
}

const asAnnounced = (row: Record<string, SqlStorageValue>): Announced => ({
  article: JSON.parse(String(row.article)) as Article,
  version: String(row.version),
  current: row.current === 1,
  place: {
    ordinal: Number(row.ordinal),
    seq: Number(row.seq),
    revision: Number(row.revision),
    changed_ms: Number(row.changed_ms),
  },
});
