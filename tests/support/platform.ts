import { sqlPrototype } from "./counting.ts";

/** The largest row of SQL, text included that is bound to a statement (platform): workerd by itself enforces neither. */
const SQL_BYTES = 2_000_000;
const encoder = new TextEncoder();

/** Has a statement that writes more than a row of SQL may have fail, as on the platform. Returns the undoing. */
export async function enforceRowLimit(): Promise<() => void> {
  const sql = await sqlPrototype();
  const { exec } = sql;
  sql.exec = function (this: SqlStorage, query: string, ...bindings: unknown[]) {
    const bytes = bindings.reduce<number>((sum, value) => sum + sizeOf(value), 0);
    if (bytes > SQL_BYTES)
      throw new Error(`string or blob too big: SQLITE_TOOBIG (${bytes} bytes): ${query}`);
    return Reflect.apply(exec, this, [query, ...bindings]);
  } as SqlStorage["exec"];
  return () => {
    sql.exec = exec;
  };
}

const sizeOf = (value: unknown): number => {
  if (typeof value === "string") return encoder.encode(value).byteLength;
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? value.byteLength : 8;
};
