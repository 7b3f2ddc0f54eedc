import { RpcTarget } from "cloudflare:workers";
import { publisherForm } from "../../intake/publisher.ts";
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

/** A publisher of the list, and the name that it was asked for by. */
export interface ListedPublisher {
  called: string;
  name: string;
}

/** The publishers of copied pages: one row, which the operator keeps. */
export class Publishers extends RpcTarget {
  readonly #sql: SqlStorage;
  #forms: Map<string, string> | null = null;

  constructor(sql: SqlStorage) {
    super();
    this.#sql = sql;
  }

  /** The list as it was put. */
  async list(): Promise<Publisher[]> {
    return this.#read();
  }

  /** Puts another list in its place. */
  async replace(publishers: Publisher[]): Promise<void> {
    this.#sql.exec("INSERT OR REPLACE INTO publishers (id, list) VALUES (1, ?)", JSON.stringify(publishers));
    this.#forms = null;
  }

  /** Those of some names that a publisher on the list has. */
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

/** The names of the publishers on a list by all that they are called. */
const formsOf = (publishers: readonly Publisher[]): Map<string, string> =>
  new Map(
    publishers.flatMap(({ name, aliases, domains }) =>
      [name, ...aliases, ...domains].map((called) => [publisherForm(called), name]),
    ),
  );
