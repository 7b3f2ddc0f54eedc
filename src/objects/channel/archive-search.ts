import { type FormatName, formatNamed } from "../../feeds/formats.ts";
import { utf8Bytes } from "../../feeds/fragments.ts";
import { FieldsInput, type ItemFields } from "../../feeds/listing.ts";
import { type Filter, type FilterInput, matches } from "../../model/filter.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Organization } from "../../model/organization.ts";
import { execIfPossible, first, json, type Schema } from "../kit/sql.ts";
import { filterInputOf } from "../messages.ts";
import type { Ledger } from "./ledger.ts";
import { itemsIn, type Rendered, type Rendering } from "./rendering.ts";

export const ARCHIVE_LISTINGS_SCHEMA: Schema = {
  name: "archive_listings",
  migrations: [
    `CREATE TABLE archive_listings (
      number INTEGER PRIMARY KEY,
      items TEXT NOT NULL
    )`,
  ],
};

/** What is searched for, and where. */
export interface Search {
  filter: Filter;
  format: FormatName;
  /** The archive document to begin at; null for the newest. */
  from: number | null;
  /** Articles that are known already. */
  known: readonly string[];
  /** How many are wanted. With 0, only whether there are any. */
  most: number;
}

/** An article that was found. */
export interface FoundItem {
  id: string;
  publishedMs: number;
  changedMs: number;
  fragment: string;
}

/** What a search found. */
export interface Found {
  items: FoundItem[];
  /** The archive document in which it goes on; 0 when there is no more. */
  previous: number;
}

const NONE: ReadonlySet<string> = new Set();

/** What a search has read. */
interface Spent {
  documents: number;
  listed: number;
  characters: number;
}

/**
 * Finds articles that a filter wants in the archive documents, the newest document first. What filters look at is kept in
 * one row for each document, made when it is first searched: publishing writes nothing for it. A search reads the rows of at
 * most {@link LIMITS.ARCHIVES_SEARCHED} documents, and makes those of at most {@link LIMITS.ARCHIVES_LISTED}.
 */
export class ArchiveSearch {
  readonly #sql: SqlStorage;
  readonly #ledger: Ledger;
  readonly #rendering: Rendering;

  constructor(sql: SqlStorage, ledger: Ledger, rendering: Rendering) {
    this.#sql = sql;
    this.#ledger = ledger;
    this.#rendering = rendering;
  }

  /** Forgets the row of the archive document that an article is in, in the transaction that changes the article. */
  forget(articleId: string): void {
    const query = "DELETE FROM archive_listings WHERE number = ?";
    this.#sql.exec(query, this.#ledger.archiveNumberOf(articleId));
  }

  /** The articles that a filter wants, from an archive document on. */
  async find(organization: Organization, search: Search): Promise<Found> {
    const { rows, previous } = this.#rows(organization, search);
    const format = formatNamed(search.format);
    if (!format) return { items: [], previous };
    const fragments = await itemsIn(organization.slug, format, rows);
    const items = rows.map(({ fields: { id, publishedMs, changedMs } }, index) => {
      return { id, publishedMs, changedMs, fragment: fragments[index] ?? "" };
    });
    return { items, previous };
  }

  /** The articles of one archive document that a filter wants, and the document before it that has one; 0 for none. */
  within(
    organization: Organization,
    number: number,
    { filter, format }: Pick<Search, "filter" | "format">,
  ): { ids: Set<string>; previous: number } {
    const wanted = this.#wantedIn(number, organization, filter, { documents: 0, listed: 0, characters: 0 });
    const before = this.#ledger.archiveBefore(number);
    const search: Search = { filter, format, from: before, known: [], most: 0 };
    return {
      ids: new Set((wanted ?? []).map(({ id }) => id)),
      previous: before > 0 ? this.#rows(organization, search).previous : 0,
    };
  }

  #rows(organization: Organization, search: Search): { rows: Rendered[]; previous: number } {
    const rows: Rendered[] = [];
    let bytes = 0;
    for (const { number, id } of this.#wanted(organization, search)) {
      if (id === null || rows.length === search.most) return { rows, previous: number };
      const row = this.#row(id, search.format);
      bytes += row ? utf8Bytes(row.fragments[search.format]) : 0;
      if (bytes > LIMITS.FEED_ITEMS_BYTES) return { rows, previous: number };
      if (row) rows.push(row);
    }
    return { rows, previous: 0 };
  }

  #row(id: string, format: FormatName): Rendered | undefined {
    const rows = this.#rendering.renewed(() => this.#ledger.listed(id));
    return this.#rendering.itemsOf(rows, [format])[0];
  }

  /** The articles that are wanted, and where each is; no id where the search ends before the archive does. */
  *#wanted(
    organization: Organization,
    { filter, from, known }: Search,
  ): Generator<{ number: number; id: string | null }, void> {
    const spent: Spent = { documents: 0, listed: 0, characters: 0 };
    const seen = new Set(known);
    const newest = from ?? this.#ledger.lastArchive();
    for (let number = newest; number > 0; number = this.#ledger.archiveBefore(number)) {
      const wanted = this.#wantedIn(number, organization, filter, spent, seen);
      if (!wanted) return yield { number, id: null };
      for (const { id } of wanted) yield { number, id };
      if (spent.characters > LIMITS.SEARCHED_CHARACTERS) {
        return yield { number: number === newest ? this.#ledger.archiveBefore(number) : number, id: null };
      }
    }
  }

  /** What a filter wants of an archive document; null if no more may be read. @param seen articles that are known already */
  #wantedIn(
    number: number,
    organization: Organization,
    filter: Filter,
    spent: Spent,
    seen: ReadonlySet<string> = NONE,
  ): ItemFields[] | null {
    spent.documents += 1;
    const listed = spent.documents > LIMITS.ARCHIVES_SEARCHED ? null : this.#listed(number, spent);
    return (
      listed?.filter((fields) => {
        if (seen.has(fields.id) || spent.characters > LIMITS.SEARCHED_CHARACTERS) return false;
        return matches(filter, this.#inputOf(organization, fields, spent));
      }) ?? null
    );
  }

  /** What filters look at in the live articles of an archive document; null if no more documents may be listed. */
  #listed(number: number, spent: Spent): ItemFields[] | null {
    const query = "SELECT items FROM archive_listings WHERE number = ?";
    const known = first(this.#sql, json<ItemFields[]>("items"), query, number);
    if (known) return known;
    spent.listed += 1;
    if (spent.listed > LIMITS.ARCHIVES_LISTED) return null;
    const live = this.#ledger.archive(number).filter((row) => row.live);
    const items = live.map(({ fields }) => fields);
    const text = JSON.stringify(items);
    if (text.length <= LIMITS.ARCHIVE_LISTING_CHARACTERS) {
      const insert = "INSERT INTO archive_listings (number, items) VALUES (?, ?)";
      execIfPossible(this.#sql, insert, number, text); // else it is made at each search
    }
    return items;
  }

  #inputOf(organization: Organization, fields: ItemFields, spent: Spent): FilterInput {
    return new FieldsInput(fields, {
      organizations: [organization.slug],
      language: organization.language,
      text: () => {
        const article = this.#ledger.entry(fields.id)?.article;
        const text = article ? filterInputOf(organization, article).text : "";
        spent.characters += Math.max(text.length, LIMITS.SEARCHED_ARTICLE_CHARACTERS);
        return text;
      },
    });
  }
}
