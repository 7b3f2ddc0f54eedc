import { type HealthChange, healthNotice, nextHealth, shownHealth } from "../../delivery/health.ts";
import { deliveryId } from "../../model/delivery.ts";
import { ArticleEventType } from "../../model/event.ts";
import type { Settlement } from "./log.ts";
import type { Registration } from "./registration.ts";

const ARTICLE_TYPES: readonly string[] = ArticleEventType.options;

/**
 * Writes down what a request says of the endpoint's health, and what others are to be told of it and of the deliveries
 * that were in it. A test says nothing.
 */
export function judge(registration: Registration, settlements: readonly Settlement[], nowMs: number): void {
  const [first] = settlements;
  const registered = registration.registered();
  if (!first || !registered || first.delivery.type === "webhook.test") return;
  const health = nextHealth(registered.health, changeOf(first), nowMs);
  if (health !== registered.health) registration.become(health);
  const notice = healthNotice(registered.health, health);
  if (notice) registration.notify(notice, nowMs, { health: shownHealth(health) });
  for (const { delivery, status } of settlements) {
    // What was about a webhook is not told of again: two that both fail would tell each other for ever.
    if (status !== "failed" || !ARTICLE_TYPES.includes(delivery.type)) continue;
    const { eventId: event_id, type: event_type, article_id } = delivery;
    const shown = { id: deliveryId(event_id), event_id, event_type, article_id };
    registration.notify("delivery.exhausted", nowMs, { delivery: shown });
  }
}

/** All that was in one request had one answer. 410: the receiver wants no more. */
function changeOf({ status, answer }: Settlement): HealthChange {
  if (status === "delivered") return "success";
  return answer.status === 410 ? "gone" : "failure";
}
