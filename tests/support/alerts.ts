import { expect } from "vitest";
import type { Webhook } from "../../src/model/webhook.ts";
import { wait } from "./clock.ts";
import { withoutFirstTry } from "./first-try.ts";
import { deliver, newWebhook, publish } from "./objects.ts";
import { type Received, receive } from "./receiver.ts";
import { api, json, newArticle, newOrganization } from "./service.ts";

/** What the API tells of an endpoint's health. */
interface ShownWebhook extends Webhook {
  health: { state: string; since: string | null; failures: number; progress_percent: number; reason: string };
}

/** The address of a webhook in the API. */
export const addressOf = ({ organization, id }: Pick<Webhook, "organization" | "id">): string =>
  `/organizations/${organization}/webhooks/${id}`;

/** A webhook as the API shows it now. */
export const shownWebhook = (webhook: Pick<Webhook, "organization" | "id">): Promise<ShownWebhook> =>
  json(api("GET", addressOf(webhook)), 200);

/** An organization with a webhook, and articles on their way to it: nothing is sent before its alarm goes off. */
export async function alertsFor(titles: readonly string[], fields: Record<string, unknown> = {}) {
  const slug = await newOrganization();
  const webhook = await newWebhook(slug, fields);
  const articles = [];
  for (const title of titles) articles.push(await newArticle(slug, { title }));
  if (titles.length > 0) await withoutFirstTry(() => publish(slug));
  return { slug, webhook, articles };
}

/** The titles that a receiver was sent, in their order. */
export const titlesOf = (received: readonly Received[]): string[] =>
  received.map(({ body }) => JSON.parse(body).data.article?.title);

/** A receiver whose answer a test changes as it goes. */
export function switchable(status: number, headers: Record<string, string> = {}) {
  const answer = { status, headers };
  const receiver = receive(() => new Response(null, answer));
  return { receiver, answer };
}

/** Runs an endpoint's alarms, each at its time, for as long as there are any, up to a number of days. */
export async function deliverForDays(endpointId: string, days: number): Promise<void> {
  const until = Date.now() + days * 86_400_000;
  while (Date.now() < until && (await deliver(endpointId))) wait(6 * 3_600_000);
}

/** That a test means what it says: an endpoint is in a state. */
export async function expectState(
  webhook: Pick<Webhook, "organization" | "id">,
  state: string,
): Promise<void> {
  expect((await shownWebhook(webhook)).health.state).toBe(state);
}
