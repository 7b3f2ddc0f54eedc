import { CURSOR, type Operation } from "../operation.ts";
import { endSubscription, getSubscription, listSubscriptions } from "../subscriptions.ts";

const group = "Subscriptions";
const needs = "webhooks";
const ALL = "/organizations/:slug/subscriptions";

/** What can be done with the hub's subscriptions; to subscribe is WebSub's `POST /hub`. */
export const SUBSCRIPTIONS: readonly Operation[] = [
  {
    id: "listSubscriptions",
    method: "GET",
    path: ALL,
    handler: listSubscriptions,
    needs,
    group,
    summary: "List subscriptions to an organization's feeds",
    parameters: { topic: { description: "Only to the feed of this address." }, ...CURSOR },
    answers: { 200: "SubscriptionPage" },
  },
  {
    id: "getSubscription",
    method: "GET",
    path: `${ALL}/:id`,
    handler: getSubscription,
    needs,
    group,
    summary: "Read a subscription, and how it is doing",
    answers: { 200: "Subscription" },
  },
  {
    id: "endSubscription",
    method: "DELETE",
    path: `${ALL}/:id`,
    handler: endSubscription,
    needs,
    action: "subscription.end",
    group,
    summary: "End a subscription",
    detail:
      "The subscriber is told that it is denied. Another hub is not ended here: it is among the organization's `hubs`.",
    answers: { 204: null },
    problems: ["method-not-allowed"],
  },
];
