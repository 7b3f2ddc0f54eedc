import { configuration } from "../../env.ts";
import type { SafeArticle } from "../../feeds/item.ts";
import type { ChannelEvent } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Organization } from "../../model/organization.ts";
import type { Backfill, Webhook } from "../../model/webhook.ts";
import type { Notice } from "../endpoint/registration.ts";
import type { Seen } from "./decide.ts";
import { Inventory } from "./inventory.ts";
import { Ledger } from "./ledger.ts";
import { articleData, articleSubject, noticeEvent, testEvent } from "./messages.ts";
import { fits, Outbox } from "./outbox.ts";

/** What a channel knows of an article and a webhook. */
export interface ChannelAccount {
  seen: Seen | null;
  /** Whether the webhook's filter lets the article through; true without one. */
  fits: boolean;
  /** Whether an event of the article waits to be handed to the endpoint. */
  waiting: boolean;
}

/** The side of a channel that knows its webhooks, and says to them what is no announcement. */
export abstract class Webhooks extends Inventory {
  protected readonly ledger = new Ledger(this.ctx.storage.sql);
  protected readonly outbox = new Outbox(this.ctx.storage.sql);

  /** One webhook of this channel. */
  async webhook(endpointId: string): Promise<Webhook | null> {
    return this.outbox.webhook(endpointId);
  }

  /** A page of this channel's webhooks. */
  async webhooks(cursor: string | null): Promise<{ webhooks: Webhook[]; cursor: string | null }> {
    return this.outbox.webhooks(cursor);
  }

  /**
   * Adds a webhook, and what it is to hear of that is older.
   * @param mostAtHost how many there may be at its host
   */
  async addWebhook(
    webhook: Webhook,
    from?: Backfill,
    mostAtHost = Number.POSITIVE_INFINITY,
  ): Promise<"added" | "full" | "host-full"> {
    const added = await this.#say((organization) => {
      const outcome = this.outbox.addWebhook(webhook, mostAtHost);
      if (outcome === "added" && from) this.#backfill(organization, webhook, from);
      return outcome;
    });
    return added ?? "full";
  }

  /** Takes a webhook's new description. False when there may be no more at its host. */
  async reviseWebhook(webhook: Webhook, mostAtHost = Number.POSITIVE_INFINITY): Promise<boolean> {
    return this.outbox.reviseWebhook(webhook, mostAtHost);
  }

  /** Removes a webhook. False when there was none. */
  async removeWebhook(endpointId: string): Promise<boolean> {
    return this.outbox.removeWebhook(endpointId);
  }

  /** Tells the other webhooks what one has to say of itself. Twice is harmless: its notices are numbered. */
  async tell(endpointId: string, notices: Notice[]): Promise<void> {
    const { site } = configuration(this.env);
    await this.#say((organization) => {
      const webhook = this.outbox.webhook(endpointId);
      if (!webhook) return;
      for (const notice of notices) {
        const event = noticeEvent(site, organization, webhook, notice);
        this.outbox.addForOthers({ ...event, seq: this.outbox.nextSeq() }, webhook.id);
      }
    });
  }

  /** Has a webhook sent what is no news, so that its consumer sees what arrives; null when there is no such webhook. */
  async sendTest(endpointId: string): Promise<ChannelEvent | null> {
    const { site } = configuration(this.env);
    return this.#say((organization) => {
      const webhook = this.outbox.webhook(endpointId);
      if (!webhook) return null;
      const seq = this.outbox.nextSeq();
      const event = { ...testEvent(site, organization, webhook, Date.now()), seq, revision: seq };
      this.outbox.addFor(event, webhook.id);
      return event;
    });
  }

  /** What is known here of an article and a webhook; null before the channel is described. */
  async account(webhook: Webhook, articleId: string): Promise<ChannelAccount | null> {
    const { organization } = this.standing.state();
    if (!organization) return null;
    const article = this.ledger.article(articleId);
    return {
      seen: this.ledger.seen(articleId),
      fits: article === null || passes(webhook, organization, article),
      waiting: this.outbox.isWaiting(webhook.id, articleId),
    };
  }

  /** Says something to webhooks, all of it or nothing; null before the channel is described. */
  async #say<T>(say: (organization: Organization) => T): Promise<T | null> {
    const { organization } = this.standing.state();
    if (!organization) return null;
    const said = this.ctx.storage.transactionSync(() => say(organization));
    await this.arm();
    return said;
  }

  /** Has a new webhook told of articles older than itself: one at a time, since all may be more than the memory. */
  #backfill(organization: Organization, webhook: Webhook, from: Backfill): void {
    const { site } = configuration(this.env);
    const [since, most] = "last" in from ? ["", from.last] : [from.since, LIMITS.BACKFILL_ARTICLES];
    for (const { id, revision } of this.ledger.latest(since, most)) {
      const article = this.ledger.article(id);
      if (!article || !passes(webhook, organization, article)) continue;
      const event: ChannelEvent = {
        seq: this.outbox.nextSeq(),
        type: "article.published",
        article_id: id,
        revision,
        at: Date.now(),
        data: articleData(site, organization, article),
      };
      this.outbox.addFor(event, webhook.id);
    }
  }
}

const passes = ({ filter }: Webhook, organization: Organization, article: SafeArticle): boolean =>
  !filter || fits(filter, articleSubject(organization, article));
