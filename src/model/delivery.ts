import type { MessageType } from "./event.ts";

/** What a delivery is: `pending` until it was answered with 2xx, or until the last try has failed. */
export type DeliveryStatus = "pending" | "delivered" | "failed";

/** One event on its way to one endpoint, as the API shows it. */
export interface Delivery {
  id: string;
  /** The event's id for this endpoint: the `webhook-id` of every try. */
  event_id: string;
  event_type: MessageType;
  /** Null for what is about a webhook. */
  article_id: string | null;
  /** The `webhook-id` of the batch that it goes with, once there is one. */
  batch_id?: string;
  status: DeliveryStatus;
  attempt_count: number;
  created_at: string;
  next_attempt_at: string | null;
  settled_at: string | null;
}

/**
 * Why an attempt was no success; `none` when it was. `dns-or-tls`: the platform does not tell which. `dropped`: no
 * attempt at all, since more events were waiting than an endpoint keeps.
 */
export type AttemptError =
  | "none"
  | "status"
  | "redirect"
  | "timeout"
  | "connection"
  | "dns"
  | "tls"
  | "dns-or-tls"
  | "address"
  | "dropped";

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
