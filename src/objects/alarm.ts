import { LIMITS } from "../model/limits.ts";
import { AFTER_ALL_MS } from "../model/time.ts";
import { logLine } from "../store/log.ts";

/** The earliest of the times at which something is to be done; null when nothing is. */
export function earliest(...times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

/** Sets an object's alarm to when something is to be done, or takes it away when nothing is. */
export async function armAt(storage: DurableObjectStorage, dueMs: number | null): Promise<void> {
  if (dueMs === null) await storage.deleteAlarm();
  else await storage.setAlarm(Math.min(Math.max(dueMs, Date.now()), AFTER_ALL_MS - 1));
}

/** As {@link armAt}, but leaves an alarm that comes sooner: each setting is a write. */
export async function armSooner(storage: DurableObjectStorage, dueMs: number | null): Promise<void> {
  if (dueMs === null) return;
  const set = await storage.getAlarm();
  if (set === null || set > Math.max(dueMs, Date.now())) await armAt(storage, dueMs);
}

/**
 * What an object does when its alarm has come. Never throws: an alarm that throws six times is gone (platform). What
 * fails, or is cut short, comes again.
 * @param act does what is due, and says when something is to be done next; null for never
 */
export async function ring(
  storage: DurableObjectStorage,
  kind: string,
  againMs: number,
  act: () => Promise<number | null>,
): Promise<void> {
  try {
    // Set again before anything is done: if the process dies, this alarm does what was not written down. It cannot
    // come while this one still runs (platform).
    await storage.setAlarm(Date.now() + againMs);
    await armAt(storage, await act());
  } catch (error) {
    logLine("error", `${kind}.alarm`, { error: String(error) });
    await storage.setAlarm(Date.now() + againMs);
  }
}

/** The watchdog's look at an object: sets its alarm when one is missing. True when something was stuck. */
export async function wakeIfStuck(storage: DurableObjectStorage, dueMs: number | null): Promise<boolean> {
  const now = Date.now();
  const stuck = isStuck(dueMs, await storage.getAlarm(), now);
  if (stuck) await storage.setAlarm(now);
  return stuck;
}

/** True when something is due and no alarm will come for it in time. */
export function isStuck(dueMs: number | null, alarmMs: number | null, nowMs: number): boolean {
  if (dueMs === null || nowMs - dueMs < LIMITS.ALARM_LATE_MS) return false;
  return alarmMs === null || nowMs - alarmMs >= LIMITS.ALARM_LATE_MS;
}
