import type { Context } from "hono";
import { channelOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";

/**
 * Whether a client may have another whole feed now. Only whole answers count: who revalidates may poll as often as
 * it likes. Off unless FEED_LIMIT is `on`; the binding in wrangler.toml says how many.
 */
export async function mayHaveAnother(c: Context<App>): Promise<boolean> {
  const client = c.req.header("cf-connecting-ip");
  if (c.env.FEED_LIMIT !== "on" || !c.env.FEED_LIMITER || !client) return true;
  return (await c.env.FEED_LIMITER.limit({ key: client })).success;
}

/** `Feedbin feed-id:1 - 12 subscribers`, `Feedly/1.0 (…; 3 subscribers)`: how aggregators say for how many they ask. */
const SUBSCRIBERS = /\b(\d{1,9}) (?:subscriber|reader)s?\b/i;

/** Its name: the first word, or what follows "compatible" where it begins as browsers do. */
const AGGREGATOR = /^(?:Mozilla\/[\d.]+ \(compatible; )?([\w.+-]+)/i;

/** Notes for how many an aggregator asks. It asks once for all of them, and that is all that is known of them. */
export function countSubscribers(c: Context<App>, organization: string, format: string): void {
  const agent = c.req.header("user-agent") ?? "";
  const count = SUBSCRIBERS.exec(agent)?.[1];
  const name = AGGREGATOR.exec(agent)?.[1];
  if (!count || !name) return;
  c.executionCtx.waitUntil(channelOf(c.env, organization).countSubscribers(name, format, Number(count)));
}
