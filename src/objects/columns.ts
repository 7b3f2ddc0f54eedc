/**
 * Adds a column that a table of an older version lacks: an object that slept through a deployment wakes up with the
 * tables it had. The statement that makes the table has the column, too.
 */
export function ensureColumn(sql: SqlStorage, table: string, column: string, definition: string): void {
  const known = sql.exec("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, column).toArray();
  if (known.length === 0) sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${definition}`);
}
