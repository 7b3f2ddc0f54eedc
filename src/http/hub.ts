import type { Context } from "hono";
import { checkAddress } from "../delivery/addresses.ts";
import { configuration } from "../env.ts";
import { knownTopicAt, shownIn, type Topic, topicAt } from "../feeds/topic.ts";
import { digest } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import { ownHub } from "../model/organization.ts";
import { parse } from "../model/parse.ts";
import { type Failure, fail, ok, type Result } from "../model/result.ts";
import { HubRequest } from "../model/subscription.ts";
import { channelOf, directoryOf, subscriptionOf } from "../objects/stubs.ts";
import { mediaTypeOf } from "./api/body.ts";
import type { App } from "./context.ts";
import { clientOf } from "./fair-use.ts";
import type { Reply } from "./methods.ts";
import { headersOf, problemOf } from "./problem.ts";

const FORM = "application/x-www-form-urlencoded";

/** `GET /hub`: an explanation for people. */
export function hubPage(c: Context<App>): Response {
  const address = ownHub(configuration(c.env).site);
  return c.text(`This is a WebSub hub (https://www.w3.org/TR/websub/) for the feeds of this service.

To subscribe, a program sends a form to ${address}:

  hub.mode=subscribe
  hub.topic=the feed's own address (its rel=self link)
  hub.callback=the address that the feed is sent to whenever it changes
`);
}

/**
 * `POST /hub` (WebSub §5.1): answers 202 before the callback has confirmed. Errors are plain text (§5.1.2).
 */
export async function askHub(c: Context<App>): Promise<Reply> {
  if (mediaTypeOf(c) !== FORM) return fail({ tag: "unsupported-media-type", accepted: [FORM] });
  const form = Object.fromEntries(new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer())));
  const asked = parse(HubRequest, form);
  if (!asked.ok) return asked;
  const usable = await usableRequest(c, asked.value);
  if (!usable.ok) return usable;
  const { request, topic, id } = usable.value;
  const slugs = await directoryOf(c.env).organizations.publicSlugs(topic.organizations);
  if (!slugs) return fail({ tag: "invalid", errors: [NO_TOPIC] });
  const refused = await refusal(c, request, topic, id, slugs);
  if (refused) return fail(refused);
  const keys = Object.fromEntries(Object.entries(slugs).filter(([name, slug]) => name !== slug));
  await subscriptionOf(c.env, id).lease.ask(id, request, keys);
  return c.body(null, 202);
}

/** The request with its normalized callback, its topic, and the id of its subscription. Asks no object about the topic. */
async function usableRequest(
  c: Context<App>,
  asked: HubRequest,
): Promise<Result<{ request: HubRequest; topic: Topic; id: string }>> {
  const settings = configuration(c.env);
  const callback = checkAddress(asked.callback, settings);
  const topic = topicAt(asked.topic, settings.site.publicUrl);
  if (!callback.ok) {
    const errors = [{ path: "hub.callback", message: callback.reason }];
    return fail({ tag: "invalid", errors: topic ? errors : [...errors, NO_TOPIC] });
  }
  const id = `sub_${await digest(asked.topic, callback.url)}`;
  const known = topic ?? (await formerTopic(c, asked.topic, id));
  if (!known) return fail({ tag: "invalid", errors: [NO_TOPIC] });
  return ok({ request: { ...asked, callback: callback.url }, topic: known, id });
}

/** The topic at an address of before the service moved, for a subscription to it that is renewed or ended. */
async function formerTopic(c: Context<App>, address: string, id: string): Promise<Topic | null> {
  const topic = knownTopicAt(address, configuration(c.env).site.publicUrl);
  return topic && (await subscriptionOf(c.env, id).lease.get()) ? topic : null;
}

const NO_TOPIC = { path: "hub.topic", message: "must be the rel=self address of a feed of this service" };

/**
 * Why the hub rejects a request; null if it accepts it. What is not public is rejected as what does not exist: by the same
 * check, whatever is asked.
 */
async function refusal(
  c: Context<App>,
  { mode, callback }: HubRequest,
  topic: Topic,
  id: string,
  slugs: Record<string, string>,
): Promise<Failure | null> {
  const missing: Failure = { tag: "invalid", errors: [NO_TOPIC] };
  const host = new URL(callback).hostname;
  const replies = await Promise.all(
    shownIn(topic).map((name) =>
      channelOf(c.env, slugs[name] ?? name).subscribers.mayAdd(topic.address, id, host),
    ),
  );
  if (replies.includes("no")) return missing;
  const full = mode === "subscribe" && FULL.find(({ reply }) => replies.includes(reply));
  if (full) return { tag: "limit-reached", detail: full.detail };
  const confirmed = replies.includes("known") ? id : null;
  const verification = { client: clientOf(c), host, topic: topic.address, confirmed };
  const seconds = await directoryOf(c.env).verifications.begin(verification);
  if (seconds === null) return null;
  const detail =
    "Too many subscriptions of this client or of this callback's host are being verified. Try again later.";
  return { tag: "unavailable", detail, retryAfterSeconds: seconds };
}

const FULL = [
  {
    reply: "full",
    detail: `This feed has reached the limit of ${LIMITS.SUBSCRIPTIONS_PER_TOPIC} subscriptions.`,
  },
  {
    reply: "host-full",
    detail: `This organization's feeds have reached the limit of ${LIMITS.SUBSCRIPTIONS_PER_HOST} subscriptions of callbacks at one host.`,
  },
] as const;

/** A failure as plain text, for the developer who reads it (WebSub §5.1.2). */
export function refusePlainly(_c: unknown, failure: Failure): Response {
  const { status, title, detail, errors = [] } = problemOf(failure);
  const lines = errors.map(({ path, message }) => `${path} ${message}`);
  return new Response(`${[`${title}. ${detail}`, ...lines].join("\n")}\n`, {
    status,
    headers: { ...headersOf(failure), "content-type": "text/plain; charset=utf-8" },
  });
}
