import { LIMITS } from "../../model/limits.ts";
import { fail } from "../../model/result.ts";
import { channelOf, subscriptionOf } from "../../objects/stubs.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import { answer, CURSOR, DONE, type Operation, operation } from "./operation.ts";

const group = "Subscriptions";
const needs = "webhooks";
const path = "/organizations/:slug/subscriptions";

/** Who the hub pushes feeds to. Subscribing itself is WebSub's `POST /hub`. */
export const SUBSCRIPTIONS: readonly Operation[] = [
  operation({
    id: "listSubscriptions",
    method: "GET",
    path,
    needs,
    group,
    summary: "List subscriptions to an organization's feeds",
    loads: "organization",
    parameters: { topic: { description: "Only to the feed with this address." }, ...CURSOR },
    answers: { 200: "SubscriptionPage" },
    async handler({ env, loaded: organization, query: { topic = null, cursor: after = null } }) {
      const { listeners, cursor } = await channelOf(env, organization.slug).subscribers.page(topic, after);
      const shown = await mapConcurrent(LIMITS.CONNECTIONS, listeners, ({ id }) =>
        subscriptionOf(env, id).lease.get(),
      );
      return answer({ subscriptions: shown.filter((one) => one !== null), cursor });
    },
  }),
  operation({
    id: "getSubscription",
    method: "GET",
    path: `${path}/:id`,
    needs,
    group,
    summary: "Get a subscription and its health",
    loads: "subscription",
    answers: { 200: "Subscription" },
    handler: ({ loaded: subscription }) => answer(subscription),
  }),
  operation({
    id: "endSubscription",
    method: "DELETE",
    path: `${path}/:id`,
    needs,
    action: "subscription.end",
    group,
    summary: "End a subscription",
    detail:
      "The subscriber is notified (WebSub §5.2). To stop pinging another hub, change the organization's `hubs` instead.",
    loads: "subscription",
    answers: { 204: null },
    problems: ["method-not-allowed"],
    async handler({ env, loaded: subscription }) {
      if (subscription.kind === "hub") return fail({ tag: "method-not-allowed", allow: ["GET", "HEAD"] });
      await subscriptionOf(env, subscription.id).lease.deny("The publisher has ended this subscription.");
      return DONE;
    },
  }),
];
