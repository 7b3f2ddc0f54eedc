import type { Bindings } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import { eachAtMost } from "../../store/concurrency.ts";
import { logLine } from "../../store/log.ts";
import { endpointOf } from "../stubs.ts";
import type { Outbox, Parcel } from "./outbox.ts";

/** What came of telling others: how far it is, and how many objects were called. */
export interface Handing {
  progress: "done" | "more" | "failed";
  calls: number;
}

/**
 * Hands a bounded share of an organization's outbox to the endpoints.
 * @param seq the channel's position when this began: what is newer has an alarm of its own
 */
export async function drain(env: Bindings, outbox: Outbox, slug: string, seq: number): Promise<Handing> {
  const results = await eachAtMost(LIMITS.CONNECTIONS, outbox.parcels(), (parcel) =>
    hand(env, outbox, slug, parcel),
  );
  const oldest = outbox.prune();
  const left = oldest !== null && oldest <= seq ? "more" : "done";
  return { progress: results.includes(false) ? "failed" : left, calls: results.length };
}

async function hand(env: Bindings, outbox: Outbox, slug: string, parcel: Parcel): Promise<boolean> {
  const events = outbox.events(parcel.seqs);
  try {
    await endpointOf(env, parcel.endpointId).enqueue(parcel.endpointId, slug, events);
    outbox.handed({ ...parcel, seqs: events.map((event) => event.seq) });
    return true;
  } catch (error) {
    outbox.failed(parcel);
    logLine("error", "channel.hand", { endpoint: parcel.endpointId, error: String(error) });
    return false;
  }
}
