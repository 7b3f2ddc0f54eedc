import * as v from "valibot";
import { DeliveryLog } from "../model/delivery.ts";
import { LIMITS } from "../model/limits.ts";
import { rfc3339, timestamp } from "../model/time.ts";
import type { Webhook } from "../model/webhook.ts";
import type { ShownHealth } from "./health.ts";

/** Everything that is known about an article and a webhook. */
export interface Facts {
  webhook: Webhook;
  health: ShownHealth;
  /** The last announcement of the article; null when there was none. */
  announced: { revision: number; live: boolean; changedMs: number } | null;
  fits: boolean;
  /** Whether it is in the outbox and not yet relayed to the endpoint. */
  waiting: boolean;
  /** The delivery of the last announcement. */
  delivery: DeliveryLog | null;
}

/** Why a webhook received an article or did not. */
export const Explanation = v.object({
  outcome: v.picklist([
    "sent",
    "waiting",
    "paused",
    "disabled",
    "failed",
    "superseded",
    "filtered",
    "older-than-webhook",
    "not-announced",
    "not-known",
  ]),
  detail: v.pipe(v.string(), v.description("A plain sentence.")),
  rule: v.pipe(
    v.nullable(v.picklist(["events", "filter"])),
    v.description("Which setting of the webhook keeps the article out; null when none does."),
  ),
  until: v.pipe(v.nullable(timestamp), v.description("When it is tried next; null when no time is set.")),
  delivery: v.nullable(DeliveryLog),
});
export type Explanation = v.InferOutput<typeof Explanation>;

/** Explains whether a webhook received the latest announcement of an article. */
export function explain(facts: Facts): Explanation {
  const { announced, delivery } = facts;
  if (!announced)
    return say(facts, "not-announced", "This organization has never announced such an article.");
  if (delivery?.status === "delivered") {
    return say(facts, "sent", `It was delivered at ${delivery.settled_at}.`);
  }
  if (delivery?.status === "superseded") {
    const newer = "A newer event of the article took its place before it was delivered.";
    const why = delivery.attempts.at(-1)?.detail ?? newer;
    return say(facts, "superseded", why);
  }
  if (delivery?.status === "failed") {
    const last = delivery.attempts.at(-1)?.detail ?? "";
    return say(facts, "failed", `It was given up after ${delivery.attempt_count} tries. The last: ${last}`);
  }
  if (delivery || facts.waiting) return unsent(facts);
  return neverMeant(facts, announced);
}

function unsent(facts: Facts): Explanation {
  const { health, delivery, webhook } = facts;
  if (health.state === "paused" || health.state === "disabled") {
    return say(
      facts,
      health.state,
      `It is kept, and sent when the webhook is enabled. It is ${health.state} now.`,
    );
  }
  if (health.problem) return say(facts, "waiting", health.problem);
  const held = health.held_until ? ` ${HELD_BY[health.held_by ?? "receiver"](health.held_until)}` : "";
  const behind = webhook.ordered ? " The webhook is in order: what is older goes first." : "";
  const paced = webhook.per_minute ? ` At most ${webhook.per_minute} are sent in a minute.` : "";
  const last = delivery?.attempts.at(-1)?.detail;
  const why = last ? `The last of ${delivery?.attempt_count} tries: ${last}` : "It was not tried yet.";
  const until = [delivery?.next_attempt_at ?? "", health.held_until ?? ""].sort().at(-1) || null;
  return { ...say(facts, "waiting", why + held + behind + paced), until };
}

const HELD_BY: Readonly<Record<NonNullable<ShownHealth["held_by"]>, (until: string) => string>> = {
  receiver: (until) => `The receiver has asked to wait until ${until}.`,
  timeouts: (until) => `The receiver does not answer in time: it is asked again at ${until}.`,
};

function neverMeant(facts: Facts, announced: NonNullable<Facts["announced"]>): Explanation {
  const { webhook } = facts;
  if (announced.changedMs < Date.parse(webhook.created_at)) {
    return say(facts, "older-than-webhook", `It was announced before the webhook was made.`);
  }
  const type = announced.live ? (announced.revision === 1 ? "published" : "updated") : "withdrawn";
  if (!webhook.events.includes(`article.${type}`)) {
    const detail = `The last that happened was article.${type}, which the webhook does not ask for.`;
    return { ...say(facts, "filtered", detail), rule: "events" };
  }
  if (!facts.fits) {
    const detail = `The article does not fit the webhook's filter: ${webhook.filter}`;
    return { ...say(facts, "filtered", detail), rule: "filter" };
  }
  const then = rfc3339(announced.changedMs);
  const kept = `deliveries are kept ${LIMITS.DELIVERIES_KEPT_DAYS} days, and the webhook may have been changed since`;
  return say(facts, "not-known", `It was announced at ${then}; ${kept}.`);
}

const say = ({ delivery }: Facts, outcome: Explanation["outcome"], detail: string): Explanation => ({
  outcome,
  detail,
  rule: null,
  until: null,
  delivery,
});
