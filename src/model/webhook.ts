import * as v from "valibot";
import { EventType } from "./event.ts";
import { LIMITS } from "./limits.ts";
import { textLine } from "./text.ts";

/** What a consumer says of a webhook. Whether its address may be called is `delivery/addresses.ts`. */
export const WebhookInput = v.strictObject({
  url: v.pipe(v.string(), v.trim(), v.maxLength(LIMITS.URL_CHARACTERS)),
  events: v.optional(
    v.pipe(
      v.array(EventType),
      v.minLength(1, "must name at least one event type"),
      v.transform((types) => [...new Set(types)]),
    ),
    [...EventType.options],
  ),
  format: v.optional(v.picklist(["standard"]), "standard"),
  description: v.optional(textLine(LIMITS.TITLE_CHARACTERS), ""),
});

/** A webhook as it is read; its secret is shown once, at creation. */
export interface Webhook extends v.InferOutput<typeof WebhookInput> {
  id: string;
  organization: string;
  created_at: string;
}

/** What a delivery is: `pending` until it was answered with 2xx, or until the last try has failed. */
export type DeliveryStatus = "pending" | "delivered" | "failed";

/** One event on its way to one endpoint, as the API shows it. */
export interface Delivery {
  id: string;
  /** The event's id for this endpoint: the `webhook-id` of every try. */
  event_id: string;
  event_type: EventType;
  article_id: string;
  status: DeliveryStatus;
  attempt_count: number;
  created_at: string;
  next_attempt_at: string | null;
  settled_at: string | null;
}

/** Why an attempt was no success; `none` when it was. */
export type AttemptError = "none" | "status" | "redirect" | "timeout" | "connection" | "address";

/** One try of a delivery. `status` is null when no answer came; `response` its first bytes as text. */
export interface Attempt {
  at: string;
  status: number | null;
  latency_ms: number;
  error: AttemptError;
  detail: string;
  response: string;
}

/** A delivery with its attempts, first to last. */
export interface DeliveryLog extends Delivery {
  attempts: Attempt[];
}

/** A delivery is named by its event's id for its endpoint, under a prefix of its own. */
export const deliveryId = (eventId: string): string => eventId.replace(/^evt_/, "dlv_");

/** The event's id for its endpoint that a delivery is named by. */
export const eventIdOf = (deliveryId: string): string => deliveryId.replace(/^dlv_/, "evt_");
