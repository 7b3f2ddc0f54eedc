import { RpcTarget } from "cloudflare:workers";
import { publisherForm } from "../../intake/publisher-form.ts";
import type { Publisher } from "../../model/publisher.ts";
import { first, json, type Schema } from "../kit/sql.ts";

export const PUBLISHERS_SCHEMA: Schema = {
  name: "publishers",
  migrations: [
    `CREATE TABLE IF NOT EXISTS publishers (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      list TEXT NOT NULL
    )`,
  ],
};

/** A publisher on the list, and the name that matched. */
export interface ListedPublisher {
  called: string;
  name: string;
}

/** The operator's list of publishers of copied pages, in one row. */
export class Publishers extends RpcTarget {
  readonly #sql: SqlStorage;
  #forms: Map<string, string> | null = null;

  constructor(sql: SqlStorage) {
    super();
    this.#sql = sql;
  }

  /** The list as stored. */
  async list(): Promise<Publisher[]> {
    return this.#read();
  }

  /** Replaces the list. */
  async replace(publishers: Publisher[]): Promise<void> {
    this.#sql.exec("INSERT OR REPLACE INTO publishers (id, list) VALUES (1, ?)", JSON.stringify(publishers));
    this.#forms = null;
  }

  /** The publishers on the list that have one of the given names. */
  async known(names: string[]): Promise<ListedPublisher[]> {
    this.#forms ??= formsOf(this.#read());
    const forms = this.#forms;
    return names.flatMap((called) => {
      const name = forms.get(publisherForm(called));
      return name === undefined ? [] : [{ called, name }];
    });
  }

  #read(): Publisher[] {
    return first(this.#sql, json<Publisher[]>("list"), "SELECT list FROM publishers") ?? [];
  }
}

/** The publishers' names, by each normalized name and alias. */
const formsOf = (publishers: readonly Publisher[]): Map<string, string> =>
  new Map(
    publishers.flatMap(({ name, aliases, domains }) =>
      [name, ...aliases, ...domains].map((called) => [publisherForm(called), name]),
    ),
  );
