import { HUB_LIMITS } from "./hub-limits.ts";

/**
 * Every bound of the service in one table, with its unit in its name.
 * Where the platform sets the bound, the comment says so; the others are choices.
 */
export const LIMITS = {
  // Articles and organizations
  TITLE_CHARACTERS: 500,
  NAME_CHARACTERS: 200,
  SUMMARY_CHARACTERS: 5_000,
  CONTENT_CHARACTERS: 400_000,
  URL_CHARACTERS: 2_000,
  TAG_CHARACTERS: 100,
  TAGS: 50,
  AUTHORS: 50,
  ATTACHMENTS: 20,
  DURATION_SECONDS: 1_000_000,
  /** Each is one call: under the free plan's 50 subrequests. */
  ORGANIZATIONS_PER_ARTICLE: 40,
  /** Open elements inside each other. Browsers stop near 500; the functions that walk the tree are recursive. */
  HTML_DEPTH: 256,
  /**
   * What parsing may build, where an element counts 50 and its attributes their characters. HTML's parser opens
   * unclosed formatting again in each new block, so that 15 kB of markup can become a gigabyte of elements.
   */
  HTML_MARKUP: 1_000_000,
  /** Candidates read of one image's `srcset`. */
  SRCSET_CANDIDATES: 50,
  ALIASES: 50,
  /** Publishers of copied pages, on the operator's list: it stands in one row of SQL. */
  PUBLISHERS: 500,
  SOURCES: 20,
  HUBS: 3,
  /** Those of one organization together: they stand in KV metadata, whose size is bounded. */
  HUBS_CHARACTERS: 150,
  SLUG_CHARACTERS: 64,
  ARTICLE_ID_CHARACTERS: 100,

  /**
   * An article's record and each of its fragments, in UTF-8: 50 of them stay under KV's 25 MiB a value, and the
   * four together under the 2 MB of a SQL row (platform bounds).
   */
  FRAGMENT_BYTES: 450_000,

  // Requests
  BODY_BYTES: 500_000,
  /** Nesting of objects and arrays. Functions that walk JSON recurse, and the stack holds some 7,000 levels. */
  JSON_DEPTH: 6_000,
  /** Entries of one array or object in a request: far more than any field accepts, and few enough to report errors. */
  INPUT_ENTRIES: 1_000,
  /** Of the path and of the message of an invalid field: what was given may stand in both. */
  ERROR_CHARACTERS: 500,
  BATCH_BODY_BYTES: 10_000_000,
  BATCH_LINES: 500,
  PAGE_ITEMS: 50,
  /** Articles that one page of a list is searched in for words. */
  ARTICLES_SEARCHED: 500,
  /** Articles of one state that are counted: a count reads a row for each. */
  ARTICLES_COUNTED: 100,
  /** Lines of a copied page that are read: each may cost 80 µs of CPU. */
  PAGE_LINES: 2_000,
  /** Bytes of an HTML page that is fetched. */
  PAGE_BYTES: 1_000_000,
  /** Elements of a page in which its readable part is looked for: the search is not linear. */
  PAGE_ELEMENTS: 4_000,
  /** Characters of such a page, each as often as elements stand around it. */
  PAGE_READ_CHARACTERS: 4_000_000,
  /** Lines in one request of an import. */
  IMPORT_LINES: 500,
  /** Lines of an import that are stored together, and their characters: what one request keeps in memory. */
  IMPORT_GROUP_LINES: 50,
  IMPORT_GROUP_CHARACTERS: 2_000_000,
  /** Lines after which a page of an export ends, and calls: an article may stand in 39 channels more (platform: 50). */
  EXPORT_LINES: 200,
  EXPORT_CHARACTERS: 2_000_000,
  EXPORT_CALLS: 9,
  IDEMPOTENCY_KEY_CHARACTERS: 255,
  IDEMPOTENCY_KEPT_HOURS: 24,
  /** A request that has not ended after this has died: the same one may be sent again. */
  IDEMPOTENCY_LEASE_SECONDS: 60,
  /** How long a repeated request waits for the answer of the first one before it is told to come again. */
  IDEMPOTENCY_WAIT_MS: 2_000,
  TOKENS: 1_000,
  /** Fewer could be guessed, or were a word. */
  ADMIN_TOKEN_CHARACTERS: 32,
  /** How exactly the last use of a token is known: each is at most one write in so long. */
  TOKEN_USE_SECONDS: 3_600,
  /** Entries in each log of the audit log: the newest so many, and none older than so many days. */
  AUDIT_ENTRIES: 10_000,
  AUDIT_KEPT_DAYS: 365,
  /** Entries that one page is searched in for those of an actor or an action: the page may end early. */
  AUDIT_SEARCHED: 1_000,
  /** What one entry lists, as JSON: the five hundred articles of a batch, with ids of ours. */
  AUDIT_CHARACTERS: 20_000,
  /** Entries of an older store that are moved in one call. */
  AUDIT_ENTRIES_PER_CALL: 500,
  /** Organizations whose names are read in one call: with 50 long aliases each, ten megabytes. */
  NAMES_PER_CALL: 1_000,
  /** Organizations that an isolate adds to its index before others may go on: with six names each, some 5 ms. */
  NAMES_INDEXED: 100,
  /** Characters of text that are searched for names before others may go on: some 20 ms. */
  NAMES_SEARCHED_CHARACTERS: 100_000,

  // Feeds
  FEED_ITEMS: 50,
  /** Of the summary of an article in the feed of the whole service. */
  HEADLINE_CHARACTERS: 300,
  SITE_FEED_MAX_AGE_SECONDS: 300,
  /** Headlines on the home page. */
  HOME_HEADLINES: 8,
  /** Of the items in a feed, in each format: with its head a feed stays under 2 MB. The others are in its archive. */
  FEED_ITEMS_BYTES: 1_950_000,
  /** Articles in one archive document. */
  ARCHIVE_ITEMS: 50,
  /** An archive document that is full changes only when one of its articles does. */
  ARCHIVE_MAX_AGE_SECONDS: 86_400,
  /** Withdrawn articles that a feed remembers. */
  TOMBSTONES: 50,
  PAGE_MAX_AGE_SECONDS: 60,
  /** Languages and time zones for which an isolate keeps what writes dates. */
  DATE_FORMATTERS: 200,
  /** Organizations in one page of the public list: a change of one rewrites its page only. */
  LIST_ORGANIZATIONS: 100,
  /** Characters of a description in the list. */
  LIST_DESCRIPTION_CHARACTERS: 300,
  /** Pages of the list in one OPML document: one KV read (platform: at most 100 keys). */
  OPML_PAGES: 10,
  /** Pages of the list of organizations in the index of sitemaps: as many keys as KV reads at once (platform). */
  SITEMAP_PAGES: 100,
  /** Pages of the list written in one alarm: each is one KV write. */
  LIST_WRITES: 10,
  FEED_STALE_SECONDS: 86_400,
  /** What the Workers Cache keeps, it shows no longer than KV shows an old value. */
  EDGE_SECONDS: 60,
  /** Purges in a minute, and at once: under the platform's five and 25 of an account ... */
  PURGES_PER_MINUTE: 4,
  PURGES_AT_ONCE: 20,
  /** ... of so many tags each (platform). */
  PURGED_TAGS: 100,
  /** The period of the limiters in wrangler.toml (platform: 10 or 60). */
  LIMITER_SECONDS: 60,
  READERS_PER_ORGANIZATION: 10_000,
  DRAFTS_PER_ORGANIZATION: 1_000,
  /** Versions of an article that a channel keeps, the latest among them. */
  VERSIONS_KEPT: 20,
  /** Of a line of a draft, which may be longer than it may be in an article. */
  DRAFT_LINE_CHARACTERS: 4_000,
  /** Aggregators remembered by organization ... */
  AGGREGATORS: 200,
  /** ... and new ones in an hour: in a day fewer than are remembered. */
  NEW_AGGREGATORS_PER_HOUR: 8,
  /** What aggregators reported lately, in one isolate. */
  REPORTS_REMEMBERED: 1_000,
  /** How long an isolate answers with a hot feed that it has read, without asking KV ... */
  HOT_SECONDS: 10,
  /** ... how often it must have been asked for within that time: a feed that few ask for gains nothing ... */
  HOT_REQUESTS: 100,
  /** ... of how many feeds that is counted, and how much is kept: an isolate has 128 MB (platform). */
  HOT_COUNTED: 10_000,
  HOT_BYTES: 16_000_000,
  /** Of a key in KV, as JSON (platform). */
  KV_METADATA_BYTES: 1_024,
  /** KV keeps a read in the location it was made from for at least 30 s (platform minimum). */
  KV_CACHE_SECONDS: 30,

  /** Fragments in one call to a channel, in characters: an RPC message has room for 32 MiB (platform). */
  HANDOVER_CHARACTERS: 4_000_000,
  /** Of a text in one call; a character may take two bytes. A longer one goes as a stream, which has no limit. */
  RPC_TEXT_CHARACTERS: 8_000_000,
  /** Characters of the articles or drafts in one answer of a channel, which may take two bytes each there. */
  ANSWER_CHARACTERS: 8_000_000,

  /** Names that lead to an organization's address: each is three KV writes when the address changes. */
  FORMER_ADDRESSES: 10,

  // Filters
  /** Organizations in one combined feed: each is one KV read. */
  FILTER_ORGANIZATIONS: 10,
  FILTER_VALUES: 20,
  /** Filtered feeds that an isolate keeps as it made them. */
  MADE_FEEDS_BYTES: 4_000_000,
  /** How long it keeps one with articles of the archive: they can change while the feed's own document does not. */
  SEARCHED_FEED_SECONDS: 10,
  /** Archive documents that are searched for what a filter wants in one call: a row of SQL each ... */
  ARCHIVES_SEARCHED: 100,
  /** ... and those of which that row is made first, from its articles ... */
  ARCHIVES_LISTED: 40,
  /** ... unless it would be larger: a row has room for 2 MB (platform). */
  ARCHIVE_LISTING_CHARACTERS: 500_000,
  /** A feed that is searched for words considers its newest items, up to this many characters. */
  SEARCHED_CHARACTERS: 600_000,
  /** An article of the archive counts as so many at least: each is a row that is read. */
  SEARCHED_ARTICLE_CHARACTERS: 1_000,

  // Publishing: KV takes one write a second to a key, so a burst becomes one rebuild.
  PUBLISH_QUIET_MS: 1_000,
  PUBLISH_LATEST_MS: 5_000,
  /** The wait after a first failure; each further failure in a row doubles it ... */
  BACKOFF_FIRST_MS: 5_000,
  /** ... up to this. Quotas are daily: a retry each five seconds would use up a day's rows. */
  BACKOFF_MOST_MS: 3_600_000,
  /** Targets told by the directory in one alarm, under the free plan's 50 subrequests. */
  RELAY_TARGETS: 40,
  /** The record of an organization that is written so long after its change was written late. */
  RECORD_LATE_MS: 10_000,
  /** An alarm whose process died goes off again after this. */
  ALARM_AGAIN_MS: 5_000,
  /** Scheduled articles published in one alarm; the next follows at once. */
  SCHEDULED_RELEASED: 50,
  /** A Worker's connections waiting for response headers at once (platform: 6); also our cap on calls. */
  CONNECTIONS: 6,
  /** Outbox entries after which a batch of articles goes on in another transaction: some 50 ms. One article has its own. */
  ACCEPTED_ENTRIES: 10_000,
  /** Events in one call to an endpoint ... */
  EVENTS_PER_CALL: 25,
  /** ... and characters of their data ... */
  DRAIN_BYTES: 4_000_000,
  /** ... and of all calls under way, besides one event each: they stay far under an object's 128 MB (platform). */
  RELAYED_CHARACTERS: 12_000_000,
  /** Webhooks that the watchdog is told of, or no longer, in one call. */
  WATCHED_PER_CALL: 100,
  /** Every event of an organization is kept for this long, also those that no webhook wants. */
  EVENTS_KEPT_DAYS: 30,
  /** Old events deleted in one step; the next step follows at once. */
  EVENTS_PRUNED: 500,
  /** Characters of data in a page of events, which has one event at least. */
  EVENTS_PAGE_CHARACTERS: 1_000_000,
  /** Sequence numbers that one page is searched in for events of some types: the page may end early. */
  EVENTS_SEARCHED: 1_000,
  /** How long a request for events may wait for one ... */
  EVENTS_WAIT_SECONDS: 25,
  /** ... and how many may wait at an organization's channel; a further one is answered at once. */
  EVENT_WAITERS: 100,

  /** Webhooks that are named where it is shown who would be told of an article. */
  AUDIENCE_NAMED: 100,

  // The console
  SESSION_IDLE_SECONDS: 43_200,
  SESSION_SECONDS: 2_592_000,
  SESSIONS_PER_TOKEN: 50,
  /** When a session was last used is written once in so many minutes. */
  SESSION_SEEN_MINUTES: 10,
  SIGN_IN_LINK_SECONDS: 86_400,
  /** How long a link that has expired is known as one. */
  SIGN_IN_LINK_KNOWN_SECONDS: 604_800,
  LANGUAGE_COOKIE_SECONDS: 31_536_000,
  /** Of a form of the console: an article with its HTML, whose characters may take three bytes each. */
  FORM_BYTES: 2_000_000,
  /** Rows in a table of the console. */
  CONSOLE_ROWS: 25,

  // Delivery
  WEBHOOKS_PER_ORGANIZATION: 10_000,
  /** Webhooks of an organization at one host, by its own tokens: each is a request an article. */
  WEBHOOKS_PER_HOST: 20,
  /** Shared webhooks of the service. */
  SHARED_WEBHOOKS: 1_000,
  /** Shared webhooks of one token. */
  SHARED_WEBHOOKS_PER_TOKEN: 20,
  /** Organizations that a shared webhook can name; `all` has no limit. */
  ORGANIZATIONS_PER_WEBHOOK: 100,
  /** Changes of what shared webhooks are for, in one step. */
  COVERAGES_PER_CALL: 10,
  /** How long a shared webhook waits for the other organizations of an article: two tries of a channel that fails. */
  GATHER_MS: 20_000,
  /** How many versions of articles that have waited for them are told in one step, and how many characters these have. */
  GATHERED_TOLD: 100,
  GATHERED_CHARACTERS: 8_000_000,
  /** How many old rows of gathered events are deleted in one step. */
  GATHERED_PRUNED: 500,
  /** Deliveries sent, then written down, together: a row at a time would halve the speed. */
  DELIVERIES_PER_ROUND: 12,
  /** Rounds in one alarm: 36 deliveries, under the free plan's 50 subrequests an invocation. */
  ROUNDS_PER_ALARM: 3,
  ATTEMPT_TIMEOUT_MS: 15_000,
  /** How long who hands over an event waits for the first response to it: what succeeds in it is written once. */
  FIRST_TRY_MS: 250,
  /** For a receiver that has timed out once, and for one that has so again: a hanging one must not use up GB-s. */
  SECOND_TIMEOUT_MS: 10_000,
  FURTHER_TIMEOUT_MS: 5_000,
  RESPONSE_KEPT_BYTES: 4_096,
  /** Of a request's body, in the log of deliveries: the event is stored whole beside it. */
  REQUEST_KEPT_CHARACTERS: 1_024,
  DELIVERIES_KEPT_DAYS: 30,
  /** Deliveries that one page is searched in for those that a filter wants: the page may end early. */
  DELIVERIES_SEARCHED: 1_000,
  /** Deliveries forgotten in one step. */
  PRUNED_DELIVERIES: 500,
  RETRIES: 20,
  RETRY_DELAY_SECONDS: 604_800,
  /** The longest wait that a `Retry-After` is believed. */
  RETRY_AFTER_SECONDS: 86_400,
  /** Between requests to a receiver that has refused one as too many (429); each further refusal doubles it ... */
  REFUSED_GAP_MS: 1_000,
  /** ... up to this ... */
  REFUSED_GAP_MOST_MS: 60_000,
  /** ... and it holds so long after the last. */
  REFUSED_PACE_MS: 600_000,
  /** Failures in a row after which a webhook is listed as a problem. */
  PROBLEM_FAILURES: 2,
  /** An endpoint is disabled when it has failed without a break for this long ... */
  DISABLE_AFTER_DAYS: 5,
  /** ... and at least this often. */
  DISABLE_AFTER_ATTEMPTS: 20,
  /** Undelivered events that an endpoint keeps while its receiver fails, or it is paused or disabled. */
  HELD_DELIVERIES: 5_000,
  /** Notices of an endpoint handed to its channel in one call. */
  NOTICES_PER_CALL: 25,
  BACKFILL_ARTICLES: 500,
  CUSTOM_HEADERS: 20,
  CUSTOM_HEADER_CHARACTERS: 2_000,
  FILTER_CHARACTERS: 2_000,
  DELIVERIES_PER_MINUTE: 6_000,
  BATCH_SECONDS: 3_600,
  /** How long a webhook may want an article to be quiet; an article that is edited on and on is told as often. */
  QUIET_SECONDS: 3_600,
  BATCH_MESSAGES: 100,
  /** The body of a request with several messages; one message alone may be larger. */
  BATCH_BYTES: 1_000_000,
  /** Old secrets that still sign, after rotations in quick succession. */
  FORMER_SECRETS: 3,
  SECRET_OVERLAP_SECONDS: 86_400,
  MOST_SECRET_OVERLAP_SECONDS: 604_800,

  ...HUB_LIMITS,

  /**
   * Objects that a channel calls in one alarm, all at once: a slow one delays nobody. The next alarm follows at once.
   * Calls to objects are no connections of those that the platform allows six of.
   */
  CHANNEL_CALLS: 45,
  /** Bytes of a document in one row of SQL: a row has room for 2 MB (platform). */
  DOCUMENT_PART_BYTES: 1_000_000,

  // Upstream feeds
  SOURCE_BYTES: 2_097_152,
  SOURCE_TIMEOUT_MS: 20_000,
  SOURCE_REDIRECTS: 5,
  /** Items read of one document: the others are passed over. */
  SOURCE_ITEMS: 1_000,
  /** Items taken in at first contact, the newest: as many as a feed of ours shows. */
  SOURCE_FIRST_ITEMS: 50,
  /** Pages of a feed read at first contact (`rel="next"`). */
  SOURCE_FIRST_PAGES: 5,
  /** Items that a source remembers, besides those that stand in its feed. */
  SOURCE_REMEMBERED_ITEMS: 2_000,
  /** Articles published in one alarm, with the calls that they need, under the free plan's 50 subrequests. */
  SOURCE_ARTICLES: 20,
  /** Organizations that the articles of one alarm may reach: each is up to three calls. */
  SOURCE_CHANNELS: 8,
  /** Organizations of one article, by a source: each is two calls. */
  SOURCE_ORGANIZATIONS: 20,
  SOURCE_POLL_SECONDS: 1_800,
  SOURCE_SOONEST_SECONDS: 900,
  SOURCE_LATEST_SECONDS: 86_400,
  /** By hand a source is asked again no sooner than this. */
  SOURCE_BY_HAND_SECONDS: 60,
  /** First polls of sources that are entered together are spread over this time. */
  SOURCE_SPREAD_MS: 10_000,
  /** The longest wait after articles of a source could not be stored. */
  SOURCE_PUBLISH_RETRY_MS: 3_600_000,
  /** Pushed documents of a source whose digests are kept, so that none of them counts twice. */
  PUSH_DIGESTS: 50,
  /** Of a hub that verifies a subscription. */
  CHALLENGE_CHARACTERS: 2_000,
  /** Sources that belong to the whole service. */
  SERVICE_SOURCES: 500,
  /** Sources in one page of their list: each is one call. */
  SOURCES_PAGE: 40,

  // The tick
  /** The service is shown as degraded when no tick has come for this long. */
  TICK_LATE_MS: 300_000,
  /** KV lists at most this many keys a call (platform). */
  SWEEP_LIST_KEYS: 1_000,
  /** Records read in one tick, in one bulk read (platform: at most 100). */
  SWEEP_READ_RECORDS: 50,
  /** Channels handed records in one tick, under the free plan's 50 subrequests. */
  SWEEP_CHANNELS: 40,
  /** Long-run seconds between sweeps: 86,400 / 90 = 960 lists a day of the free plan's 1,000 ... */
  SWEEP_INTERVAL_SECONDS: 90,
  /** ... this many times as long, 427 lists a day, while no other program has written a record ... */
  SWEEP_QUIET_TIMES: 2.25,
  /** ... and this many sweeps may come sooner, so that the first minutes of an edit are not waited for. */
  SWEEP_BURST: 30,
  /**
   * KV may show another location an old value for 60 s and more. A record that differs from the ledger is
   * believed only when the ledger has been still for this long: until then the ledger is newer.
   */
  KV_SETTLE_SECONDS: 120,
  /** Of those, the places kept for records that were handed over in vain before. */
  SWEEP_RETRIED_RECORDS: 10,
  /** An object is checked so long after it may have got something to do. */
  WATCH_EXPECT_MS: 180_000,
  /** Objects that a tick may check, under the free plan's 50 subrequests; more where all would take more ticks. */
  WATCH_CHECKS: 48,
  WATCH_TICKS: 50,
  /** Objects that a tick may check at least, whatever the records cost that it hands over. */
  WATCH_CHECKS_BESIDE_RECORDS: 3,
  /** How long an object that is checked is waited for: one that hangs must not hold up the others. */
  WATCH_ANSWER_MS: 10_000,
  /** Objects checked in a day though nothing is known to be due: each once, or so many. Under 2 % with the ticks. */
  WATCH_ROUND_A_DAY: 400,
  /** Counts are added to the totals so often, which is a row written. */
  METRICS_KEPT_MS: 600_000,
  /** Calls and deliveries that an isolate counts before it hands the counts on by a call of their own. */
  TALLIED_MOST: 1_000,
  /** Data points for Analytics Engine in one invocation (platform). */
  DATA_POINTS: 25,
  /** Objects with errors that are remembered. */
  OBJECT_ERRORS: 200,
  /** Lines that an isolate logs in a minute, in the long run: twenty busy isolates stay under 200,000 a day (platform) ... */
  LOG_LINES_PER_MINUTE: 7,
  /** ... and at once. */
  LOG_BURST_LINES: 400,
  /** An alarm this late is taken for lost. */
  ALARM_LATE_MS: 60_000,
  PROBLEMS: 1_000,
  /** Invalid fields that a problem lists: a page of problems is one answer of an object (platform: 32 MiB). */
  PROBLEM_ERRORS: 20,
} as const;
