import { LIMITS } from "../model/limits.ts";
import { Demand, Memory } from "./memory.ts";

/** What this isolate is asked for often, by address. */
const memory = new Memory<unknown>(LIMITS.HOT_BYTES);
const demand = new Demand(LIMITS.HOT_COUNTED);
/** How often this isolate has changed what is kept here. */
let changes = 0;

/** For how long an isolate answers with what it keeps. */
export const hotMs = ({ DOCUMENT_CACHE_SECONDS: seconds }: { DOCUMENT_CACHE_SECONDS?: string }): number =>
  1000 * Number(seconds ?? LIMITS.HOT_SECONDS);

/**
 * What stands at an address, as this isolate read or made it at most so many milliseconds ago, or else as it is read now. It is
 * kept only if it is asked for often. What is not for everybody must not be read here.
 * @param read is told whether its value will be kept; null is not
 */
export async function recall<T extends object>(
  address: string,
  mostMs: number,
  read: (isHot: boolean) => Promise<T | null>,
  bytesOf: (value: T) => number,
): Promise<T | null> {
  if (mostMs <= 0) return read(false);
  const known = memory.get(address, mostMs, Date.now());
  if (known !== undefined) return known as T;
  const isHot = demand.count(address, mostMs, Date.now()) >= LIMITS.HOT_REQUESTS;
  const before = changes;
  const value = await read(isHot);
  // What was read before a change must not outlive it.
  if (value && isHot && changes === before) {
    memory.set(address, value, bytesOf(value) + OVERHEAD_BYTES, Date.now());
  }
  return value;
}

/** KV metadata has at most 1,024 bytes (platform); as an object, with headers and an address, it takes about twice as much. */
const OVERHEAD_BYTES = 2_048;

/** Forgets what stands at addresses that begin so, because this isolate has changed it. */
export function forget(beginning: string): void {
  changes += 1;
  memory.deleteWhere((address) => address.startsWith(beginning));
}

/** Forgets everything, as a new isolate would. */
export function forgetAll(): void {
  forget("");
  demand.clear();
}
