import * as v from "valibot";
import { MessageType } from "./event.ts";
import { timestamp } from "./time.ts";

/**
 * The status of a delivery: `pending` until a 2xx response, or until its last attempt fails. `superseded`: an attempt has
 * failed, and a newer event of the article takes its place.
 */
export const DeliveryStatus = v.picklist(["pending", "delivered", "failed", "superseded"]);
export type DeliveryStatus = v.InferOutput<typeof DeliveryStatus>;

/** One event on its way to one endpoint, as the API shows it. */
export const Delivery = v.object({
  id: v.string(),
  event_id: v.pipe(v.string(), v.description("The `webhook-id` of every try.")),
  event_type: MessageType,
  article_id: v.pipe(v.nullable(v.string()), v.description("Null for what is about a webhook.")),
  batch_id: v.exactOptional(v.pipe(v.string(), v.description("The `webhook-id` of the batch it goes with."))),
  status: DeliveryStatus,
  attempt_count: v.number(),
  created_at: timestamp,
  next_attempt_at: v.nullable(timestamp),
  settled_at: v.nullable(timestamp),
});
export type Delivery = v.InferOutput<typeof Delivery>;

/**
 * Why an attempt was no success; `none` when it was. `dns-or-tls`: the platform does not tell which. `secret`: nothing
 * was sent, since the webhook's secret cannot be opened. `internal`: nothing was sent, since the message cannot be made;
 * it is not tried again. `dropped`: no attempt at all, since more events were waiting
 * than an endpoint keeps. `superseded`: no attempt either, since a newer event of the article takes its place.
 */
export const AttemptError = v.picklist([
  "none",
  "status",
  "redirect",
  "timeout",
  "connection",
  "dns",
  "tls",
  "dns-or-tls",
  "address",
  "secret",
  "internal",
  "dropped",
  "superseded",
]);
export type AttemptError = v.InferOutput<typeof AttemptError>;

/** A request as it was sent. */
export const SentRequest = v.object({
  method: v.string(),
  url: v.string(),
  headers: v.pipe(
    v.record(v.string(), v.string()),
    v.description("The values of the webhook's own headers are not told: some are secrets."),
  ),
  body: v.pipe(v.string(), v.description("Its first characters.")),
});
export type SentRequest = v.InferOutput<typeof SentRequest>;

/** An attempt to deliver. */
export const Attempt = v.object({
  at: timestamp,
  status: v.pipe(v.nullable(v.number()), v.description("Null when no answer came.")),
  latency_ms: v.number(),
  error: AttemptError,
  detail: v.string(),
  response: v.pipe(v.string(), v.description("The first bytes of the answer, as text.")),
  request: v.exactOptional(
    v.pipe(v.nullable(SentRequest), v.description("With `include=request`. Null when nothing was sent.")),
  ),
});
export type Attempt = v.InferOutput<typeof Attempt>;

/** A delivery with its attempts, first to last. */
export const DeliveryLog = v.object({ ...Delivery.entries, attempts: v.array(Attempt) });
export type DeliveryLog = v.InferOutput<typeof DeliveryLog>;

/** A delivery in a list over all webhooks of an organization. */
export const OrganizationDelivery = v.object({ webhook_id: v.string(), ...Delivery.entries });
export type OrganizationDelivery = v.InferOutput<typeof OrganizationDelivery>;

/** How the last delivery of a webhook that was settled has ended. */
export const LastOutcome = v.object({
  delivery_id: v.string(),
  event_type: MessageType,
  status: v.picklist(["delivered", "failed"]),
  at: timestamp,
});
export type LastOutcome = v.InferOutput<typeof LastOutcome>;

/** A delivery's id: its event's id with another prefix. */
export const deliveryId = (eventId: string): string => eventId.replace(/^evt_/, "dlv_");

/** The event's id of a delivery's id. */
export const eventIdOf = (deliveryId: string): string => deliveryId.replace(/^dlv_/, "evt_");
