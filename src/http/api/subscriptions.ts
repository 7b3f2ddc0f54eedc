import type { Context } from "hono";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Subscription } from "../../model/subscription.ts";
import { channelOf, subscriptionOf } from "../../objects/stubs.ts";
import { eachAtMost } from "../../store/concurrency.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { organizationAt } from "./organizations.ts";

/** `GET …/subscriptions?topic=&cursor=`: who is pushed an organization's feeds. Each is asked how it is doing. */
export async function listSubscriptions(c: Context<App>): Promise<Response> {
  const organization = await organizationAt(c);
  if (!organization.ok) return refuse(c, organization.failure);
  const channel = channelOf(c.env, organization.value);
  const topic = c.req.query("topic") ?? null;
  const { listeners, cursor } = await channel.listenersTo(topic, c.req.query("cursor") ?? null);
  const shown = await eachAtMost(LIMITS.CONNECTIONS, listeners, ({ id }) =>
    subscriptionOf(c.env, id).shown(),
  );
  return c.json({ subscriptions: shown.filter((one) => one !== null), cursor });
}

/** `GET …/subscriptions/{id}`. */
export async function getSubscription(c: Context<App>): Promise<Response> {
  const found = await subscriptionAt(c);
  return found.ok ? c.json(found.value) : refuse(c, found.failure);
}

/** `DELETE …/subscriptions/{id}`: the subscriber is told that it is denied (WebSub §5.2). Hubs are the organization's. */
export async function endSubscription(c: Context<App>): Promise<Response> {
  const found = await subscriptionAt(c);
  if (!found.ok) return refuse(c, found.failure);
  if (found.value.kind === "hub") return refuse(c, { tag: "method-not-allowed", allow: ["GET", "HEAD"] });
  await subscriptionOf(c.env, found.value.id).deny("The publisher has ended this subscription.");
  return c.body(null, 204);
}

async function subscriptionAt(c: Context<App>): Promise<Result<Subscription>> {
  const organization = await organizationAt(c);
  if (!organization.ok) return organization;
  const listener = await channelOf(c.env, organization.value).listener(c.req.param("id") ?? "");
  const shown = listener && (await subscriptionOf(c.env, listener.id).shown());
  return shown ? ok(shown) : fail({ tag: "not-found" });
}
