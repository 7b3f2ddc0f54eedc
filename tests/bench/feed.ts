import { articles, ORGANIZATION } from "./articles.ts";
import { COMMUNIQUE, call, communique } from "./communique.ts";
import { until } from "./until.ts";
import { type Server, serve } from "./workerd.ts";

const ITEMS = 50;
const PUBLISHED_WITHIN_MS = 30_000;
const METADATA = "CF-KV-Metadata";

/** Where the measured feed stands, and its key in KV. */
export const PATH = `${ORGANIZATION.slug}/feed.rss`;

type Headers = Record<string, string>;

/** A feed as the service made and serves it. */
export interface Feed {
  body: Uint8Array<ArrayBuffer>;
  /** What lies beside the body in KV, as JSON. */
  metadata: string;
  /** Headers of the whole answer, and of the one that says that nothing is new. */
  headers: { 200: Headers; 304: Headers };
}

/** Lets the service make a feed of 50 articles, published through its API. */
export async function publishedFeed(module: string): Promise<Feed> {
  await using server = await serve(communique(module));
  const origin = server.origin(COMMUNIQUE);
  await call(origin, "PUT", `organizations/${ORGANIZATION.slug}`, ORGANIZATION);
  await call(origin, "POST", "articles/batch", articles(ITEMS));
  const feed = await until("a feed of 50 articles", PUBLISHED_WITHIN_MS, async () => {
    const text = await (await fetch(`${origin}/${PATH}`)).text();
    return text.split("<item>").length === ITEMS + 1 ? fetch(`${origin}/${PATH}`) : null;
  });
  const etag = feed.headers.get("ETag") ?? "";
  const unchanged = await fetch(`${origin}/${PATH}`, { headers: { "If-None-Match": etag } });
  const inStore = await fetch(stored(server));
  return {
    body: new Uint8Array(await feed.arrayBuffer()),
    metadata: inStore.headers.get(METADATA) ?? "null",
    headers: { 200: own(feed), 304: own(unchanged) },
  };
}

/** Puts a feed into a server's KV. */
export async function store(server: Server, { body, metadata }: Feed): Promise<void> {
  await fetch(stored(server), { method: "PUT", body, headers: { [METADATA]: metadata } });
}

const stored = (server: Server) => `${server.origin("DOCUMENTS")}/${encodeURIComponent(PATH)}`;

/** The headers that a Worker gave, without those that workerd adds. */
function own(response: Response): Headers {
  const {
    "content-length": _,
    "transfer-encoding": __,
    date: ___,
    ...headers
  } = Object.fromEntries(response.headers);
  return headers;
}
