import * as v from "valibot";
import { customHeaders } from "./custom-headers.ts";
import { ArticleEventType, EventType } from "./event.ts";
import { filterQuery, parseFilter } from "./filter.ts";
import { LIMITS } from "./limits.ts";
import { SHARED, slug } from "./slug.ts";
import { textLine } from "./text.ts";
import { moment, timestamp } from "./time.ts";

/** The names of the formats. `delivery/formats.ts` has a row for each. */
export const FormatName = v.picklist(["standard", "cloudevents", "slack", "discord", "teams", "text"]);

const wholeNumber = (least: number, most: number) =>
  v.pipe(
    v.number(),
    v.integer("must be a whole number"),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  );

const url = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(LIMITS.URL_CHARACTERS),
  v.description("A public https address."),
);
const events = v.pipe(
  v.array(EventType),
  v.minLength(1, "must name at least one event type"),
  v.transform((types) => [...new Set(types)]),
);
const description = textLine(LIMITS.TITLE_CHARACTERS);

/** A filter as a query string in its canonical form, as feeds accept it. */
const filter = v.pipe(
  v.string(),
  v.maxLength(LIMITS.FILTER_CHARACTERS),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const read = parseFilter(new URLSearchParams(dataset.value));
    if (read.ok) return filterQuery(read.value);
    const errors = "errors" in read.failure ? read.failure.errors : [];
    addIssue({ message: errors.map(({ path, message }) => `${path} ${message}`).join("; ") });
    return NEVER;
  }),
  v.description("Which articles, as the query of a feed's address: `tag=heritage&language=en,fr`."),
);

const ownSecret = v.pipe(
  v.string(),
  v.description("Your own: `whsec_` and base64 of 24 to 64 bytes. Without it there is a new one."),
);

/** Optional settings of a webhook. */
const settings = {
  filter,
  ordered: v.pipe(
    v.boolean(),
    v.description("Strictly in order: an event that cannot be delivered holds back the later ones."),
  ),
  retry_seconds: v.pipe(
    v.array(wholeNumber(1, LIMITS.RETRY_DELAY_SECONDS)),
    v.maxLength(LIMITS.RETRIES, `must have at most ${LIMITS.RETRIES} waits`),
    v.description("How long to wait after each failed try, in place of the usual schedule; `[]` is one try."),
  ),
  per_minute: v.pipe(
    wholeNumber(1, LIMITS.DELIVERIES_PER_MINUTE),
    v.description("At most so many deliveries are begun in a minute. Not with `batch_seconds`."),
  ),
  batch_seconds: v.pipe(
    wholeNumber(1, LIMITS.BATCH_SECONDS),
    v.description("At most one request in so many seconds, with all that has come for it."),
  ),
  quiet_seconds: v.pipe(
    wholeNumber(0, LIMITS.QUIET_SECONDS),
    v.description(
      "An article's event is sent when there was no other for so many seconds: of several edits the last.",
    ),
  ),
  include: v.pipe(
    v.picklist(["full", "summary"]),
    v.description("`summary`: of an article only ids, title, summary, addresses and dates. Default: `full`."),
  ),
  headers: v.pipe(
    customHeaders,
    v.description("Sent with every delivery. Written and never read again, since some are secrets."),
  ),
};

/** Which older articles to send to a new webhook. */
export const Backfill = v.pipe(
  v.union(
    [v.strictObject({ last: wholeNumber(1, LIMITS.BACKFILL_ARTICLES) }), v.strictObject({ since: moment })],
    `must be {"last": 1 to ${LIMITS.BACKFILL_ARTICLES}} or {"since": a moment}`,
  ),
  v.description("Articles older than the webhook that it is told of, oldest first."),
);
export type Backfill = v.InferOutput<typeof Backfill>;

/** The body of a request that creates a webhook. `delivery/addresses.ts` checks its address. */
export const WebhookInput = v.strictObject({
  url,
  events: v.optional(events, [...ArticleEventType.options]),
  format: v.optional(FormatName, "standard"),
  description: v.optional(description, ""),
  ...v.partial(v.object(settings)).entries,
  secret: v.exactOptional(ownSecret),
  backfill: v.exactOptional(Backfill),
  ping: v.exactOptional(
    v.pipe(v.boolean(), v.description("Whether a `webhook.test` is sent to it at once.")),
  ),
});

