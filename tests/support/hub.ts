import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { digest } from "../../src/model/digest.ts";
import { channelOf, subscriptionOf } from "../../src/objects/stubs.ts";
import { publish, rows } from "./objects.ts";
import { type Received, receive } from "./receiver.ts";
import { api, get, json, newOrganization, SITE, send } from "./service.ts";

/** A subscription as the API shows it. */
export interface ShownSubscription {
  id: string;
  topic: string;
  kind: string;
  callback_host: string;
  signed: boolean;
  lease_ends_at: string | null;
  last_delivery_at: string | null;
  failures: number;
  last_failure: { at: string; status: number | null; detail: string } | null;
  next_attempt_at: string | null;
}

export const CALLBACK = "https://reader.example/push";

/** The address of an organization's feed. */
export const topicOf = (slug: string, ending = "atom"): string => `${SITE}/${slug}/feed.${ending}`;

/** A new organization whose empty feeds stand, and the address of one. */
export async function newTopic(): Promise<{ slug: string; topic: string }> {
  const slug = await newOrganization();
  await publish(slug);
  return { slug, topic: topicOf(slug) };
}

/** Gives a topic listeners in numbers that verification would take minutes for; nobody is behind them. */
export async function addListeners(slug: string, topic: string, count: number): Promise<void> {
  await rows(
    channelOf(env, slug),
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
      INSERT INTO subscriptions (id, topic, told_ms) SELECT 'sub_' || n, ?, (SELECT published_ms FROM channel) FROM numbers`,
    count,
    topic,
  );
}

/** Asks the hub as a subscriber does: with a form. */
export function askHub(fields: Record<string, string>): Promise<Response> {
  return send("POST", "/hub", {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
  });
}

/** The form of a subscription. */
export const subscription = (topic: string, fields: Record<string, string> = {}): Record<string, string> => ({
  "hub.mode": "subscribe",
  "hub.topic": topic,
  "hub.callback": CALLBACK,
  ...fields,
});

/** The object of a subscription. */
export async function objectOf(topic: string, callback = CALLBACK) {
  return subscriptionOf(env, `sub_${await digest(topic, callback)}`);
}

/** Runs a subscription's alarm. False when none was set. */
export async function runSubscription(topic: string, callback = CALLBACK): Promise<boolean> {
  return runDurableObjectAlarm(await objectOf(topic, callback));
}

/** What a verification or denial asks: the parameters, also the callback's own. */
export const questionIn = ({ url }: Received): Record<string, string> =>
  Object.fromEntries(new URL(url).searchParams);

/** The questions among requests, and the contents that were pushed. */
export const questions = (received: readonly Received[]): Received[] =>
  received.filter(({ method }) => method === "GET");
export const pushes = (received: readonly Received[]): Received[] =>
  received.filter(({ method }) => method === "POST");

/** Answers a verification as one who wants it. */
export const consent = ({ url }: Pick<Received, "url">): Response =>
  new Response(new URL(url).searchParams.get("hub.challenge"));

/** A subscriber that confirms everything, and answers pushes as a test says. */
export function subscriber(
  push: (request: Received) => Response = () => new Response(null, { status: 204 }),
) {
  return receive((request) => (request.method === "GET" ? consent(request) : push(request)));
}

/** Subscribes, and is confirmed if the receiver consents. */
export async function subscribe(topic: string, fields: Record<string, string> = {}): Promise<void> {
  const response = await askHub(subscription(topic, fields));
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  await runSubscription(topic, fields["hub.callback"]);
}

/** The subscriptions of an organization, as the API shows them. */
export async function subscriptionsOf(slug: string, query = ""): Promise<ShownSubscription[]> {
  const path = `/organizations/${slug}/subscriptions${query}`;
  return (await json<{ subscriptions: ShownSubscription[] }>(api("GET", path), 200)).subscriptions;
}

/** A feed's bytes and type, as anybody gets them. */
export async function feedAt(address: string): Promise<{ body: string; type: string | null }> {
  const response = await get(address.slice(SITE.length));
  return { body: await response.text(), type: response.headers.get("content-type") };
}
