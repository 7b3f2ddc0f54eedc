import { DurableObject } from "cloudflare:workers";
import { type Bindings, configuration } from "../env.ts";
import { type Fragments, renderFragments, renderingOf } from "../feeds/fragments.ts";
import { pageUrl } from "../feeds/item.ts";
import type { Article } from "../model/article.ts";
import type { EventData } from "../model/event.ts";
import { LIMITS } from "../model/limits.ts";
import type { Organization } from "../model/organization.ts";
import type { Webhook } from "../model/webhook.ts";
import { eachAtMost } from "../store/concurrency.ts";
import { logLine } from "../store/log.ts";
import { type Decision, decide, isStuck, type Offer, publishAt } from "./decide.ts";
import { Embargo } from "./embargo.ts";
import { Ledger } from "./ledger.ts";
import { Outbox, type Parcel } from "./outbox.ts";
import { publishDocuments, removeDocuments } from "./publish.ts";

/** An offer with its items rendered: what the Worker hands to a channel. */
export type RenderedOffer = Offer & { fragments: Fragments };

/** One organization's channel: decides what is news, writes it down, and alone publishes its documents. */
export class Channel extends DurableObject<Bindings> {
  readonly #ledger = new Ledger(this.ctx.storage.sql);
  readonly #outbox = new Outbox(this.ctx.storage.sql);
  readonly #embargo = new Embargo(this.ctx.storage.sql);
  #publishing: Promise<void> = Promise.resolve();

  /** Opens the channel or takes new words for it. The first time, its empty documents stand when this returns. */
  async describe(organization: Organization): Promise<void> {
    const first = this.#ledger.state().publishedDigest === null;
    this.#ledger.describe(organization, false);
    this.#ledger.touch(Date.now());
    await this.#arm();
    if (first) await this.#inTurn(() => this.#publish());
  }

