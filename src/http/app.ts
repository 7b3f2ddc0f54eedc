import { Hono } from "hono";
import { FORMATS } from "../feeds/formats.ts";
import { logLine } from "../store/log.ts";
import { api } from "./api/routes.ts";
import type { App } from "./context.ts";
import { robots, serveOpml } from "./discovery.ts";
import { serveArchive } from "./feeds/archive.ts";
import { preflightFeed, serveCombined, serveFeed } from "./feeds/serve.ts";
import { askHub, hubPage, refusePlainly } from "./hub.ts";
import { route } from "./methods.ts";
import { messagePage } from "./pages/message.tsx";
import { privateArticle, servePrivateFeed } from "./private.ts";
import { refuse } from "./problem.ts";
import { publicKey } from "./public-key.ts";
import { article, home, notFoundPage, organization, page } from "./site.ts";

/** Every address of the service. */
export const app = new Hono<App>();

for (const format of FORMATS) {
  route(app, `/feed.${format.name}`, { GET: serveCombined(format), OPTIONS: preflightFeed });
  route(app, `/:organization/feed.${format.name}`, { GET: serveFeed(format), OPTIONS: preflightFeed });
  route(app, `/private/:key/:organization/feed.${format.name}`, { GET: servePrivateFeed(format) });
}
route(app, "/:organization/archive/:file", { GET: serveArchive, OPTIONS: preflightFeed });
route(app, "/private/:key/:organization/articles/:id", { GET: privateArticle });
route(app, "/hub", { GET: hubPage, POST: askHub });
route(app, "/feeds.opml", { GET: serveOpml });
route(app, "/robots.txt", { GET: robots });
app.route("/api/v1", api());
route(app, "/webhooks/public-key", { GET: publicKey });
route(app, "/health", { GET: (c) => c.json({ status: "ok" }) });
route(app, "/", { GET: home });
route(app, "/articles/:id", { GET: article });
route(app, "/:organization", { GET: (c) => organization(c) });

app.notFound((c) => (c.req.path.startsWith("/api/") ? refuse(c, { tag: "not-found" }) : notFoundPage()));

app.onError((error, c) => {
  logLine("error", "request", { method: c.req.method, path: c.req.path, error: String(error) });
  const detail = "Something went wrong here. Nothing you sent was half-done: it is safe to send it again.";
  const unavailable = { tag: "unavailable", detail, retryAfterSeconds: 5 } as const;
  if (c.req.path.startsWith("/api/")) return refuse(c, unavailable);
  if (c.req.path === "/hub") return refusePlainly(c, unavailable);
  return page(messagePage({ status: 503, title: "Not now", detail: "Please try again in a moment." }), 503);
});