/** The body of a request that changes a webhook. `null` removes a setting. */
export const WebhookChange = v.strictObject({
  url: v.exactOptional(url),
  events: v.exactOptional(events),
  format: v.exactOptional(FormatName),
  description: v.exactOptional(description),
  filter: v.exactOptional(v.nullable(settings.filter)),
  ordered: v.exactOptional(settings.ordered),
  retry_seconds: v.exactOptional(v.nullable(settings.retry_seconds)),
  per_minute: v.exactOptional(v.nullable(settings.per_minute)),
  batch_seconds: v.exactOptional(v.nullable(settings.batch_seconds)),
  quiet_seconds: v.exactOptional(v.nullable(settings.quiet_seconds)),
  include: v.exactOptional(v.nullable(settings.include)),
  headers: v.exactOptional(v.nullable(settings.headers)),
  paused: v.exactOptional(v.boolean()),
});
export type WebhookChange = v.InferOutput<typeof WebhookChange>;

/** What to send again: failed deliveries, events since a time, or both. */
export const Replay = v.pipe(
  v.strictObject({ since: v.exactOptional(moment), status: v.exactOptional(v.literal("failed")) }),
  v.check(
    ({ since, status }) => since !== undefined || status !== undefined,
    "must name since, status, or both",
  ),
);

/** The body of a request that rotates a secret: an optional secret, and how long the old one also signs. */
export const Rotation = v.strictObject({
  secret: v.exactOptional(ownSecret),
  overlap_seconds: v.optional(
    wholeNumber(0, LIMITS.MOST_SECRET_OVERLAP_SECONDS),
    LIMITS.SECRET_OVERLAP_SECONDS,
  ),
});

/** A webhook as it is stored. The secret is shown once, at creation; of headers, only the names are shown. */
export const Webhook = v.object({
  id: v.string(),
  organization: v.string(),
  ...v.omit(WebhookInput, ["secret", "backfill", "headers", "ping"]).entries,
  events: v.array(EventType),
  format: FormatName,
  description: v.string(),
  header_names: v.exactOptional(v.array(v.string())),
  created_at: timestamp,
});
/** As objects store it: of a shared webhook, `organization` is {@link SHARED}, and it has what a shared one has besides. */
export type Webhook = v.InferOutput<typeof Webhook> & Partial<SharedFields>;

const organizations = v.pipe(
  v.union(
    [
      v.literal("all"),
      v.pipe(
        v.array(slug),
        v.minLength(1, "must name at least one organization"),
        v.maxLength(LIMITS.ORGANIZATIONS_PER_WEBHOOK),
        v.transform((slugs) => [...new Set(slugs)]),
      ),
    ],
    'must be "all" or a list of slugs',
  ),
  v.description(
    "Slugs, or `all`: of the operator, every organization, also one that is created later; of a token, those that it is for.",
  ),
);

const shared = {
  organizations: v.pipe(
    v.union([v.literal("all"), v.array(v.string())]),
    v.description("The organizations that it is for. Deleted ones are left out."),
  ),
  owner: v.pipe(
    v.string(),
    v.description("`admin`, or the id of the token that it belongs to and ends with."),
  ),
};
type SharedFields = { [K in keyof typeof shared]: v.InferOutput<(typeof shared)[K]> };

/** The body of a request that creates a shared webhook. */
export const SharedWebhookInput = v.strictObject({ organizations, ...WebhookInput.entries });

/** The body of a request that changes a shared webhook. */
export const SharedWebhookChange = v.strictObject({
  organizations: v.exactOptional(organizations),
  ...WebhookChange.entries,
});

/** A webhook for several organizations, as the API shows it. */
export const SharedWebhook = v.object({ ...v.omit(Webhook, ["organization"]).entries, ...shared });

/** A webhook as the API shows it: a shared one has no organization of its own. */
export function shownWebhook<W extends Webhook>(
  webhook: W,
): Omit<W, "organization"> & { organization?: string } {
  const { organization, ...rest } = webhook;
  return organization === SHARED ? rest : webhook;
}

/** Applies a change to a webhook. The values of its headers are stored elsewhere. */
export function changedWebhook(
  webhook: Webhook,
  change: WebhookChange & { organizations?: Webhook["organizations"] },
): Webhook {
  const { paused: _paused, headers, ...said } = change;
  const names = headers && { header_names: Object.keys(headers) };
  const { header_names, ...before } = webhook;
  const fields = {
    ...before,
    ...(headers === undefined && header_names ? { header_names } : names),
    ...said,
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null),
  ) as unknown as Webhook;
}
