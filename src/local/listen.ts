import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { alertText } from "./alert-text.ts";
import { type Api, list } from "./api.ts";
import { connection } from "./config.ts";
import type { Outcome } from "./outcome.ts";
import { type Receipt, startReceiver } from "./receiver.ts";
import { onStop } from "./stop.ts";
import { addWebhook, type ListenerWebhook, removeWebhook } from "./webhook.ts";

/** Returns a function that prints receipts, and marks repeated `webhook-id`s. */
function printer(): (receipt: Receipt) => void {
  const seen = new Set<string>();
  return (receipt) => {
    console.log(`\n${alertText(receipt, seen.has(receipt.id), new Date().toTimeString().slice(0, 8))}`);
    if (receipt.verified) seen.add(receipt.id);
  };
}

/** The organizations to listen to: those on the command line, or all. */
async function wanted(api: Api, named: string[]): Promise<Outcome<string[]>> {
  if (named.length > 0) return { ok: true, value: named };
  const found = await list<{ slug: string }>(api, "/api/v1/organizations", "organizations");
  return found.ok ? { ok: true, value: found.value.map(({ slug }) => slug) } : found;
}

/** Removes the webhooks. The next listener removes those that fail. */
async function leave(api: Api, webhooks: ListenerWebhook[], server: Server): Promise<void> {
  const left = await Promise.all(webhooks.map((webhook) => removeWebhook(api, webhook)));
  const kept = left.filter((outcome) => !outcome.ok).length;
  console.log(kept === 0 ? "\nStopped; the webhooks are removed." : `\nStopped; ${kept} webhooks remain.`);
  server.closeAllConnections();
  server.close();
}

/** Starts a receiver; fails with a reason if the port is in use. */
async function receive(secrets: ReadonlyMap<string, string>): Promise<Outcome<Server>> {
  try {
    const port = Number(process.env.LISTEN_PORT || 0);
    return { ok: true, value: await startReceiver(port, secrets, printer()) };
  } catch (error) {
    return { ok: false, reason: `LISTEN_PORT: ${error instanceof Error ? error.message : error}` };
  }
}

/** Listens until Ctrl-C. Each organization has its own path, which selects the secret for verification. */
async function listen(named: string[]): Promise<Outcome<null>> {
  const to = connection(process.env);
  if (!to.ok) return to;
  const organizations = await wanted(to.value, named);
  if (!organizations.ok) return organizations;
  const secrets = new Map<string, string>();
  const server = await receive(secrets);
  if (!server.ok) return server;
  const stopped = new Promise<void>((resolve) => onStop(resolve));
  const address = `http://127.0.0.1:${(server.value.address() as AddressInfo).port}`;
  const webhooks: ListenerWebhook[] = [];
  for (const organization of organizations.value) {
    const made = await addWebhook(to.value, organization, `${address}/${organization}`);
    if (!made.ok) {
      await leave(to.value, webhooks, server.value);
      return made;
    }
    secrets.set(`/${organization}`, made.value.secret);
    webhooks.push(made.value);
  }
  console.log(`Listening on ${address} to ${organizations.value.join(", ")}.`);
  console.log("Alerts appear here. Ctrl-C stops, and removes the webhooks.");
  await stopped;
  await leave(to.value, webhooks, server.value);
  return { ok: true, value: null };
}

const listened = await listen(process.argv.slice(2));
if (!listened.ok) {
  console.error(listened.reason);
  process.exitCode = 1;
}
