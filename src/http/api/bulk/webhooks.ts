import type { Bindings } from "../../../env.ts";
import { OPERATOR } from "../../../model/audit.ts";
import type { SharedWebhookLine, WebhookLine } from "../../../model/line.ts";
import { fail, ok, type Result } from "../../../model/result.ts";
import { SHARED } from "../../../model/slug.ts";
import type { Webhook } from "../../../model/webhook.ts";
import { directoryOf, homeOf } from "../../../objects/stubs.ts";
import { nameOrganizations } from "../webhook-organizations.ts";
import { addWebhook, callable, usableSecret } from "../webhooks.ts";
import type { Stored } from "./stored.ts";

/** Registers a webhook of an organization under its exported id. */
export async function importWebhook(env: Bindings, line: WebhookLine): Promise<Result<Stored>> {
  if (!(await directoryOf(env).organizations.get(line.organization))) {
    const message = `there is no organization ${line.organization}`;
    return fail({ tag: "invalid", errors: [{ path: "organization", message }] });
  }
  return register(env, line, { organization: line.organization });
}

/** Registers a shared webhook of the operator under its exported id. */
export async function importSharedWebhook(env: Bindings, line: SharedWebhookLine): Promise<Result<Stored>> {
  const named = await nameOrganizations(env, { kind: "admin" }, line.organizations);
  if (!named.ok) return named;
  const { organizations, bound } = named.value;
  return register(env, line, { organization: SHARED, organizations, owner: OPERATOR }, bound);
}

/**
 * Registers a webhook; one that exists is left unchanged. Exports have no secrets: if the line has none either, the
 * webhook gets a new one, and is paused until its receiver knows it.
 */
async function register(
  env: Bindings,
  line: WebhookLine | SharedWebhookLine,
  whose: Pick<Webhook, "organization" | "organizations" | "owner">,
  bound?: Record<string, string>,
): Promise<Result<Stored>> {
  const { type, secret: given, headers, ...fields } = line;
  const address = callable(env, line);
  if (!address.ok) return address;
  const secret = usableSecret(given);
  if (!secret.ok) return secret;
  if (await homeOf(env, whose.organization).webhooks.get(line.id))
    return ok({ type, id: line.id, outcome: "unchanged" });
  const names = headers ? Object.keys(headers) : fields.header_names;
  const webhook: Webhook = {
    ...fields,
    ...whose,
    url: address.value,
    ...(names ? { header_names: names } : {}),
  };
  const whole = given !== undefined && (headers !== undefined || !fields.header_names?.length);
  const added = await addWebhook(env, webhook, { secret: secret.value, headers, bound, paused: !whole });
  if (!added.ok) return added;
  return ok({
    type,
    id: webhook.id,
    outcome: "created",
    ...(given ? {} : { secret: secret.value }),
    ...(whole ? {} : { paused: true }),
  });
}
