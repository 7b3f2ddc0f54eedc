import type { Context } from "hono";
import { channelOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";

/**
 * Whether a client may get another whole feed now. Only whole feeds count: 304 responses are not limited. Off unless
 * FEED_LIMIT is `on`; the limit is that of the binding in wrangler.toml.
 */
export async function mayHaveAnother(c: Context<App>): Promise<boolean> {
  const client = c.req.header("cf-connecting-ip");
  if (c.env.FEED_LIMIT !== "on" || !c.env.FEED_LIMITER || !client) return true;
  return (await c.env.FEED_LIMITER.limit({ key: client })).success;
}

/** `Feedbin feed-id:1 - 12 subscribers`, `Feedly/1.0 (…; 3 subscribers)`: how aggregators report their subscribers. */
const SUBSCRIBERS = /\b(\d{1,9}) (?:subscriber|reader)s?\b/i;

/** An aggregator's name: the first word or, after a browser's prefix, what follows "compatible". */
const AGGREGATOR = /^(?:Mozilla\/[\d.]+ \(compatible; )?([\w.+-]+)/i;

/** Records how many subscribers an aggregator reports. It fetches the feed once for all of them. */
export function countSubscribers(c: Context<App>, organization: string, format: string): void {
  const agent = c.req.header("user-agent") ?? "";
  const count = SUBSCRIBERS.exec(agent)?.[1];
  const name = AGGREGATOR.exec(agent)?.[1];
  if (!count || !name) return;
  c.executionCtx.waitUntil(channelOf(c.env, organization).aggregators.count(name, format, Number(count)));
}
