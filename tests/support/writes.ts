import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { directoryOf } from "../../src/objects/stubs.ts";
import { costsOf, sqlPrototype } from "./counting.ts";

/** What an act wrote and read in objects, as their SQL counts it (an index entry is a row), and the calls that it made. */
export interface Writes {
  rows: number;
  rowsRead: number;
  /** Each is a row more (platform). */
  alarmsSet: number;
  objectCalls: string[];
}

/** Counts what an act writes. */
export async function writesOf(act: () => Promise<unknown>): Promise<Writes> {
  const writes: Writes = { rows: 0, rowsRead: 0, alarmsSet: 0, objectCalls: [] };
  const sql = await sqlPrototype();
  const storage = await runInDurableObject(
    directoryOf(env),
    (_object, state) => Object.getPrototypeOf(state.storage) as DurableObjectStorage,
  );
  const { exec } = sql;
  const { setAlarm } = storage;
  sql.exec = function (this: SqlStorage, ...parameters) {
    const cursor = Reflect.apply(exec, this, parameters);
    queueMicrotask(() => {
      writes.rows += cursor.rowsWritten;
      writes.rowsRead += cursor.rowsRead;
    });
    return cursor;
  } as SqlStorage["exec"];
  storage.setAlarm = function (this: DurableObjectStorage, ...parameters) {
    writes.alarmsSet++;
    return Reflect.apply(setAlarm, this, parameters);
  };
  try {
    writes.objectCalls = (await costsOf(act)).objectCalls;
    return writes;
  } finally {
    sql.exec = exec;
    storage.setAlarm = setAlarm;
  }
}
