import { RpcTarget } from "cloudflare:workers";
import * as v from "valibot";
import type { SafeArticle } from "../../feeds/item.ts";
import type { Audience, Reached } from "../../model/audience.ts";
import { ArticleEventType, type EventType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { filterInputOf } from "../messages.ts";
import type { Aggregators } from "./aggregators.ts";
import { decide } from "./decide.ts";
import type { SubscriptionStore } from "./hub/store.ts";
import type { Ledger } from "./ledger.ts";
import type { ChannelState } from "./state.ts";
import type { Reach, WebhookStore } from "./webhooks/store.ts";

interface Parts {
  state: ChannelState;
  ledger: Ledger;
  webhooks: WebhookStore;
  subscriptions: SubscriptionStore;
  aggregators: Aggregators;
}

/** Who would be told of an article. Reads the row of each webhook, and writes nothing. */
export class AudiencePart extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /**
   * Who would be told if an article were published, changed or withdrawn as it is given; of a scheduled one, on its date.
   * Null before the channel is described.
   */
  of(article: SafeArticle, version: string): Audience | null {
    const { state, ledger, webhooks, subscriptions, aggregators } = this.#parts;
    const { organization, closed } = state.read();
    if (!organization || closed) return null;
    const thenMs = Math.max(Date.now(), Date.parse(article.published_at));
    const offer = { article, version, from: "api" } as const;
    const decision = decide(organization.slug, ledger.seen(article.id), offer, thenMs);
    const event = decision.outcome === "announced" ? articleEvent(decision.type) : null;
    const reached = event ? webhooks.reach(event, filterInputOf(organization, article)).map(reachedOf) : [];
    const count = (...outcomes: Reached["outcome"][]) =>
      reached.filter(({ outcome }) => outcomes.includes(outcome)).length;
    return {
      organization: organization.slug,
      event,
      told: count("told"),
      held: count("paused", "disabled"),
      filtered: count("filtered"),
      webhooks: reached
        .sort((a, b) => Number(a.outcome === "told") - Number(b.outcome === "told"))
        .slice(0, LIMITS.AUDIENCE_NAMED),
      hub_subscriptions: event ? subscriptions.subscriberCount() : 0,
      readers: aggregators.all().reduce((sum, { subscribers }) => sum + subscribers, 0),
    };
  }
}

function reachedOf({ webhook: { id, description, url }, standing, rule }: Reach): Reached {
  const outcome = rule ? "filtered" : standing === "active" ? "told" : standing;
  return { webhook_id: id, description, host: new URL(url).host, outcome, rule };
}

const articleEvent = (type: EventType): Audience["event"] => (v.is(ArticleEventType, type) ? type : null);
