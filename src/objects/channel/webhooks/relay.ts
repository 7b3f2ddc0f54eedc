import type { Bindings } from "../../../env.ts";
import type { ChannelEvent } from "../../../model/event.ts";
import { LIMITS } from "../../../model/limits.ts";
import type { Entry, Relay } from "../../kit/outbox.ts";
import { endpointOf } from "../../stubs.ts";
import type { WebhookStore } from "./store.ts";

/** What the relay depends on. */
interface Parts {
  env: Bindings;
  webhooks: WebhookStore;
  /** Removes the entries of a target. */
  forget(target: string): void;
  /** The event of an entry; null if it no longer exists. */
  eventOf(entry: Entry): ChannelEvent | null;
}

/**
 * Configures and deletes endpoints (`configure`, `delete`), and hands them events (any other action), in the order of
 * the outbox.
 */
export const webhookRelay = (parts: Parts): Relay => ({
  most: LIMITS.EVENTS_PER_CALL,
  async hand(id, entries) {
    const action = entries[0]?.action;
    if (action === "configure") await configure(parts, id);
    else if (action === "delete") await endpointOf(parts.env, id).registration.remove();
    else return enqueue(parts, id, entries);
    return 1;
  },
});

async function configure({ env, webhooks, forget }: Parts, id: string): Promise<void> {
  const config = webhooks.config(id);
  if (!config) return;
  if (await endpointOf(env, id).registration.configure(config))
    return webhooks.configured(id, config.version);
  // The endpoint belongs to another organization: an import used its id.
  webhooks.remove(id);
  forget(`endpoint:${id}`);
}

async function enqueue(parts: Parts, id: string, entries: readonly Entry[]): Promise<number> {
  const { events, handed } = eventsIn(entries, parts.eventOf);
  if (events.length > 0) await endpointOf(parts.env, id).deliveries.enqueue(events);
  return handed;
}

/**
 * The events of the first entries that are about events, as many as fit into one call.
 * @returns also how many entries that is, those included whose event no longer exists
 */
export function eventsIn(
  entries: readonly Entry[],
  eventOf: (entry: Entry) => ChannelEvent | null,
): { events: ChannelEvent[]; handed: number } {
  const events: ChannelEvent[] = [];
  let [handed, characters] = [0, 0];
  for (const entry of entries) {
    if (entry.action !== "event" && entry.action !== "article") break;
    const event = eventOf(entry);
    characters += event?.data.length ?? 0;
    if (event && events.length > 0 && characters > LIMITS.DRAIN_BYTES) break;
    if (event) events.push(event);
    handed++;
  }
  return { events, handed };
}
