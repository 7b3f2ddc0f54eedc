import * as v from "valibot";
import { Explanation } from "../../delivery/explain.ts";
import { ShownHealth } from "../../delivery/health.ts";
import { Announcement } from "../../delivery/told.ts";
import { FORMATS } from "../../feeds/formats.ts";
import { Ambiguity, Evidence, OpenQuestion, PageField, Place } from "../../intake/parsed-page.ts";
import { Aggregator } from "../../model/aggregator.ts";
import {
  ArticleCounts,
  ArticleInput,
  AttributionInput,
  ListedArticle,
  ShownArticle,
} from "../../model/article.ts";
import { Attribution, Findings } from "../../model/attribution.ts";
import { AuditEntry } from "../../model/audit.ts";
import { CopiedPage } from "../../model/copied.ts";
import { Delivery, DeliveryLog, LastOutcome, OrganizationDelivery } from "../../model/delivery.ts";
import { Draft, DraftInput } from "../../model/draft.ts";
import { AlertedWebhook, ArticleEventType, EventData, EventType, sequence } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { Organization, OrganizationInput, ShownOrganization } from "../../model/organization.ts";
import { Preview } from "../../model/preview.ts";
import { PublisherList } from "../../model/publisher.ts";
import { Reader, ReaderInput } from "../../model/reader.ts";
import { RecordProblem } from "../../model/record.ts";
import { Session, SignInLink } from "../../model/session.ts";
import { ShownSource, SourceInput } from "../../model/source.ts";
import { Subscription } from "../../model/subscription.ts";
import { timestamp } from "../../model/time.ts";
import { ListedToken, Me, Token, TokenInput } from "../../model/token.ts";
import { Usage } from "../../model/usage.ts";
import { ArticleVersion } from "../../model/version.ts";
import {
  Replay,
  Rotation,
  SharedWebhook,
  SharedWebhookChange,
  SharedWebhookInput,
  Webhook,
  WebhookChange,
  WebhookInput,
} from "../../model/webhook.ts";
import { Problem } from "../problem.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A page of a list. */
const pageOf = <const K extends string, const S extends v.GenericSchema>(key: K, item: S) =>
  v.object({
    [key]: v.array(item),
    cursor: v.pipe(v.nullable(v.string()), v.description("For the next page; null on the last.")),
  });

const secret = v.pipe(v.string(), v.description("`whsec_…`. Shown only in this response."));
const Tested = v.object({ delivery_id: v.string(), event_id: v.string() });
const standing = {
  health: v.pipe(
    v.nullable(ShownHealth),
    v.description("Null until its settings are stored where it is served."),
  ),
  last_outcome: v.pipe(
    v.nullable(LastOutcome),
    v.description("How its last settled delivery has ended; null when there is none."),
  ),
};
const ListedWebhook = v.object({ ...Webhook.entries, ...standing });
const ListedSharedWebhook = v.object({ ...SharedWebhook.entries, ...standing });
const atCreation = {
  secret,
  test: v.exactOptional(v.pipe(Tested, v.description("With `ping`: the test that is sent."))),
};
const feedAddress = v.pipe(
  v.string(),
  v.description("Anyone who has it can read the feed. Shown only in this response."),
);

/** The result of one line; `status` is what a request of its own would have returned. */
const LineResult = v.union([
  v.object({ line: count, status: v.picklist([200, 201]), id: v.string() }),
  v.object({ line: count, status: count, id: v.exactOptional(v.string()), problem: Problem }),
]);
export type LineResult = v.InferOutput<typeof LineResult>;

const { title, ...told } = ArticleInput.entries;
const ProposedArticle = v.object({
  title: v.exactOptional(title),
  published_at: told.published_at,
  published_precision: told.published_precision,
  authors: told.authors,
  source: told.source,
  url: told.url,
  summary: told.summary,
  image: told.image,
  content_text: told.content_text,
  content_html: told.content_html,
  language: told.language,
  organizations: told.organizations,
});
const places = v.exactOptional(v.array(Place));

/** What was recognized in a copied page: a body for `POST /articles`, and where each field comes from. */
const Proposal = v.object({
  article: v.union([ShownArticle, ProposedArticle]),
  understood: v.object({
    title: places,
    published_at: places,
    authors: places,
    source: places,
    content_text: places,
    language: places,
    organizations: v.array(Attribution),
  }),
  evidence: v.pipe(
    v.object(v.entriesFromList(PageField.options, v.exactOptional(Evidence))),
    v.description("For each field, what it was taken from, and how sure that is."),
  ),
  ambiguities: v.pipe(
    v.array(Ambiguity),
    v.description("What `title` or `published_at` in the request must decide before it is published."),
  ),
  doubts: v.array(OpenQuestion),
  left_out: v.array(Place),
});

