import { RpcTarget } from "cloudflare:workers";
import type { Announcement } from "../../delivery/told.ts";
import { rfc3339, rfc3339OrNull } from "../../model/time.ts";
import type { Webhook } from "../../model/webhook.ts";
import type { SubscriptionStore } from "./hub/store.ts";
import type { Ledger } from "./ledger.ts";
import type { Scheduled } from "./scheduled.ts";
import type { ChannelState } from "./state.ts";
import type { ChannelAccount } from "./webhooks/webhooks.ts";

interface Parts {
  state: ChannelState;
  ledger: Ledger;
  scheduled: Scheduled;
  subscriptions: SubscriptionStore;
  webhooks: {
    page(cursor: string | null): { webhooks: Webhook[]; cursor: string | null };
    account(webhook: Webhook, articleId: string): ChannelAccount | null;
  };
}

/** What a channel announced of an article, with what it knows of a page of its webhooks. */
export interface Announced extends Omit<Announcement, "webhooks" | "counts"> {
  accounts: { webhook: Webhook; account: ChannelAccount }[];
}

/** What was announced of an article. */
export class Announcements extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /** The last announcement of an article, and a page of the webhooks; null if the channel has no such article. */
  of(articleId: string, cursor: string | null): Announced | null {
    const { state, ledger, scheduled, webhooks, subscriptions } = this.#parts;
    const { organization, firstChangeMs, publishedMs } = state.read();
    if (!organization) return null;
    const seen = ledger.seen(articleId);
    if (!seen && scheduled.of([articleId]).size === 0) return null;
    const page = seen ? webhooks.page(cursor) : { webhooks: [], cursor: null };
    const isWritten = seen !== null && firstChangeMs === null && publishedMs >= seen.changedMs;
    return {
      organization: organization.slug,
      event: seen && eventOf(seen),
      revision: seen?.revision ?? 0,
      announced_at: seen && rfc3339(seen.changedMs),
      documents: !seen ? "none" : isWritten ? "written" : "waiting",
      documents_written_at: seen && isWritten ? rfc3339OrNull(publishedMs) : null,
      hub_subscriptions: subscriptions.subscriberCount(),
      accounts: page.webhooks.flatMap((webhook) => {
        const account = webhooks.account(webhook, articleId);
        return account ? [{ webhook, account }] : [];
      }),
      cursor: page.cursor,
    };
  }
}

const eventOf = ({ live, revision }: { live: boolean; revision: number }): Announcement["event"] => {
  if (!live) return "article.withdrawn";
  return revision === 1 ? "article.published" : "article.updated";
};
