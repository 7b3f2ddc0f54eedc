import type { Bindings } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Backfill } from "../../model/webhook.ts";
import type { WebhookStore } from "../channel/webhooks/store.ts";
import type { Outbox, Relay } from "../kit/outbox.ts";
import { channelOf, directoryOf } from "../stubs.ts";
import type { SwitchboardStore } from "./store.ts";

interface Parts {
  env: Bindings;
  store: SwitchboardStore;
  webhooks: WebhookStore;
}

/**
 * Has the Directory tell channels that their events are wanted: of the organizations that a webhook names (`name`, whose
 * `ref` is the webhook), or of all, and of those that are created later (`every`), or of no later ones (`no-later`).
 */
export const coverageRelay = ({ env, store }: Parts): Relay => ({
  most: LIMITS.COVERAGES_PER_CALL,
  async hand(_id, entries) {
    const { sharing } = directoryOf(env);
    for (const { action, ref } of entries) {
      if (action === "name") await sharing.cover(store.bound(String(ref)), store.version());
      else if (action === "every" && store.coversEvery()) await sharing.coverEvery(store.version());
      else if (action === "no-later" && !store.coversEvery()) await sharing.coverNoLater();
    }
    return entries.length;
  },
});

/** Asks channels for older articles. A target's id is the slug; the action is the webhook's id, `ref` the organization's. */
export const backfillRelay = ({ env, store, webhooks }: Parts): Relay => ({
  most: 1,
  async hand(slug, [entry]) {
    const id = entry?.action ?? "";
    const webhook = webhooks.get(id);
    const from = store.backfill(id) as Backfill | null;
    if (!webhook || !from) return 1;
    const { filter } = webhook;
    await channelOf(env, slug).switchboard.backfill(String(entry?.ref), {
      id,
      ...(filter ? { filter } : {}),
      from,
    });
    return 1;
  },
});

/** Goes through all organizations for the backfill of a webhook, whose id is the target's. `ref` is the last slug. */
export const walkRelay = ({ env, webhooks }: Parts, outbox: () => Outbox): Relay => ({
  most: 1,
  async hand(id, [entry]) {
    if (!webhooks.get(id)) return 1;
    const { organizations, after } = await directoryOf(env).sharing.open(String(entry?.ref ?? ""));
    for (const { slug, id: organization } of organizations)
      outbox().add([`backfill:${slug}`], { action: id, ref: organization });
    if (after !== null) outbox().add([`walk:${id}`], { action: "walk", ref: after });
    return 1;
  },
});