/** An event with its id. Of an event about a webhook, the data say more by its type. */
const ListedEvent = v.object({
  id: v.pipe(v.string(), v.description("The `webhook-id` of its deliveries.")),
  type: EventType,
  timestamp,
  sequence,
  data: v.union([
    EventData,
    v.looseObject({ organization: EventData.entries.organization, webhook: AlertedWebhook }),
  ]),
});

/** Every schema of the API by its name in the document: requests first, then responses. */
export const SCHEMAS = {
  ArticleInput,
  ArticleList: v.pipe(v.array(ArticleInput), v.maxLength(LIMITS.BATCH_LINES)),
  AttributionInput,
  CopiedPage,
  PublisherList,
  OrganizationInput,
  DraftInput,
  ReaderInput,
  WebhookInput,
  WebhookChange,
  SharedWebhookInput,
  SharedWebhookChange,
  Rotation,
  Replay,
  SourceInput,
  TokenInput,
  Text: v.string(),

  Article: ShownArticle,
  ArticlePage: pageOf("articles", ListedArticle),
  ArticleCounts,
  BatchResult: v.object({ accepted: count, failed: count, results: v.array(LineResult) }),
  Findings,
  Preview,
  Announcement,
  ArticleVersion,
  VersionList: v.object({ versions: v.array(ArticleVersion) }),
  Proposal,
  Organization: ShownOrganization,
  OrganizationPage: pageOf("organizations", Organization),
  Subscribers: v.object({
    feeds: v.array(v.object({ feed: v.string(), subscribers: count })),
    aggregators: v.array(Aggregator),
  }),
  Draft,
  DraftPage: pageOf("drafts", Draft),
  Reader,
  NewReader: v.object({
    ...Reader.entries,
    feeds: v.object(Object.fromEntries(FORMATS.map(({ name }) => [name, feedAddress]))),
  }),
  ReaderPage: pageOf("readers", Reader),
  ListedWebhook,
  WebhookWithHealth: v.object({ ...Webhook.entries, health: ShownHealth }),
  NewWebhook: v.object({ ...Webhook.entries, ...atCreation }),
  WebhookPage: pageOf("webhooks", ListedWebhook),
  ListedSharedWebhook,
  SharedWebhookWithHealth: v.object({ ...SharedWebhook.entries, health: ShownHealth }),
  NewSharedWebhook: v.object({ ...SharedWebhook.entries, ...atCreation }),
  SharedWebhookPage: pageOf("webhooks", ListedSharedWebhook),
  Rotated: v.object({ secret, former_signs_until: timestamp }),
  Tested,
  Replayed: v.object({ replayed: count }),
  Explained: v.object({ article_id: v.string(), webhook_id: v.string(), ...Explanation.entries }),
  Delivery,
  DeliveryLog,
  DeliveryPage: pageOf("deliveries", Delivery),
  OrganizationDeliveryPage: pageOf("deliveries", OrganizationDelivery),
  Subscription,
  SubscriptionPage: pageOf("subscriptions", Subscription),
  Source: ShownSource,
  SourcePage: pageOf("sources", ShownSource),
  Me,
  Token: ListedToken,
  NewToken: v.object({
    ...Token.entries,
    token: v.pipe(v.string(), v.description("`tok_…`. Shown only in this response.")),
    ...v.partial(SignInLink).entries,
  }),
  SignInLink,
  SessionList: v.object({ sessions: v.array(Session) }),
  TokenPage: pageOf("tokens", ListedToken),
  AuditEntry,
  AuditPage: pageOf("entries", AuditEntry),
  RecordProblem,
  RecordProblemPage: pageOf("problems", RecordProblem),
  Usage,
  Problem,
  EventPage: v.object({
    events: v.array(ListedEvent),
    cursor: v.pipe(
      v.string(),
      v.description("Send it as `after` to list what comes next, also if there is nothing yet."),
    ),
  }),
  Alert: v.object({ type: ArticleEventType, timestamp, sequence, data: EventData }),
  OpenApi: v.record(v.string(), v.unknown()),
} satisfies Record<string, v.GenericSchema>;
/** The name of a schema in the document. */
export type SchemaName = keyof typeof SCHEMAS;
