import { minLength, pipe, string } from "valibot";
import { explain } from "../../delivery/explain.ts";
import { DeliveryStatus, deliveryId } from "../../model/delivery.ts";
import { eventId, MessageType } from "../../model/event.ts";
import { fail } from "../../model/result.ts";
import { parseRfc3339 } from "../../model/time.ts";
import { channelOf, endpointOf } from "../../objects/stubs.ts";
import { answer, json, type Operation, operation } from "./operation.ts";
import { NUMBERED_CURSOR } from "./query.ts";

const needs = "webhooks";
const loads = "webhook";
const path = "/organizations/:slug/webhooks/:id";

/** What was sent to a webhook, and what was not. */
export const DELIVERIES: readonly Operation[] = [
  operation({
    id: "replayDeliveries",
    method: "POST",
    path: `${path}/replay`,
    needs,
    action: "webhook.replay",
    group: "Webhooks",
    summary: "Send failed deliveries again, or all since a time",
    detail: "They keep their ids.",
    loads,
    body: json("Replay", { status: "failed", since: "2025-01-01" }),
    answers: { 202: "Replayed" },
    async handler({ env, loaded: webhook, body: { since, status } }) {
      const sinceMs = since === undefined ? 0 : (parseRfc3339(since) ?? 0);
      return answer({
        replayed: await endpointOf(env, webhook.id).deliveries.replay(sinceMs, status === "failed"),
      });
    },
  }),
  operation({
    id: "explainWebhook",
    method: "GET",
    path: `${path}/explain`,
    needs,
    group: "Webhooks",
    summary: "Explain whether an article was sent, and why",
    loads,
    parameters: {
      article: {
        description: "The article's id.",
        required: true,
        example: "museum-opens-archive",
        schema: pipe(string(), minLength(1, "must be an article's id")),
      },
    },
    answers: { 200: "Explained" },
    async handler({ env, loaded: webhook, query: { article } }) {
      const endpoint = endpointOf(env, webhook.id);
      const [account, health] = await Promise.all([
        channelOf(env, webhook.organization).webhooks.account(webhook, article),
        endpoint.health.get(),
      ]);
      if (!account || !health) return fail({ tag: "not-found" });
      const { seen: announced, fits, waiting } = account;
      const id = announced && (await eventId(webhook.organization, article, announced.revision, webhook.id));
      const delivery = id === null ? null : await endpoint.deliveries.get(deliveryId(id));
      return answer({
        article_id: article,
        webhook_id: webhook.id,
        ...explain({ webhook, health, announced, fits, waiting, delivery }),
      });
    },
  }),
  operation({
    id: "listDeliveries",
    method: "GET",
    path: `${path}/deliveries`,
    needs,
    group: "Deliveries",
    summary: "List deliveries, newest first",
    loads,
    parameters: {
      status: { description: "Only with this status.", values: DeliveryStatus.options },
      article: { description: "Only of this article.", example: "museum-opens-archive" },
      type: { description: "Only of this event type.", values: MessageType.options },
      ...NUMBERED_CURSOR,
    },
    answers: { 200: "DeliveryPage" },
    async handler({
      env,
      loaded: webhook,
      query: { status = null, article = null, type = null, cursor = null },
    }) {
      return answer(await endpointOf(env, webhook.id).deliveries.list({ status, article, type, cursor }));
    },
  }),
  operation({
    id: "getDelivery",
    method: "GET",
    path: `${path}/deliveries/:delivery`,
    needs,
    group: "Deliveries",
    summary: "Get a delivery with every attempt",
    loads,
    parameters: {
      include: { description: "Also what was sent at each attempt.", values: ["request"] },
    },
    answers: { 200: "DeliveryLog" },
    async handler({ env, loaded: webhook, params, query: { include } }) {
      const { deliveries } = endpointOf(env, webhook.id);
      const delivery = await deliveries.get(params.delivery ?? "", include !== undefined);
      return delivery ? answer(delivery) : fail({ tag: "not-found" });
    },
  }),
  operation({
    id: "retryDelivery",
    method: "POST",
    path: `${path}/deliveries/:delivery/retry`,
    needs,
    action: "delivery.retry",
    group: "Deliveries",
    summary: "Send a delivery again",
    detail: "At once, also if it was delivered.",
    loads,
    answers: { 202: "DeliveryLog" },
    async handler({ env, loaded: webhook, params }) {
      const delivery = await endpointOf(env, webhook.id).deliveries.retry(params.delivery ?? "");
      return delivery ? answer(delivery) : fail({ tag: "not-found" });
    },
  }),
];
