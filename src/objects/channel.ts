import { configuration } from "../env.ts";
import type { FormatName } from "../feeds/formats.ts";
import { renderingOf } from "../feeds/fragments.ts";
import type { SafeArticle } from "../feeds/item.ts";
import { LIMITS } from "../model/limits.ts";
import type { Organization } from "../model/organization.ts";
import { eachAtMost } from "../store/concurrency.ts";
import { logLine } from "../store/log.ts";
import { armAt, earliest, ring, wakeIfStuck } from "./alarm.ts";
import { type Decision, decide, publishAt, type RenderedOffer } from "./channel/decide.ts";
import {
  type ArchiveDocument,
  archiveDocument,
  publishDocuments,
  removeDocuments,
} from "./channel/documents.ts";
import { drain, type Handing } from "./channel/drain.ts";
import { Embargo } from "./channel/embargo.ts";
import { articleData, articleSubject } from "./channel/messages.ts";
import { Webhooks } from "./channel/webhooks.ts";
import { directoryOf, endpointOf } from "./stubs.ts";

/** One organization's channel: decides what is news, writes it down, and alone publishes its documents. */
export class Channel extends Webhooks {
  readonly #embargo = new Embargo(this.ctx.storage.sql);
  #publishing: Promise<void> = Promise.resolve();

  /** Opens the channel or takes new words for it. The first time, its empty documents stand when this returns. */
  async describe(organization: Organization): Promise<void> {
    const first = this.standing.state().publishedDigest === null;
    this.standing.describe(organization, false);
    this.standing.touch(Date.now());
    await this.nameHubs(organization);
    await this.arm();
    if (first) await this.#inTurn(() => this.#publish());
  }

