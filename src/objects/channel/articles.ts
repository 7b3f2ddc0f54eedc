import { RpcTarget } from "cloudflare:workers";
import { configuration } from "../../env.ts";
import { renderingOf } from "../../feeds/fragments.ts";
import type { SafeArticle } from "../../feeds/item.ts";
import type { ArticleState } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Place } from "../../model/line.ts";
import type { Organization } from "../../model/organization.ts";
import { quotaUsedUp } from "../../model/quota.ts";
import { logLine } from "../../store/log.ts";
import { articleData, filterInputOf } from "../messages.ts";
import type { ArchiveSearch } from "./archive-search.ts";
import { type Decision, decide, type RenderedOffer } from "./decide.ts";
import type { Drafts } from "./drafts.ts";
import type { FragmentStore } from "./fragments.ts";
import { type Found, foundWithin } from "./in-parts.ts";
import type { LedgerEntry } from "./ledger.ts";
import { type ArticleList, type ArticleQuery, listArticles } from "./listing.ts";
import type { Scheduled } from "./scheduled.ts";
import type { ChannelParts } from "./subscribers.ts";

/** An article that a channel knows. `version` is the latest that it received. */
export interface Known {
  article: SafeArticle;
  version: string;
}

/** An article in the ledger; a scheduled one as it will be published. */
export interface Announced extends Known {
  /** Whether it is live or scheduled. If not, the channel has not recorded later changes. */
  current: boolean;
  place: Place;
}

/** How an article stands in a channel, without what it says. */
export interface Standing extends Pick<Announced, "version" | "current" | "place"> {
  id: string;
  organizations: string[];
  withdrawn_at?: string;
}

/**
 * Why an article is not shown. `withdrawn`: everybody could read it, and it has ended. `hidden`: it waits for its time, was
 * withdrawn before that, or is not this organization's any more.
 */
export type HeldBack = "withdrawn" | "hidden";

/** One part of an ordered list. `after` is where the next part begins; null at the end. */
export interface Part<T> {
  entries: T[];
  after: string | null;
}

/** What {@link Articles} depends on. */
interface ArticleParts extends ChannelParts {
  fragments: FragmentStore;
  scheduled: Scheduled;
  drafts: Drafts;
  archiveSearch: ArchiveSearch;
}

/** An organization's articles: decides what is new, and lists them. */
export class Articles extends RpcTarget {
  readonly #parts: ArticleParts;

  constructor(parts: ArticleParts) {
    super();
    this.#parts = parts;
  }

  /**
   * Decides on each article and writes ledger, events and outbox: as many articles in one transaction as their outbox
   * entries are few, so that others are answered meanwhile. Safe to repeat.
   */
  async accept(offers: RenderedOffer[]): Promise<Decision["outcome"][]> {
    const outcomes = this.#acceptSome(offers);
    if (outcomes.includes("announced")) await this.#parts.arm();
    if (outcomes.length === offers.length) return outcomes;
    await scheduler.wait(0);
    return [...outcomes, ...(await this.accept(offers.slice(outcomes.length)))];
  }

