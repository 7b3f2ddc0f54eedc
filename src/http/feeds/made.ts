import { LIMITS } from "../../model/limits.ts";

/** A filtered feed as it was made. */
export interface MadeFeed {
  /** The tags of the documents that it was made of. */
  parts: string;
  /** Until when it can be used; null as long as its parts stay the same. */
  untilMs: number | null;
  etag: string;
  body: Uint8Array<ArrayBuffer>;
  previous: string | null;
}

/** Filtered feeds made lately in this isolate, by address, the one used last at the end. */
const made = new Map<string, MadeFeed>();
let bytes = 0;

/** The feed at an address if it was made of the same parts; else makes it, and keeps it for others. */
export async function madeOf(
  address: string,
  parts: string,
  nowMs: number,
  make: () => Promise<Omit<MadeFeed, "parts">>,
): Promise<MadeFeed> {
  const known = made.get(address);
  forget(address);
  const isCurrent = known?.parts === parts && (known.untilMs === null || nowMs < known.untilMs);
  const feed = isCurrent && known ? known : { parts, ...(await make()) };
  forget(address); // another request may have made it meanwhile
  made.set(address, feed);
  bytes += feed.body.byteLength;
  for (const oldest of made.keys()) {
    if (bytes <= LIMITS.MADE_FEEDS_BYTES) break;
    forget(oldest);
  }
  return feed;
}

function forget(address: string): void {
  bytes -= made.get(address)?.body.byteLength ?? 0;
  made.delete(address);
}
