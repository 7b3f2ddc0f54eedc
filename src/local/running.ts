import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Outcome } from "./outcome.ts";

/** Who uses a store, in its folder: a lock, and the address of the service that holds it. */
const LOCK = "service.lock";
const ADDRESS = "service.address";

/** This process's lock. A reference, because the garbage collector would close the file and so release it. */
let held: DatabaseSync | null = null;

/**
 * Takes a store for this process until it ends. Two services on one store would each keep their own view of its
 * objects, and overwrite each other's rows.
 */
export function takeStore(state: string, baseUrl: string): Outcome<null> {
  held = lock(state);
  if (held === null) {
    return {
      ok: false,
      reason:
        `A service already runs on the data in ${state}, at ${addressIn(state) ?? "an unknown address"}. ` +
        "Stop it, or use another folder: COMMUNIQUE_STATE=/another/folder npm start",
    };
  }
  writeFileSync(join(state, ADDRESS), baseUrl);
  return { ok: true, value: null };
}

/** The address of the service that runs on a store now; null without one. */
export function runningAddress(state: string): string | null {
  if (!existsSync(join(state, LOCK))) return null;
  const free = lock(state);
  free?.close();
  return free === null ? addressIn(state) : null;
}

const addressIn = (state: string): string | null =>
  existsSync(join(state, ADDRESS)) ? readFileSync(join(state, ADDRESS), "utf8").trim() : null;

/**
 * Locks a store; null if another process holds the lock. It is a lock of SQLite's, because the operating system
 * releases that one when the process dies, however it dies.
 */
function lock(state: string): DatabaseSync | null {
  const database = new DatabaseSync(join(state, LOCK));
  try {
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return null;
    throw error;
  }
}

const SQLITE_BUSY = 5;
