import { UNIT_COSTS } from "../model/costs.ts";
import { LIMITS } from "../model/limits.ts";

/** What one request costs at most. */
export interface Cost {
  kvReads: number;
  objectCalls: number;
}

const FREE: Cost = { kvReads: 0, objectCalls: 0 };
const { kvReads, objectRequests: objectCalls } = UNIT_COSTS.poll;
const ONE_READ: Cost = { kvReads, objectCalls };

/**
 * The directory twice (which organizations exist; how often was verified), the subscription, and each channel of the topic
 * twice (whether there is room; what is published). Renewing a topic from before the service moved asks the subscription
 * once more.
 */
const HUB_CALLS = 3 + 2 * LIMITS.FILTER_ORGANIZATIONS;

/**
 * What everybody can cause without a token, by route: the price of a flood. It decides which limit counts a request
 * (`fair-use.ts`), and a test counts what each really costs. OPTIONS and methods that a path does not have cost nothing.
 */
export const COSTS = {
  /** Of the whole service. */
  "GET /feed.{format} of all": { kvReads: 0, objectCalls: 1 },
  "GET /feed.{format}": { kvReads: LIMITS.FILTER_ORGANIZATIONS, objectCalls: 0 },
  "GET /:organization/feed.{format}": ONE_READ,
  /** Filtered; an excluded organization is read too. The channel is asked if few are found and there are archives. */
  "GET /:organization/feed.{format}?": { kvReads: 1 + LIMITS.FILTER_ORGANIZATIONS, objectCalls: 1 },
  /** By an aggregator that states its subscribers: the channel is told. */
  "GET /:organization/feed.{format} for subscribers": { kvReads: 1, objectCalls: 1 },
  "GET /:organization/archive/:file": { kvReads: 1, objectCalls: 1 },
  /** With a key that is not known to be wrong; a wrong one costs nothing. */
  "GET /private/:key/:organization/feed.{format}": { kvReads: 2, objectCalls: 1 },
  "GET /private/:key/:organization/archive/:file": { kvReads: 1, objectCalls: 2 },
  /** The second call is for an article whose time came just now. */
  "GET /private/:key/:organization/articles/:id": { kvReads: 2, objectCalls: 2 },
  /** In a form that another one stands for (`addresses.ts`). */
  "GET of another form": FREE,
  "GET /hub": FREE,
  "POST /hub": { kvReads: 0, objectCalls: HUB_CALLS },
  "GET /websub/:token": { kvReads: 0, objectCalls: 2 },
  /** Without the callback's token; with it and a signature one call more. */
  "POST /websub/:token": { kvReads: 0, objectCalls: 2 },
  "GET /qr.svg": FREE,
  "GET /:organization/qr.svg": FREE,
  "GET /feeds.opml": ONE_READ,
  "GET /robots.txt": FREE,
  "GET /sitemap.xml": ONE_READ,
  "GET /:organization/sitemap.xml": ONE_READ,
  "GET /favicon.svg": FREE,
  "GET /favicon.ico": FREE,
  "GET /apple-touch-icon.png": FREE,
  "GET /icons/:file": FREE,
  "GET /api/docs": FREE,
  "GET /api/docs/:file": FREE,
  "GET /api/v1/openapi.json": FREE,
  /** With a token that is not known to be wrong; a wrong one costs nothing. */
  "/api/v1": { kvReads: 0, objectCalls: 1 },
  /** Without a session: a cookie that the service did not make costs nothing. */
  "GET /admin": FREE,
  /** With a token that is not known to be wrong; a wrong one costs nothing. */
  "POST /admin/sign-in": { kvReads: 0, objectCalls: 1 },
  /** With a link that the service did not make. */
  "GET /admin/sign-in/:link": FREE,
  "POST /admin/sign-in/:link": FREE,
  "GET /admin/:file": FREE,
  "GET /webhooks/public-key": FREE,
  "GET /health": { kvReads: 0, objectCalls: 1 },
  /** Without the operator's token. */
  "GET /metrics": FREE,
  /** With the headlines of all organizations. */
  "GET /": { kvReads: 1, objectCalls: 1 },
  "GET /organizations": ONE_READ,
  /** The third read is for an article whose organizations are all closed, the call for one whose time came just now. */
  "GET /articles/:id": { kvReads: 3, objectCalls: 1 },
  "GET /:organization": ONE_READ,
  /** Of a part of its articles, as the filtered feed. */
  "GET /:organization?": { kvReads: 1 + LIMITS.FILTER_ORGANIZATIONS, objectCalls: 1 },
} as const satisfies Record<string, Cost>;
