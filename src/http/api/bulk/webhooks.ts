import type { Bindings } from "../../../env.ts";
import type { WebhookLine } from "../../../model/line.ts";
import { fail, ok, type Result } from "../../../model/result.ts";
import type { Webhook } from "../../../model/webhook.ts";
import { channelOf, directoryOf } from "../../../objects/stubs.ts";
import { addWebhook, callable, usableSecret } from "../webhooks.ts";
import type { Stored } from "./stored.ts";

/**
 * Registers a webhook under its exported id; one that exists is left unchanged. Exports have no secrets: if the line has
 * none either, the webhook gets a new one, and is paused until its receiver knows it.
 */
export async function importWebhook(env: Bindings, line: WebhookLine): Promise<Result<Stored>> {
  const { type, secret: given, headers, ...fields } = line;
  if (!(await directoryOf(env).organizations.get(line.organization))) {
    const message = `there is no organization ${line.organization}`;
    return fail({ tag: "invalid", errors: [{ path: "organization", message }] });
  }
  const address = callable(env, line);
  if (!address.ok) return address;
  const secret = usableSecret(given);
  if (!secret.ok) return secret;
  if (await channelOf(env, line.organization).webhooks.get(line.id))
    return ok({ type, id: line.id, outcome: "unchanged" });
  const names = headers ? Object.keys(headers) : fields.header_names;
  const webhook: Webhook = { ...fields, url: address.value, ...(names ? { header_names: names } : {}) };
  const whole = given !== undefined && (headers !== undefined || !fields.header_names?.length);
  const added = await addWebhook(env, webhook, { secret: secret.value, headers, paused: !whole });
  if (!added.ok) return added;
  return ok({
    type,
    id: webhook.id,
    outcome: "created",
    ...(given ? {} : { secret: secret.value }),
    ...(whole ? {} : { paused: true }),
  });
}
