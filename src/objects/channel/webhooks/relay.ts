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
export function webhookRelay(parts: Parts): Relay {
  const load: Load = { characters: 0 };
  return {
    most: LIMITS.EVENTS_PER_CALL,
    async hand(id, entries) {
      const action = entries[0]?.action;
      if (action === "configure") await configure(parts, id);
      else if (action === "delete") await endpointOf(parts.env, id).registration.remove();
      else return enqueue(parts, id, entries, load);
      return 1;
    },
  };
}

/** What is being handed over: the characters of the data of all events. */
interface Load {
  characters: number;
}

async function configure({ env, webhooks, forget }: Parts, id: string): Promise<void> {
  const config = webhooks.config(id);
  if (!config) return;
  if (await endpointOf(env, id).registration.configure(config))
    return webhooks.configured(id, config.version);
  // The endpoint belongs to another organization: an import used its id.
  webhooks.remove(id);
  forget(`endpoint:${id}`);
}

async function enqueue(parts: Parts, id: string, entries: readonly Entry[], load: Load): Promise<number> {
  const { events, handed, characters } = eventsIn(
    entries,
    parts.eventOf,
    LIMITS.RELAYED_CHARACTERS - load.characters,
  );
  if (events.length === 0) return handed;
  load.characters += characters;
  try {
    await endpointOf(parts.env, id).deliveries.enqueue(events, true);
    return handed;
  } finally {
    load.characters -= characters;
  }
}

/**
 * The events of the first entries that are about events, as many as fit into one call.
 * @param room how many characters of data there is room for; one event always fits
 * @returns also how many entries that is, those included whose event no longer exists
 */
export function eventsIn(
  entries: readonly Entry[],
  eventOf: (entry: Entry) => ChannelEvent | null,
  room: number = LIMITS.DRAIN_BYTES,
): { events: ChannelEvent[]; handed: number; characters: number } {
  const events: ChannelEvent[] = [];
  const most = Math.min(room, LIMITS.DRAIN_BYTES);
  let [handed, characters] = [0, 0];
  for (const entry of entries) {
    if (entry.action !== "event" && entry.action !== "article") break;
    const event = eventOf(entry);
    const added = event?.data.length ?? 0;
    if (event && events.length > 0 && characters + added > most) break;
    if (event) events.push(event);
    characters += added;
    handed++;
  }
  return { events, handed, characters };
}
