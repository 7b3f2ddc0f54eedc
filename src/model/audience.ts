import * as v from "valibot";
import { ArticleEventType } from "./event.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What an event would come to at a webhook. `held`: it is kept, and sent when the webhook is active again. */
const Reached = v.object({
  webhook_id: v.string(),
  description: v.string(),
  host: v.pipe(v.string(), v.description("Of its address, without the path, which can be a secret.")),
  outcome: v.picklist(["told", "paused", "disabled", "filtered"]),
  rule: v.pipe(
    v.nullable(v.picklist(["events", "filter"])),
    v.description("Which setting of the webhook keeps the article out; null when none does."),
  ),
});
export type Reached = v.InferOutput<typeof Reached>;

/** Who would be told of an article by one organization, if it were published as it is. */
export const Audience = v.object({
  organization: v.string(),
  event: v.pipe(
    v.nullable(ArticleEventType),
    v.description("What would be announced; null when nothing would change."),
  ),
  told: v.pipe(count, v.description("Webhooks that would be sent the event.")),
  held: v.pipe(count, v.description("Paused and disabled webhooks: the event is kept for them.")),
  filtered: v.pipe(
    count,
    v.description("Webhooks that do not want such an event, or whose filter leaves it out."),
  ),
  webhooks: v.pipe(
    v.array(Reached),
    v.description("Those that would not be told first, and at most 100 of them all."),
  ),
  hub_subscriptions: v.pipe(count, v.description("WebSub subscriptions that would be sent the feed.")),
  readers: v.pipe(count, v.description("Subscribers of feeds, as far as aggregators report them.")),
});
export type Audience = v.InferOutput<typeof Audience>;