  /** Closes the channel: no feeds, no webhooks; the ledger stays, so that opening it again repeats no alert. */
  async close(): Promise<string[]> {
    const { organization } = this.#ledger.state();
    const endpointIds = this.#outbox.clear();
    if (organization) {
      this.#ledger.describe(organization, true);
      await this.#inTurn(async () => {
        const { updatedMs, lastChangeMs } = this.#ledger.state();
        this.#ledger.published(null, updatedMs, lastChangeMs);
        await removeDocuments(this.env.DOCUMENTS, organization.slug);
      });
    }
    return endpointIds;
  }

  /** Takes articles, decides on each, and writes ledger and outbox in one transaction. Doing it twice is harmless. */
  async accept(offers: RenderedOffer[]): Promise<Decision["outcome"][]> {
    const now = Date.now();
    const { organization } = this.#ledger.state();
    if (!organization) throw new Error("a channel must be described before it takes articles");
    const rendering = renderingOf(configuration(this.env).site);
    const outcomes = this.ctx.storage.transactionSync(() => {
      const decided = offers.map((offer) => this.#take(organization, offer, rendering, now));
      if (decided.includes("announced")) this.#ledger.touch(now);
      return decided;
    });
    if (outcomes.includes("announced")) await this.#arm();
    return outcomes;
  }

  #take(
    organization: Organization,
    offer: RenderedOffer,
    rendering: string,
    now: number,
  ): Decision["outcome"] {
    if (this.#embargo.isUnsettled(offer, now)) return "unsettled";
    const decision = decide(organization.slug, this.#ledger.seen(offer.article.id), offer, now);
    if (decision.outcome === "announced") {
      const seq = this.#ledger.announce({ ...offer, rendering }, decision, now);
      const data = JSON.stringify(this.#eventData(organization, offer.article));
      const { type, revision } = decision;
      this.#outbox.add({ seq, type, article_id: offer.article.id, revision, at: now, data });
    }
    if (decision.outcome === "unsettled") return "unsettled";
    return this.#embargo.take(organization.slug, { offer, rendering }, now) ? "announced" : decision.outcome;
  }

  /** Announces the articles whose moment has come. */
  #endEmbargoes(): void {
    const now = Date.now();
    const { organization, closed } = this.#ledger.state();
    if (!organization || closed) return;
    this.ctx.storage.transactionSync(() => {
      const ended = this.#embargo.release(now);
      for (const { offer, rendering } of ended)
        this.#take(organization, { ...offer, from: "api" }, rendering, now);
      if (ended.length > 0) this.#ledger.touch(now);
    });
  }

  #eventData(organization: Organization, article: Article): EventData {
    const { site } = configuration(this.env);
    const { slug, name } = organization;
    return {
      organization: { slug, name, page_url: `${site.publicUrl}/${slug}` },
      article: { ...article, page_url: pageUrl(site, article.id) },
    };
  }

  /** Adds a webhook. False when the channel has as many as it may. */
  async subscribe(webhook: Webhook): Promise<boolean> {
    return this.#outbox.subscribe(webhook);
  }

  /** Removes a webhook. False when there was none. */
  async unsubscribe(endpointId: string): Promise<boolean> {
    return this.#outbox.unsubscribe(endpointId);
  }

  /** One webhook of this channel. */
  async webhook(endpointId: string): Promise<Webhook | null> {
    return this.#outbox.webhook(endpointId);
  }

  /** A page of this channel's webhooks. */
  async webhooks(cursor: string | null): Promise<{ webhooks: Webhook[]; cursor: string | null }> {
    return this.#outbox.webhooks(cursor);
  }

  /** A page of this channel's live articles, newest first; null for a cursor that was never given. */
  async articles(cursor: string | null): Promise<{ articles: Article[]; cursor: string | null } | null> {
    return this.#ledger.page(cursor);
  }

  /** Those of the articles that are live here, or wait for it. KV may be a minute late to know; SQL is not. */
  async live(ids: string[]): Promise<Article[]> {
    return [...this.#embargo.articles(ids), ...this.#ledger.live(ids)];
  }

  /** Publishes and drains. Never throws: an alarm that throws six times is gone (platform). */
  override async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + LIMITS.PUBLISH_RETRY_MS);
    const [published, drained] = await Promise.allSettled([this.#publishIfDue(), this.#drain()]);
    for (const result of [published, drained]) {
      if (result.status === "rejected") logLine("error", "channel.alarm", { error: String(result.reason) });
    }
    if (published.status === "rejected" || drained.status === "rejected" || drained.value === "failed") {
      await this.ctx.storage.setAlarm(Date.now() + LIMITS.PUBLISH_RETRY_MS);
    } else if (drained.value === "more") await this.ctx.storage.setAlarm(Date.now());
    else await this.#arm();
  }

  /** The watchdog's look: sets the alarm when one is missing. True when something was stuck. */
  async wake(): Promise<boolean> {
    const stuck = isStuck(this.#dueMs(), await this.ctx.storage.getAlarm(), Date.now());
    if (stuck) await this.ctx.storage.setAlarm(Date.now());
    return stuck;
  }

  /** When something is to be done here; null when nothing is. */
  #dueMs(): number | null {
    const { closed, firstChangeMs, lastChangeMs } = this.#ledger.state();
    const changed = !closed && firstChangeMs !== null && lastChangeMs !== null;
    const times = [
      changed ? publishAt(firstChangeMs, lastChangeMs) : this.#outbox.oldest() === null ? null : 0,
      closed ? null : this.#embargo.next(),
    ].filter((time) => time !== null);
    return times.length > 0 ? Math.min(...times) : null;
  }

  async #arm(): Promise<void> {
    const due = this.#dueMs();
    if (due === null) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.max(due, Date.now()));
  }

  async #publishIfDue(): Promise<void> {
    this.#endEmbargoes();
    const { firstChangeMs, lastChangeMs } = this.#ledger.state();
    if (firstChangeMs === null || lastChangeMs === null) return;
    if (Date.now() >= publishAt(firstChangeMs, lastChangeMs)) await this.#inTurn(() => this.#publish());
  }

  /** One publication, or removal, at a time: of two at once, the older could write its bytes last. */
  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#publishing.then(act);
    this.#publishing = done.catch(() => {});
    return done;
  }

  async #publish(): Promise<void> {
    const { site } = configuration(this.env);
    const state = this.#ledger.state();
    if (!state.organization || state.closed) return;
    const rendering = renderingOf(site);
    for (const stale of this.#ledger.newest().filter((row) => row.rendering !== rendering)) {
      const article = this.#ledger.article(stale.id);
      const rendered = article && renderFragments(article, site);
      if (rendered?.ok) this.#ledger.rerender(stale.id, rendering, rendered.value);
    }
    const items = this.#ledger.newest();
    const done = await publishDocuments(
      this.env.DOCUMENTS,
      site,
      { ...state, organization: state.organization },
      items,
      Date.now(),
    );
    this.#ledger.published(done.digest, done.updatedMs, state.lastChangeMs);
  }

  async #drain(): Promise<"done" | "more" | "failed"> {
    const { seq } = this.#ledger.state();
    const results = await eachAtMost(LIMITS.CONNECTIONS, this.#outbox.parcels(), (parcel) =>
      this.#hand(parcel),
    );
    const oldest = this.#outbox.prune();
    if (results.includes(false)) return "failed";
    return oldest !== null && oldest <= seq ? "more" : "done";
  }

  async #hand(parcel: Parcel): Promise<boolean> {
    const { organization } = this.#ledger.state();
    const events = this.#outbox.events(parcel.seqs);
    try {
      const endpoint = this.env.ENDPOINT.get(this.env.ENDPOINT.idFromName(parcel.endpointId));
      await endpoint.enqueue(parcel.endpointId, organization?.slug ?? "", events);
      this.#outbox.handed({ ...parcel, seqs: events.map((event) => event.seq) });
      return true;
    } catch (error) {
      this.#outbox.failed(parcel);
      logLine("error", "channel.hand", { endpoint: parcel.endpointId, error: String(error) });
      return false;
    }
  }
}
