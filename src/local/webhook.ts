import { type Api, call, list } from "./api.ts";
import type { Outcome } from "./outcome.ts";

/** The description that identifies webhooks left by an earlier listener. */
const DESCRIPTION = "npm run listen";

/** A webhook created by the listener. */
export interface ListenerWebhook {
  organization: string;
  id: string;
  secret: string;
}

/** Removes webhooks left by earlier listeners of an organization, then creates a new one. */
export async function addWebhook(
  api: Api,
  organization: string,
  url: string,
): Promise<Outcome<ListenerWebhook>> {
  const path = webhooks(organization);
  const found = await list<{ id: string; description: string }>(api, path, "webhooks");
  if (!found.ok) return found;
  for (const { id } of found.value.filter(({ description }) => description === DESCRIPTION)) {
    const removed = await call(api, "DELETE", `${path}/${id}`);
    if (!removed.ok) return removed;
  }
  const made = await call<{ id: string; secret: string }>(api, "POST", path, {
    url,
    description: DESCRIPTION,
  });
  if (!made.ok) return made;
  return { ok: true, value: { organization, id: made.value.id, secret: made.value.secret } };
}

/** Removes a webhook. */
export function removeWebhook(api: Api, { organization, id }: ListenerWebhook): Promise<Outcome<null>> {
  return call(api, "DELETE", `${webhooks(organization)}/${id}`);
}

const webhooks = (organization: string) => `/api/v1/organizations/${organization}/webhooks`;