  /**
   * Closes the channel: no feeds, no webhooks, no readers; the ledger stays, so that opening it again repeats no alert.
   * Throws while something cannot be ended, and ends the rest when it is called again.
   * @returns false when there are webhooks left to end
   */
  async close(): Promise<boolean> {
    const { organization } = this.standing.state();
    if (!organization) return true;
    this.standing.describe(organization, true);
    this.closeToReaders();
    const { webhooks } = this.outbox.webhooks(null);
    const ended = await eachAtMost(LIMITS.CONNECTIONS, webhooks, ({ id }) => this.#end(id));
    if (webhooks.length > 0) await directoryOf(this.env).watchdog.unwatch(webhooks.map(({ id }) => id));
    await this.#inTurn(async () => {
      this.standing.unpublished();
      await removeDocuments(this.env.DOCUMENTS, organization.slug);
    });
    this.listeners.forgetTold();
    await this.arm();
    return !ended.includes(false) && this.outbox.webhooks(null).webhooks.length === 0;
  }

  /** Closes an endpoint, and only then forgets it. False when it could not be reached. */
  async #end(endpointId: string): Promise<boolean> {
    try {
      await endpointOf(this.env, endpointId).close();
      this.outbox.removeWebhook(endpointId);
      return true;
    } catch (error) {
      logLine("error", "channel.close", { endpoint: endpointId, error: String(error) });
      return false;
    }
  }

  /** Takes articles, decides on each, and writes ledger and outbox in one transaction. Doing it twice is harmless. */
  async accept(offers: RenderedOffer[]): Promise<Decision["outcome"][]> {
    const now = Date.now();
    const { organization } = this.standing.state();
    if (!organization) throw new Error("a channel must be described before it takes articles");
    const rendering = renderingOf(configuration(this.env).site);
    const outcomes = this.ctx.storage.transactionSync(() => {
      const decided = offers.map((offer) => this.#take(organization, offer, rendering, now));
      const news = offers.some(({ places }, index) => !places && decided[index] === "announced");
      if (decided.includes("announced")) this.standing.touch(now, news ? "news" : "restoring");
      return decided;
    });
    if (outcomes.includes("announced")) await this.arm();
    return outcomes;
  }

  #take(
    organization: Organization,
    offer: RenderedOffer,
    rendering: string,
    now: number,
  ): Decision["outcome"] {
    if (this.#embargo.isUnsettled(offer, now)) return "unsettled";
    const decision = decide(organization.slug, this.ledger.seen(offer.article.id), offer, now);
    if (decision.outcome === "announced") {
      const position = this.ledger.announce({ ...offer, rendering }, decision, now);
      const { type, revision, place } = decision;
      const data = articleData(configuration(this.env).site, organization, offer.article);
      // That an article of elsewhere had been withdrawn is news to nobody; the place of one that lives is not new.
      if (!offer.quiet && (decision.live || !place)) {
        const seq = place ? this.outbox.nextSeq() : position;
        const event = { seq, type, article_id: offer.article.id, revision, at: now, data };
        this.outbox.add(event, () => articleSubject(organization, offer.article));
      }
    }
    if (decision.outcome === "unsettled") return "unsettled";
    return this.#embargo.take(organization.slug, { offer, rendering }, now) ? "announced" : decision.outcome;
  }

  /** Announces the articles whose moment has come. */
  #endEmbargoes(): void {
    const now = Date.now();
    const { organization, closed } = this.standing.state();
    if (!organization || closed) return;
    this.ctx.storage.transactionSync(() => {
      const ended = this.#embargo.release(now);
      // Also one that was imported: its moment is news.
      for (const { offer, rendering } of ended)
        this.#take(organization, { ...offer, from: "api", quiet: false }, rendering, now);
      if (ended.length > 0) this.standing.touch(now);
    });
  }

  /** A page of this channel's live articles, newest first; null for a cursor that was never given. */
  async articles(cursor: string | null): Promise<{ articles: SafeArticle[]; cursor: string | null } | null> {
    return this.ledger.page(cursor);
  }

  /** Those of the articles that are live here, or wait for it. KV may be a minute late to know; SQL is not. */
  async live(ids: string[]): Promise<SafeArticle[]> {
    return [...this.#embargo.articles(ids), ...this.ledger.live(ids)];
  }

  /** Those of the articles that were ever announced here, and whether they stand still. */
  async remembered(ids: string[]): Promise<{ id: string; live: boolean }[]> {
    return this.ledger.remembered(ids);
  }

  /** Publishes, hands the outbox to the endpoints, and tells the listeners. */
  override async alarm(): Promise<void> {
    await ring(this.ctx.storage, "channel", LIMITS.PUBLISH_RETRY_MS, () => this.#doAllThatIsDue());
  }

  /** None of the three keeps the others from being done. Returns when there is more to do. */
  async #doAllThatIsDue(): Promise<number | null> {
    const [published, drained] = await Promise.allSettled([this.#publishIfDue(), this.#drain()]);
    const calls = drained.status === "fulfilled" ? drained.value.calls : 0;
    const [distributed] = await Promise.allSettled([this.distribute(LIMITS.CHANNEL_CALLS - calls)]);
    const results = [published, drained, distributed];
    for (const result of results) {
      if (result.status === "rejected") logLine("error", "channel.alarm", { error: String(result.reason) });
    }
    const progress = results.map((result) =>
      result.status === "fulfilled" ? result.value?.progress : "failed",
    );
    if (progress.includes("failed")) return Date.now() + LIMITS.PUBLISH_RETRY_MS;
    return progress.includes("more") ? Date.now() : this.#dueMs();
  }

  /** The watchdog's look: sets the alarm when one is missing. True when something was stuck. */
  async wake(): Promise<boolean> {
    return wakeIfStuck(this.ctx.storage, this.#dueMs());
  }

  /** Whether somebody is still to be told of something. */
  #hasNews(): boolean {
    return this.outbox.oldest() !== null || this.listeners.hasUntold();
  }

  /** When something is to be done here; null when nothing is. */
  #dueMs(): number | null {
    const { closed, firstChangeMs, lastChangeMs } = this.standing.state();
    const changed = !closed && firstChangeMs !== null && lastChangeMs !== null;
    return earliest(
      changed ? publishAt(firstChangeMs, lastChangeMs) : this.#hasNews() ? 0 : null,
      closed ? null : this.#embargo.next(),
    );
  }

  protected override async arm(): Promise<void> {
    await armAt(this.ctx.storage, this.#dueMs());
  }

  async #publishIfDue(): Promise<void> {
    this.#endEmbargoes();
    const { firstChangeMs, lastChangeMs } = this.standing.state();
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
    const state = this.standing.state();
    if (!state.organization || state.closed) return;
    const known = { ...state, organization: state.organization, tags: this.standing.tags() };
    const now = Date.now();
    const published = await publishDocuments(this.env.DOCUMENTS, site, this.ledger, known, now);
    this.ctx.storage.transactionSync(() => this.standing.published(published, state.lastChangeMs, now));
  }

  /** An archive document (RFC 5005); null when there is none of that number, or the channel is closed. */
  async archive(number: number, format: FormatName): Promise<ArchiveDocument | null> {
    const { organization, closed } = this.standing.state();
    if (!organization || closed) return null;
    return archiveDocument(configuration(this.env).site, this.ledger, organization, number, format);
  }

  async #drain(): Promise<Handing> {
    const { organization, seq } = this.standing.state();
    return drain(this.env, this.outbox, organization?.slug ?? "", seq);
  }
}
