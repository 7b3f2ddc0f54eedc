import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Webhook } from "../../src/model/webhook.ts";
import { switchboardOf } from "../../src/objects/stubs.ts";
import { deliver, publish } from "./objects.ts";
import { ADMIN_TOKEN, api, json } from "./service.ts";

/** A shared webhook as the API shows it. */
export type SharedWebhook = Omit<Webhook, "organization" | "organizations"> & {
  organizations: string[] | "all";
  secret: string;
};

/** A new shared webhook, of the operator unless another token is given. */
export function newSharedWebhook(
  organizations: string[] | "all",
  fields: Record<string, unknown> = {},
  token = ADMIN_TOKEN,
): Promise<SharedWebhook> {
  const body = { organizations, url: "https://hooks.example.com/", ...fields };
  return json(api("POST", "/webhooks", body, { token }), 201);
}

/** Runs the alarms on the way from channels to a shared webhook's receiver. */
export async function relay(slugs: readonly string[], ...webhooks: Pick<Webhook, "id">[]): Promise<void> {
  for (const slug of slugs) await publish(slug);
  await runDurableObjectAlarm(switchboardOf(env));
  for (const { id } of webhooks) await deliver(id);
}
