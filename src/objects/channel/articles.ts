import { RpcTarget } from "cloudflare:workers";
import { configuration } from "../../env.ts";
import { renderingOf } from "../../feeds/fragments.ts";
import type { SafeArticle } from "../../feeds/item.ts";
import type { Place } from "../../model/line.ts";
import type { Organization } from "../../model/organization.ts";
import { type Decision, decide, type RenderedOffer } from "./decide.ts";
import type { FragmentStore } from "./fragments.ts";
import type { LedgerEntry } from "./ledger.ts";
import { articleData, filterInputOf } from "./messages.ts";
import type { Scheduled } from "./scheduled.ts";
import type { ChannelParts } from "./subscribers.ts";

/** An article that a channel knows. `version` is the latest that it was told. */
export interface Known {
  article: SafeArticle;
  version: string;
}

/** An article of the ledger. One that is scheduled is as it will be then. */
export interface Announced extends Known {
  /** Whether it is live or scheduled: else nothing that was said of it since has been noted here. */
  current: boolean;
  place: Place;
}

/** Some of what a channel has, in an order; `after` is where the next part begins, null at the end. */
export interface Part<T> {
  entries: T[];
  after: string | null;
}

/** What the articles' part works with. */
interface ArticleParts extends ChannelParts {
  fragments: FragmentStore;
  scheduled: Scheduled;
}

/** An organization's articles: decides what is news, and says what there is. */
export class Articles extends RpcTarget {
  readonly #parts: ArticleParts;

  constructor(parts: ArticleParts) {
    super();
    this.#parts = parts;
  }

  /** Takes articles, decides on each, and writes ledger, events and outbox in one transaction. Twice is harmless. */
  async accept(offers: RenderedOffer[]): Promise<Decision["outcome"][]> {
    const { env, storage, state, arm } = this.#parts;
    const now = Date.now();
    const { organization } = state.read();
    if (!organization) throw new Error("a channel must be described before it takes articles");
    const rendering = renderingOf(configuration(env).site);
    const outcomes = storage.transactionSync(() =>
      offers.map((offer) => take(this.#parts, organization, offer, rendering, now)),
    );
    if (outcomes.includes("announced")) await arm();
    return outcomes;
  }

  /** A page of the live articles, newest first; null for a cursor that was never given. */
  page(cursor: string | null): { articles: SafeArticle[]; cursor: string | null } | null {
    return this.#parts.ledger.page(cursor);
  }

  /** Those of the articles that are live here, or scheduled. KV may be a minute late to know; SQL is not. */
  live(ids: string[]): SafeArticle[] {
    const scheduled = [...this.#parts.scheduled.of(ids).values()].map(({ article }) => article);
    return [...scheduled, ...this.#parts.ledger.live(ids)];
  }

  /** Those of the articles that were ever announced here, and whether they are live. */
  remembered(ids: string[]): { id: string; live: boolean }[] {
    return this.#parts.ledger.remembered(ids);
  }

  /** What is known here of articles; of one that is scheduled what is to come. */
  known(ids: string[]): Known[] {
    const known = new Map<string, Known>();
    for (const { article, version } of this.#parts.ledger.entries(ids))
      known.set(article.id, { article, version });
    for (const [id, scheduled] of this.#parts.scheduled.of(ids)) known.set(id, scheduled);
    return [...known.values()];
  }

  /** The articles of the ledger in the order of their ordinals, those also that have left. */
  announced(after: string): Part<Announced> {
    const { ledger } = this.#parts;
    const entries = ledger.after(Number(after));
    const last = entries.at(-1)?.place.ordinal ?? 0;
    const more = entries.length > 0 && last < ledger.lastOrdinal();
    return { entries: this.#asAnnounced(entries), after: more ? String(last) : null };
  }

  /** Those of some articles that the ledger has. */
  announcedOf(ids: string[]): Announced[] {
    return this.#asAnnounced(this.#parts.ledger.entries(ids));
  }

  /** The articles that are scheduled and were never announced, in the order of their ids. */
  scheduled(after: string): Part<SafeArticle> {
    const { ledger, scheduled } = this.#parts;
    const articles = scheduled.after(after);
    const announced = new Set(ledger.remembered(articles.map(({ id }) => id)).map(({ id }) => id));
    return { entries: articles.filter(({ id }) => !announced.has(id)), after: articles.at(-1)?.id ?? null };
  }

  #asAnnounced(entries: readonly LedgerEntry[]): Announced[] {
    const scheduled = this.#parts.scheduled.of(entries.map(({ article }) => article.id));
    return entries.map(({ article, version, live, place }) => {
      const toCome = scheduled.get(article.id);
      return { article, version, place, ...toCome, current: live || toCome !== undefined };
    });
  }
}

/** Announces the articles whose time has come. */
export async function releaseScheduled(parts: ArticleParts): Promise<void> {
  const { storage, state, scheduled } = parts;
  const now = Date.now();
  const { organization, closed } = state.read();
  if (!organization || closed) return;
  storage.transactionSync(() => {
    const due = scheduled.release(now);
    // Also of one that was imported: that its time has come is news.
    for (const { offer, rendering } of due) {
      take(parts, organization, { ...offer, from: "api", notify: true }, rendering, now);
    }
  });
}

function take(
  parts: ArticleParts,
  organization: Organization,
  offer: RenderedOffer,
  rendering: string,
  nowMs: number,
): Decision["outcome"] {
  const { state, ledger, scheduled, fragments } = parts;
  if (scheduled.isUnsettled(offer, nowMs)) return "unsettled";
  const { id } = offer.article;
  const decision = decide(organization.slug, ledger.seen(id), offer, nowMs);
  if (decision.outcome === "unsettled") return "unsettled";
  if (decision.outcome === "announced") announce(parts, organization, offer, decision, rendering, nowMs);
  const changed = scheduled.take(organization.slug, { offer, rendering }, nowMs);
  if (changed && decision.outcome === "unchanged") state.touch(nowMs, newsOf(offer));
  if (changed && decision.outcome === "unchanged" && !scheduled.of([id]).has(id) && !ledger.seen(id)) {
    fragments.remove(id); // it was scheduled, and never announced
  }
  return changed ? "announced" : decision.outcome;
}

/** An article that has its place from elsewhere says nothing that was not said there. */
const newsOf = ({ places }: RenderedOffer): "news" | "restoring" => (places ? "restoring" : "news");

/** Writes a version to the ledger, and its event. What an article had elsewhere, by its place, is no event here. */
function announce(
  { env, state, ledger, fragments, events, broadcast }: ArticleParts,
  organization: Organization,
  offer: RenderedOffer,
  decision: Extract<Decision, { outcome: "announced" }>,
  rendering: string,
  nowMs: number,
): void {
  const { article, notify = true } = offer;
  const { place, type, revision, live } = decision;
  const seq = state.announce(nowMs, place?.seq ?? null, newsOf(offer));
  ledger.announce(offer, decision, { seq, rendering, nowMs });
  fragments.put(article.id, offer.fragments);
  // That an article of elsewhere had been withdrawn is news to nobody; the place of one that is live is not new.
  if (place && !(notify && live)) return;
  const data = articleData(configuration(env).site, organization, article);
  const at = place ? state.nextSeq() : seq;
  const event = { seq: at, type, article_id: article.id, revision, at: nowMs, data };
  if (notify) broadcast.event(event, () => filterInputOf(organization, article));
  else events.add(event);
}
