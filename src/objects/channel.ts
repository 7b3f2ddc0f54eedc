import { DurableObject } from "cloudflare:workers";
import { type Bindings, configuration } from "../env.ts";
import type { FormatName } from "../feeds/formats.ts";
import { type Fragments, renderFragments, renderingOf } from "../feeds/fragments.ts";
import { pageUrl } from "../feeds/item.ts";
import type { Article } from "../model/article.ts";
import type { EventData } from "../model/event.ts";
import { LIMITS } from "../model/limits.ts";
import type { Organization } from "../model/organization.ts";
import type { Reader } from "../model/reader.ts";
import type { Webhook } from "../model/webhook.ts";
import { logLine } from "../store/log.ts";
import { type Aggregator, Audience } from "./audience.ts";
import { type Decision, decide, isStuck, type Offer, publishAt } from "./decide.ts";
import { drain } from "./drain.ts";
import { Embargo } from "./embargo.ts";
import { Ledger, type Listed } from "./ledger.ts";
import { Outbox } from "./outbox.ts";
import { type ArchiveDocument, archiveDocument, publishDocuments, removeDocuments } from "./publish.ts";
import { Readers } from "./readers.ts";
import { Standing } from "./standing.ts";

/** An offer with its items rendered: what the Worker hands to a channel. */
export type RenderedOffer = Offer & { fragments: Fragments };

/** One organization's channel: decides what is news, writes it down, and alone publishes its documents. */
export class Channel extends DurableObject<Bindings> {
  readonly #standing = new Standing(this.ctx.storage.sql);
  readonly #ledger = new Ledger(this.ctx.storage.sql);
  readonly #outbox = new Outbox(this.ctx.storage.sql);
  readonly #embargo = new Embargo(this.ctx.storage.sql);
  readonly #readers = new Readers(this.ctx.storage.sql);
  readonly #audience = new Audience(this.ctx.storage.sql);
  #publishing: Promise<void> = Promise.resolve();

  /** Opens the channel or takes new words for it. The first time, its empty documents stand when this returns. */
  async describe(organization: Organization): Promise<void> {
    const first = this.#standing.state().publishedDigest === null;
    this.#standing.describe(organization, false);
    this.#standing.touch(Date.now());
    await this.#arm();
    if (first) await this.#inTurn(() => this.#publish());
  }

  /** Closes the channel: no feeds, no webhooks; the ledger stays, so that opening it again repeats no alert. */
  async close(): Promise<string[]> {
    const { organization } = this.#standing.state();
    const endpointIds = this.#outbox.clear();
    if (organization) {
      this.#standing.describe(organization, true);
      await this.#inTurn(async () => {
        this.#standing.unpublished();
        await removeDocuments(this.env.DOCUMENTS, organization.slug);
      });
    }
    return endpointIds;
  }

  /** Takes articles, decides on each, and writes ledger and outbox in one transaction. Doing it twice is harmless. */
  async accept(offers: RenderedOffer[]): Promise<Decision["outcome"][]> {
    const now = Date.now();
    const { organization } = this.#standing.state();
    if (!organization) throw new Error("a channel must be described before it takes articles");
    const rendering = renderingOf(configuration(this.env).site);
    const outcomes = this.ctx.storage.transactionSync(() => {
      const decided = offers.map((offer) => this.#take(organization, offer, rendering, now));
      if (decided.includes("announced")) this.#standing.touch(now);
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
    const { organization, closed } = this.#standing.state();
    if (!organization || closed) return;
    this.ctx.storage.transactionSync(() => {
      const ended = this.#embargo.release(now);
      for (const { offer, rendering } of ended)
        this.#take(organization, { ...offer, from: "api" }, rendering, now);
      if (ended.length > 0) this.#standing.touch(now);
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

  /** Opens the feeds at an address of one's own. False when there are as many readers as there may be. */
  async addReader(reader: Reader, hash: string): Promise<boolean> {
    return this.#readers.add(reader, hash);
  }

  async readers(cursor: string | null): Promise<{ readers: Reader[]; cursor: string | null }> {
    return this.#readers.page(cursor);
  }

  async removeReader(id: string): Promise<boolean> {
    return this.#readers.remove(id);
  }

  /** Whether a key of this hash opens the feeds. */
  async mayRead(hash: string): Promise<boolean> {
    return !this.#standing.state().closed && this.#readers.has(hash);
  }

  /** Notes for how many subscribers an aggregator asks. */
  async countSubscribers(agent: string, feed: string, subscribers: number): Promise<void> {
    this.#audience.count(agent.slice(0, LIMITS.TAG_CHARACTERS), feed, subscribers, Date.now());
  }

  /** For how many the aggregators ask. */
  async subscribers(): Promise<Aggregator[]> {
    return this.#audience.all();
  }

  /** The watchdog's look: sets the alarm when one is missing. True when something was stuck. */
  async wake(): Promise<boolean> {
    const stuck = isStuck(this.#dueMs(), await this.ctx.storage.getAlarm(), Date.now());
    if (stuck) await this.ctx.storage.setAlarm(Date.now());
    return stuck;
  }

  /** When something is to be done here; null when nothing is. */
  #dueMs(): number | null {
    const { closed, firstChangeMs, lastChangeMs } = this.#standing.state();
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
    const { firstChangeMs, lastChangeMs } = this.#standing.state();
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
    const state = this.#standing.state();
    if (!state.organization || state.closed) return;
    this.#renderAnew(this.#ledger.newest());
    const known = { ...state, organization: state.organization, tags: this.#standing.tags() };
    const published = await publishDocuments(this.env.DOCUMENTS, site, this.#ledger, known, Date.now());
    this.#standing.published(published, state.lastChangeMs);
  }

  /** Renders again what was rendered by an older version of the service, or at another address. */
  #renderAnew(rows: readonly Listed[]): void {
    const { site } = configuration(this.env);
    const rendering = renderingOf(site);
    for (const stale of rows.filter((row) => row.rendering !== rendering)) {
      const article = this.#ledger.article(stale.id);
      const rendered = article && renderFragments(article, site);
      if (rendered?.ok) this.#ledger.rerender(stale.id, rendering, rendered.value);
    }
  }

  /** An archive document (RFC 5005); null when there is none of that number, or the channel is closed. */
  async archive(number: number, format: FormatName): Promise<ArchiveDocument | null> {
    const { organization, closed } = this.#standing.state();
    if (!organization || closed) return null;
    this.#renderAnew(this.#ledger.archive(number));
    return archiveDocument(configuration(this.env).site, this.#ledger, organization, number, format);
  }

  async #drain(): Promise<"done" | "more" | "failed"> {
    const { organization, seq } = this.#standing.state();
    return drain(this.env, this.#outbox, organization?.slug ?? "", seq);
  }
}
