import { configuration } from "../../../env.ts";
import type { ChannelEvent } from "../../../model/event.ts";
import { fits } from "../../../model/filter.ts";
import { LIMITS } from "../../../model/limits.ts";
import type { Organization } from "../../../model/organization.ts";
import type { Backfill, Webhook } from "../../../model/webhook.ts";
import { articleData, filterInputOf } from "../../messages.ts";
import type { Ledger } from "../ledger.ts";
import type { ChannelParts } from "../subscribers.ts";

/** The ids of the articles to send to a new webhook, oldest first. Reads one article at a time: they may be large. */
export function backfillOf(
  ledger: Ledger,
  organization: Organization,
  { filter }: Pick<Webhook, "filter">,
  from: Backfill,
): string[] {
  const [since, most] = "last" in from ? ["", from.last] : [from.since, LIMITS.BACKFILL_ARTICLES];
  return ledger.latest(since, most).filter((id) => {
    const article = filter && ledger.entry(id)?.article;
    return !article || fits(filter, filterInputOf(organization, article));
  });
}

/** An article's current version as an event with the sequence of its last announcement; null if it is not live. */
export function publishedEvent({ env, ledger, state }: ChannelParts, id: string): ChannelEvent | null {
  const { organization } = state.read();
  const entry = ledger.entry(id);
  if (!organization || !entry?.live) return null;
  const { article, place } = entry;
  const { site } = configuration(env);
  return {
    seq: place.seq,
    type: "article.published",
    article_id: id,
    revision: place.revision,
    at: Date.now(),
    data: articleData(site, organization, article, place.revision),
  };
}
