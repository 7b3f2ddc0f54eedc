import { Hono } from "hono";
import { FORMATS } from "../feeds/formats.ts";
import { LIMITS } from "../model/limits.ts";
import { atMost } from "./api/body.ts";
import { api } from "./api/routes.ts";
import type { App } from "./context.ts";
import { robots, serveOpml } from "./discovery.ts";
import { serveDocumentation, serveDocumentationFile } from "./documentation.ts";
import { serveArchive } from "./feeds/archive.ts";
import { preflightFeed, serveCombined, serveFeed } from "./feeds/serve.ts";
import { askHub, hubPage, refusePlainly } from "./hub.ts";
import { route } from "./methods.ts";
import { privateArticle, servePrivateArchive, servePrivateFeed } from "./private.ts";
import { refuse, unexpected } from "./problem.ts";
import { publicKey } from "./public-key.ts";
import { article, home, organization, refuseWithPage } from "./site.ts";

/** Every address of the service. */
export const app = new Hono<App>();

app.use(async (c, next) => {
  await next();
  const { headers } = c.res;
  headers.set("x-content-type-options", "nosniff");
  // Without it, shared caches choose a lifetime themselves (RFC 9111 §4.2.2).
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  if (c.env.PUBLIC_URL?.startsWith("https:")) headers.set("strict-transport-security", "max-age=31536000");
});

for (const format of FORMATS) {
  route(app, `/feed.${format.name}`, { GET: serveCombined(format), OPTIONS: preflightFeed });
  route(app, `/:organization/feed.${format.name}`, { GET: serveFeed(format), OPTIONS: preflightFeed });
  route(app, `/private/:key/:organization/feed.${format.name}`, { GET: servePrivateFeed(format) });
}
route(app, "/:organization/archive/:file", { GET: serveArchive, OPTIONS: preflightFeed });
route(app, "/private/:key/:organization/archive/:file", { GET: servePrivateArchive });
route(app, "/private/:key/:organization/articles/:id", { GET: privateArticle }, refuseWithPage);
route(
  app,
  "/hub",
  { GET: hubPage, POST: [atMost(LIMITS.HUB_BODY_BYTES, refusePlainly), askHub] },
  refusePlainly,
);
route(app, "/feeds.opml", { GET: serveOpml });
route(app, "/robots.txt", { GET: robots });
app.route("/api/v1", api());
route(app, "/api/docs", { GET: serveDocumentation });
route(app, "/api/docs/:file", { GET: serveDocumentationFile });
route(app, "/webhooks/public-key", { GET: publicKey });
route(app, "/health", { GET: (c) => c.json({ status: "ok" }) });
route(app, "/", { GET: home }, refuseWithPage);
route(app, "/articles/:id", { GET: article }, refuseWithPage);
route(app, "/:organization", { GET: (c) => organization(c) }, refuseWithPage);

/** How to answer a failure that no route has answered: as the routes with similar paths do. */
const refusalAt = (path: string) =>
  path.startsWith("/api/") ? refuse : path === "/hub" ? refusePlainly : refuseWithPage;

app.notFound((c) => refusalAt(c.req.path)(c, { tag: "not-found" }));

app.onError((error, c) => refusalAt(c.req.path)(c, unexpected(c, error)));
