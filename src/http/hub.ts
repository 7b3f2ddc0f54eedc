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
  const refused = await refusal(c, request, topic, id);
  if (refused) return fail(refused);
  await subscriptionOf(c.env, id).lease.ask(id, request);
  return c.body(null, 202);
}

/** The request with its normalized callback, its topic, and the id of its subscription. */
async function usableRequest(
  c: Context<App>,
  asked: HubRequest,
): Promise<Result<{ request: HubRequest; topic: Topic; id: string }>> {
  const settings = configuration(c.env);
  const { publicUrl } = settings.site;
  const callback = checkAddress(asked.callback, settings);
  const id = `sub_${await digest(asked.topic, callback.ok ? callback.url : "")}`;
  const topic = topicAt(asked.topic, publicUrl) ?? (await formerTopic(c, asked.topic, id));
  const unknown = topic && (await directoryOf(c.env).organizations.unknown(topic.organizations, "refused"));
  const errors = callback.ok ? [] : [{ path: "hub.callback", message: callback.reason }];
  if (!topic || unknown?.length !== 0) errors.push({ path: "hub.topic", message: NO_TOPIC });
  if (!topic || !callback.ok || errors.length > 0) return fail({ tag: "invalid", errors });
  return ok({ request: { ...asked, callback: callback.url }, topic, id });
}

/** The topic at an address of before the service moved, for a subscription to it that is renewed or ended. */
async function formerTopic(c: Context<App>, address: string, id: string): Promise<Topic | null> {
  const topic = knownTopicAt(address, configuration(c.env).site.publicUrl);
  return topic && (await subscriptionOf(c.env, id).lease.get()) ? topic : null;
}

const NO_TOPIC = "must be the rel=self address of a feed of this service";

/** Why the hub rejects a request; null if it accepts it. Unsubscribing is not limited by room. */
async function refusal(
  c: Context<App>,
  { mode, callback }: HubRequest,
  topic: Topic,
  id: string,
): Promise<Failure | null> {
  if (mode === "subscribe") {
    const slugs = shownIn(topic);
    const replies = await Promise.all(
      slugs.map((slug) => channelOf(c.env, slug).subscribers.mayAdd(topic.address, id)),
    );
    if (replies.includes("no")) return { tag: "invalid", errors: [{ path: "hub.topic", message: NO_TOPIC }] };
    const detail = `This feed has reached the limit of ${LIMITS.SUBSCRIPTIONS_PER_TOPIC} subscriptions.`;
    if (replies.includes("full")) return { tag: "limit-reached", detail };
  }
  const seconds = await directoryOf(c.env).verifications.begin(new URL(callback).host, topic.address);
  if (seconds === null) return null;
  const detail =
    "Too many subscriptions to this feed, or of this callback's host, are being verified. Try again later.";
  return { tag: "unavailable", detail, retryAfterSeconds: seconds };
}

/** A failure as plain text, for the developer who reads it (WebSub §5.1.2). */
export function refusePlainly(c: Context, failure: Failure): Response {
  const { status, title, detail, errors = [] } = problemOf(failure);
  const lines = errors.map(({ path, message }) => `${path} ${message}`);
  return c.text(`${[`${title}. ${detail}`, ...lines].join("\n")}\n`, status, {
    ...headersOf(failure),
    "content-type": "text/plain; charset=utf-8",
  });
}
