import * as v from "valibot";
import { ArticleEventType } from "../model/event.ts";
import { timestamp } from "../model/time.ts";
import { Explanation } from "./explain.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Whether a webhook received the last announcement of an article. */
const Told = v.object({
  webhook_id: v.string(),
  description: v.string(),
  host: v.string(),
  ...v.omit(Explanation, ["delivery"]).entries,
  delivery_id: v.nullable(v.string()),
});
export type Told = v.InferOutput<typeof Told>;

/** What an organization announced of an article last, and who was told. */
export const Announcement = v.object({
  organization: v.string(),
  event: v.pipe(v.nullable(ArticleEventType), v.description("Null while nothing was announced.")),
  revision: v.pipe(count, v.description("How many versions were announced.")),
  announced_at: v.nullable(timestamp),
  documents: v.pipe(
    v.picklist(["none", "waiting", "written"]),
    v.description("`waiting`: the feeds are being written, within five seconds as a rule."),
  ),
  documents_written_at: v.nullable(timestamp),
  counts: v.pipe(
    v.record(v.string(), count),
    v.description("How many of the webhooks on this page have each outcome."),
  ),
  webhooks: v.pipe(v.array(Told), v.description("Those that failed first, then those that wait.")),
  hub_subscriptions: count,
  cursor: v.nullable(v.string()),
});
export type Announcement = v.InferOutput<typeof Announcement>;

/** In which order outcomes are shown: what needs a person first. */
const ORDER: readonly Explanation["outcome"][] = [
  "failed",
  "disabled",
  "paused",
  "waiting",
  "superseded",
  "filtered",
  "older-than-webhook",
  "not-known",
  "not-announced",
  "sent",
];

/** The webhooks with what needs a person first, and how many there are of each outcome. */
export function sorted(told: readonly Told[]): Pick<Announcement, "webhooks" | "counts"> {
  const counts: Record<string, number> = {};
  for (const { outcome } of told) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const webhooks = [...told].sort(
    (a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome) || (a.webhook_id < b.webhook_id ? -1 : 1),
  );
  return { webhooks, counts };
}
