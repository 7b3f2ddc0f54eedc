import { OPERATOR } from "../../model/audit.ts";
import type { ChannelEvent } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Site } from "../../model/site.ts";
import { SHARED } from "../../model/slug.ts";
import type { WebhookStore } from "../channel/webhooks/store.ts";
import type { WebhookHome } from "../channel/webhooks/webhooks.ts";
import { operationalEvent, testEvent } from "../messages.ts";
import type { SwitchboardStore } from "./store.ts";

interface Parts extends Pick<WebhookHome, "env" | "storage" | "outbox" | "arm"> {
  store: SwitchboardStore;
  webhooks: WebhookStore;
  site(): Site;
}

/** What the events about shared webhooks name instead of an organization. */
const ALL = { slug: SHARED, name: "All organizations" };

const COVERAGE = "coverage:";

/** The object of the shared webhooks as what has webhooks. */
export function switchboardHome({ env, storage, outbox, arm, store, webhooks, site }: Parts): WebhookHome {
  /** Stores an event and queues it. Its place is its own: an endpoint counts what it is told of many organizations. */
  const queue = (event: ChannelEvent, ids: readonly string[]): ChannelEvent => {
    if (ids.length === 0) return event;
    outbox.add(
      ids.map((id) => `endpoint:${id}`),
      { action: "event", ref: store.keep(event) },
    );
    return event;
  };
  return {
    env,
    storage,
    outbox,
    arm,
    urgent: [COVERAGE],
    isOpen: () => true,
    hasRoom({ owner = OPERATOR }) {
      if (webhooks.count() >= LIMITS.SHARED_WEBHOOKS) return false;
      if (owner === OPERATOR) return true;
      return !store.isRevoked(owner) && store.owned(owner).length < LIMITS.SHARED_WEBHOOKS_PER_TOKEN;
    },
    stored({ id, organizations }, bound) {
      if (organizations !== "all" && !bound) return; // they stay as they are
      const covered = store.coversEvery();
      store.cover(id, organizations === "all" ? null : (bound ?? {}));
      store.nextVersion();
      if (organizations !== "all") outbox.add([COVERAGE], { action: "name", ref: id });
      if (covered !== store.coversEvery())
        outbox.add([COVERAGE], { action: covered ? "no-later" : "every", ref: null });
    },
    removed(id) {
      const covered = store.coversEvery();
      store.uncover(id);
      store.endBackfill(id);
      outbox.remove(`walk:${id}`);
      if (covered && !store.coversEvery()) outbox.add([COVERAGE], { action: "no-later", ref: null });
    },
    backfill({ id, organizations }, from) {
      store.setBackfill(id, from);
      if (organizations === "all") outbox.add([`walk:${id}`], { action: "walk", ref: "" });
      else
        for (const [slug, organization] of Object.entries(store.bound(id)))
          outbox.add([`backfill:${slug}`], { action: id, ref: organization });
    },
    tell(webhook, happened) {
      const event = operationalEvent(site(), ALL, webhook, happened, store.nextSeq());
      queue(event, webhooks.othersWanting(event.type, webhook.id, [OPERATOR, webhook.owner ?? OPERATOR]));
    },
    test: (webhook, nowMs) => queue(testEvent(site(), ALL, webhook, store.nextSeq(), nowMs), [webhook.id]),
    account: (webhook) => {
      const refs = outbox.waiting(`endpoint:${webhook.id}`);
      return { seen: null, fits: true, waiting: refs.length > 0 };
    },
  };
}