  /** @returns the outcomes of the first offers; of one at least */
  #acceptSome(offers: readonly RenderedOffer[]): Decision["outcome"][] {
    const { env, storage, state, outbox } = this.#parts;
    const now = Date.now();
    const { organization } = state.read();
    if (!organization)
      throw new Error("The channel has no organization: describe it before it accepts articles");
    const rendering = renderingOf(configuration(env).site);
    const most = outbox.added + LIMITS.ACCEPTED_ENTRIES;
    const outcomes: Decision["outcome"][] = [];
    storage.transactionSync(() => {
      for (const offer of offers) {
        outcomes.push(take(this.#parts, organization, offer, rendering, now));
        if (outbox.added >= most) break;
      }
    });
    return outcomes;
  }

  /** A page of the articles in some states; null for an invalid cursor. */
  list(query: ArticleQuery): ArticleList | null {
    return listArticles(this.#parts, query, this.#parts.state.read().organization?.language);
  }

  /** How many articles there are in each state: at most {@link LIMITS.ARTICLES_COUNTED} rows read for each. */
  counts(): Record<ArticleState, number> & { drafts: number } {
    const { ledger, scheduled, drafts } = this.#parts;
    const most = LIMITS.ARTICLES_COUNTED;
    return {
      published: ledger.count(true, most),
      scheduled: scheduled.count(most),
      withdrawn: ledger.count(false, most),
      drafts: drafts.count(),
    };
  }

  /** The given articles that are live or scheduled. Reads SQL: KV may be a minute old. */
  live(ids: string[]): Found<SafeArticle> {
    const find = (id: string) => this.#scheduledAs(id)?.article ?? this.#parts.ledger.live(id);
    return foundWithin(ids, find, (article) => article);
  }

  /**
   * Why this channel knows that an article is not to be shown; null if it is to be, or the channel does not know it. For pages
   * that are made of KV records, which may be a minute old.
   */
  heldBack(id: string): HeldBack | null {
    const { ledger, scheduled } = this.#parts;
    const wait = scheduled.waitOf(id, Date.now());
    if (wait === "waiting") return "hidden";
    if (wait === "due") return null; // the alarm publishes it within a second
    const state = ledger.stateOf(id);
    if (state === null) return wait === "over" ? "hidden" : null;
    return state === "live" ? null : state;
  }

  /** The given articles that this channel ever announced, and whether they are live. */
  remembered(ids: string[]): { id: string; live: boolean }[] {
    return this.#parts.ledger.remembered(ids);
  }

  /** The given articles that this channel knows; a scheduled one as it will be published. */
  known(ids: string[]): Found<Known> {
    const find = (id: string) => this.#scheduledAs(id) ?? this.#announcedAs(id);
    return foundWithin(ids, find, ({ article }) => article);
  }

  #scheduledAs(id: string): Known | null {
    return this.#parts.scheduled.of([id]).get(id) ?? null;
  }

  #announcedAs(id: string): Known | null {
    const entry = this.#parts.ledger.entry(id);
    return entry && { article: entry.article, version: entry.version };
  }

  /** The articles in the ledger by ordinal, including withdrawn ones. */
  announced(after: string): Part<Announced> {
    const { ledger } = this.#parts;
    const entries = ledger.after(Number(after));
    const last = entries.at(-1)?.place.ordinal ?? 0;
    const more = entries.length > 0 && last < ledger.lastOrdinal();
    return { entries: this.#asAnnounced(entries), after: more ? String(last) : null };
  }

  /** How the given articles stand that are in the ledger: their contents may be too much for one call. */
  standingOf(ids: string[]): Standing[] {
    const { ledger, scheduled } = this.#parts;
    const versions = scheduled.versions(ids);
    return ledger.standings(ids).map(({ live, version, ...known }) => {
      const toCome = versions.get(known.id);
      return { ...known, version: toCome ?? version, current: live || toCome !== undefined };
    });
  }

  /** The scheduled articles that were never announced, by id. */
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

/** Announces the scheduled articles that are due. One that cannot be announced does not hold up the others. */
export async function releaseScheduled(parts: ArticleParts): Promise<void> {
  const { storage, state, scheduled } = parts;
  const now = Date.now();
  const { organization, closed } = state.read();
  if (!organization || closed) return;
  scheduled.forgetSettled(now);
  for (const id of scheduled.due(now)) {
    try {
      storage.transactionSync(() => {
        const { offer, rendering } = scheduled.release(id);
        // Webhooks are notified of imported articles too: their publication is new.
        take(parts, organization, { ...offer, from: "api", notify: true }, rendering, now);
      });
    } catch (error) {
      if (quotaUsedUp(error)) throw error; // nothing can be written today
      const failures = scheduled.putOff(id, now);
      const { slug } = organization;
      logLine("error", "channel.release", {
        organization: slug,
        article: id,
        error: String(error),
        failures,
      });
    }
  }
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
    fragments.remove(id); // no longer scheduled, and never announced
  }
  return changed ? "announced" : decision.outcome;
}

/** An article that is restored with its place is not news: the earlier service published it. */
const newsOf = ({ places }: RenderedOffer): "news" | "restoring" => (places ? "restoring" : "news");

/** Writes a version to the ledger, and its event. Restoring an article in its earlier place is no event. */
function announce(
  { env, state, ledger, archiveSearch, fragments, events, broadcast }: ArticleParts,
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
  archiveSearch.forget(article.id);
  fragments.put(article.id, offer.fragments);
  // A restored article is an event only if it is live and webhooks are notified of it. Its event has a new sequence.
  if (place && !(notify && live)) return;
  const data = articleData(configuration(env).site, organization, article, revision);
  const at = place ? state.nextSeq() : seq;
  const event = { seq: at, type, article_id: article.id, revision, at: nowMs, data };
  if (notify) broadcast.event(event, () => filterInputOf(organization, article));
  else events.add(event);
}
