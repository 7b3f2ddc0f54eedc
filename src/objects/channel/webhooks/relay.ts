import type { ChannelEvent } from "../../../model/event.ts";
import { LIMITS } from "../../../model/limits.ts";
import type { Entry, Relay } from "../../kit/outbox.ts";
import { endpointOf } from "../../stubs.ts";
import type { ChannelParts } from "../subscribers.ts";
import { publishedEvent } from "./backfill.ts";
import type { WebhookStore } from "./store.ts";

/**
 * Configures and deletes endpoints (`configure`, `delete`), and hands them events (`event`; `article` for an article
 * that is older than the webhook), in the order of the outbox.
 */
export const webhookRelay = (channel: ChannelParts, webhooks: WebhookStore): Relay => ({
  most: LIMITS.EVENTS_PER_CALL,
  async hand(id, entries) {
    const action = entries[0]?.action;
    if (action === "configure") await configure(channel, webhooks, id);
    else if (action === "delete") await endpointOf(channel.env, id).registration.remove();
    else return enqueue(channel, id, entries);
    return 1;
  },
});

async function configure({ env, outbox }: ChannelParts, webhooks: WebhookStore, id: string): Promise<void> {
  const config = webhooks.config(id);
  if (!config) return;
  if (await endpointOf(env, id).registration.configure(config))
    return webhooks.configured(id, config.version);
  // The endpoint belongs to another organization: an import used its id.
  webhooks.remove(id);
  outbox.remove(`endpoint:${id}`);
}

/** @returns how many entries are done: handed over, or about an event or article that no longer exists */
async function enqueue(channel: ChannelParts, id: string, entries: readonly Entry[]): Promise<number> {
  const events: ChannelEvent[] = [];
  let [handed, characters] = [0, 0];
  for (const entry of entries) {
    if (entry.action !== "event" && entry.action !== "article") break;
    const event = eventOf(channel, entry);
    characters += event?.data.length ?? 0;
    if (event && events.length > 0 && characters > LIMITS.DRAIN_BYTES) break;
    if (event) events.push(event);
    handed++;
  }
  if (events.length > 0) await endpointOf(channel.env, id).deliveries.enqueue(events);
  return handed;
}

const eventOf = (channel: ChannelParts, { action, ref }: Entry): ChannelEvent | null =>
  action === "event" ? channel.events.at(Number(ref)) : publishedEvent(channel, String(ref));
