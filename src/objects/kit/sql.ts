import { quotaUsedUp } from "../../model/quota.ts";

/** One migration: SQL statements, or a function. Never edit a released one. */
export type Migration = string | ((sql: SqlStorage) => void);

/** The tables that one file owns, as a list of migrations. A migration's number is its position, from 1. */
export interface Schema {
  /** The name in `schema_versions`. Never change it. */
  name: string;
  migrations: readonly Migration[];
}

/**
 * Runs an object's pending migrations in order, in one transaction, from the object's constructor. A first migration
 * creates its tables with `IF NOT EXISTS`, because stores from before 26 November 2026 have tables but no versions.
 * Costs one row read per schema; a new object also writes one row per schema.
 */
export function migrate(storage: DurableObjectStorage, ...schemas: readonly Schema[]): void {
  const { sql } = storage;
  sql.exec(
    "CREATE TABLE IF NOT EXISTS schema_versions (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID",
  );
  const rows = sql.exec<{ name: string; version: number }>("SELECT name, version FROM schema_versions");
  const versions = new Map(rows.toArray().map(({ name, version }) => [name, version]));
  const behind = schemas.filter(({ name, migrations }) => (versions.get(name) ?? 0) < migrations.length);
  if (behind.length === 0) return;
  storage.transactionSync(() => {
    for (const { name, migrations } of behind) {
      for (const migration of migrations.slice(versions.get(name) ?? 0)) {
        if (typeof migration === "string") sql.exec(migration);
        else migration(sql);
      }
      sql.exec(
        "INSERT OR REPLACE INTO schema_versions (name, version) VALUES (?, ?)",
        name,
        migrations.length,
      );
    }
  });
}

/**
 * A migration that adds a column if it is missing: tables from before 26 November 2026 may have it already, because
 * columns were then added without a version.
 */
export const addColumn =
  (table: string, column: string, definition: string): Migration =>
  (sql) => {
    const known = sql.exec("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, column).toArray();
    if (known.length === 0) sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${definition}`);
  };

/**
 * A migration that has triggers keep the number of a table's rows: a COUNT reads every row. Each row that is added or
 * removed then writes one more. Not for a table that `INSERT OR REPLACE` writes: it removes rows without a trigger.
 */
export const countRows = (
  table: string,
): Migration => `CREATE TABLE IF NOT EXISTS row_counts (name TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO row_counts (name, rows) SELECT '${table}', COUNT(*) FROM ${table};
  CREATE TRIGGER ${table}_row_added AFTER INSERT ON ${table} BEGIN
    UPDATE row_counts SET rows = rows + 1 WHERE name = '${table}';
  END;
  CREATE TRIGGER ${table}_row_removed AFTER DELETE ON ${table} BEGIN
    UPDATE row_counts SET rows = rows - 1 WHERE name = '${table}';
  END;`;

/** How many rows a table with {@link countRows} has: one row read. */
export const rowsIn = (sql: SqlStorage, table: string): number =>
  first(sql, integer("rows"), "SELECT rows FROM row_counts WHERE name = ?", table) ?? 0;

type Row = Record<string, SqlStorageValue>;

/** Reads one value of a row. @throws Error that names the column if the value has another type */
export type Column<T> = (row: Row) => T;

/** Reads a row as a plain object. */
export type Reader<T> = (row: Row) => T;

function value<T>(row: Row, name: string, expected: string, fits: (value: unknown) => value is T): T {
  const found = row[name];
  if (fits(found)) return found;
  throw new Error(`Column ${name} holds ${found === undefined ? "nothing" : typeof found}, not ${expected}`);
}

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";

/** A TEXT column. */
export const text =
  (name: string): Column<string> =>
  (row) =>
    value(row, name, "text", isText);

/** An INTEGER column. */
export const integer =
  (name: string): Column<number> =>
  (row) =>
    value(row, name, "a number", isNumber);

/** A column without a type that holds text or numbers. */
export const textOrInteger =
  (name: string): Column<string | number> =>
  (row) =>
    value(row, name, "text or a number", (found) => isText(found) || isNumber(found));

/** An INTEGER column that holds 0 or 1. */
export const flag =
  (name: string): Column<boolean> =>
  (row) =>
    value(row, name, "a number", isNumber) !== 0;

/** A TEXT column with JSON that this service wrote. Its type is not checked. */
export const json =
  <T>(name: string): Column<T> =>
  (row) =>
    JSON.parse(value(row, name, "text", isText)) as T;

/** A column that may be NULL. */
export const nullable =
  <T>(name: string, column: (name: string) => Column<T>): Column<T | null> =>
  (row) =>
    row[name] === null ? null : column(name)(row);

/**
 * Makes a row reader from columns.
 * @example const reader = rowOf({ id: text("id"), dueMs: nullable("due_ms", integer) });
 */
export function rowOf<T extends object>(columns: { [K in keyof T]: Column<T[K]> }): Reader<T> {
  const entries = Object.entries(columns) as [keyof T, Column<T[keyof T]>][];
  return (row) => {
    const read = {} as T;
    for (const [key, column] of entries) read[key] = column(row);
    return read;
  };
}

/** All rows of a query. */
export function all<T>(
  sql: SqlStorage,
  reader: Reader<T>,
  query: string,
  ...parameters: readonly SqlStorageValue[]
): T[] {
  const rows: T[] = [];
  for (const row of sql.exec(query, ...parameters)) rows.push(reader(row));
  return rows;
}

/** The first row of a query; null if there is none. */
export function first<T>(
  sql: SqlStorage,
  reader: Reader<T>,
  query: string,
  ...parameters: readonly SqlStorageValue[]
): T | null {
  for (const row of sql.exec(query, ...parameters)) return reader(row);
  return null;
}

/** Whether a query returns a row. */
export const exists = (sql: SqlStorage, query: string, ...parameters: readonly SqlStorageValue[]): boolean =>
  first(sql, () => true, query, ...parameters) ?? false;

/**
 * Runs a statement that must stop nothing: if the rows of the day are used up, what it would note is not noted.
 */
export function execIfPossible(
  sql: SqlStorage,
  query: string,
  ...parameters: readonly SqlStorageValue[]
): void {
  try {
    sql.exec(query, ...parameters);
  } catch (error) {
    if (quotaUsedUp(error) === null) throw error;
  }
}

/**
 * Values as JSON arrays for `json_each(?)`, each small enough for a parameter: it has room for 2 MB (platform). One array
 * unless the values are large.
 */
export function listsOf(values: readonly unknown[]): string[] {
  const lists: string[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const value of values) {
    const json = JSON.stringify(value);
    characters += json.length + 1;
    if (characters > LIST_CHARACTERS) {
      lists.push([]);
      characters = json.length + 2;
    }
    lists.at(-1)?.push(json);
  }
  return lists.map((list) => `[${list.join()}]`);
}

/** A character is at most three bytes of UTF-8 in a string's unit. */
const LIST_CHARACTERS = 600_000;
