import { type Context, Hono } from "hono";
import { routePath } from "hono/route";
import { FORMATS } from "../feeds/formats.ts";
import { LIMITS } from "../model/limits.ts";
import { once } from "../model/once.ts";
import type { Failure } from "../model/result.ts";
import { inRequest } from "../store/log.ts";
import { atMost } from "./api/body.ts";
import { api } from "./api/routes.ts";
import type { App, Visit } from "./context.ts";
import { robots, serveOpml, serveOrganizationSitemap, serveSitemap } from "./discovery.ts";
import { serveDocumentation, serveDocumentationFile } from "./documentation.ts";
import { limited } from "./fair-use.ts";
import { serveArchive } from "./feeds/archive.ts";
import { qrCode } from "./feeds/qr.ts";
import { preflightFeed, preflightPrivate, refuseFeed, serveCombined, serveFeed } from "./feeds/serve.ts";
import { finish } from "./finish.ts";
import { health } from "./health.ts";
import { hotPage } from "./hot-page.ts";
import { askHub, hubPage, refusePlainly } from "./hub.ts";
import { favicon, letterIcon, touchIcon } from "./icons.ts";
import { type Guard, route } from "./methods.ts";
import { metrics } from "./metrics.ts";
import { privateArticle, refuseWrongKey, servePrivateArchive, servePrivateFeed } from "./private.ts";
import { refuse, unexpected } from "./problem.ts";
import { publicKey } from "./public-key.ts";
import { redirect } from "./redirect.ts";
import { requestIdOf } from "./request-id.ts";
import { article, home, organization, organizations, refuseWithPage } from "./site.ts";
import { confirmSubscription, takePush } from "./websub.ts";

const loadConsole = once(async () => (await import("./admin/console.ts")).consoleApp());

/** The console is loaded when somebody first opens it: nobody else waits for it. */
const theConsole = async (c: Context<App>): Promise<Response> =>
  (await loadConsole()).fetch(c.req.raw, c.env, c.executionCtx);

/** Every address of the service. */
export const app = new Hono<App>();

app.use((c, next) => inRequest(() => requestIdOf(c.req.raw), next));

app.use(async (c, next) => {
  await next();
  finish(c.res, c.req.path, c);
});

app.use((c, next) => redirect(c, next, (request) => app.fetch(request, c.env, c.executionCtx)));

/** What a filter chooses is put together from as many documents as it names organizations. */
const limitedFeed: Guard = (c, next) =>
  limited(c.req.url.includes("?") ? "GET /:organization/feed.{format}?" : "GET /:organization/feed.{format}")(
    c,
    next,
  );
const limitedSite: Guard = (c, next) =>
  limited(c.req.url.includes("?") ? "GET /feed.{format}" : "GET /feed.{format} of all")(c, next);
const limitedPage: Guard = (c, next) =>
  limited(c.req.url.includes("?") ? "GET /:organization?" : "GET /:organization")(c, next);

for (const format of FORMATS) {
  route(
    app,
    `/feed.${format.name}`,
    { GET: [limitedSite, serveCombined(format)], OPTIONS: preflightFeed },
    refuseFeed,
  );
  route(
    app,
    `/:organization/feed.${format.name}`,
    { GET: [limitedFeed, serveFeed(format)], OPTIONS: preflightFeed },
    refuseFeed,
  );
  route(app, `/private/:key/:organization/feed.${format.name}`, {
    GET: [refuseWrongKey, limited("GET /private/:key/:organization/feed.{format}"), servePrivateFeed(format)],
    OPTIONS: preflightPrivate,
  });
}
route(app, "/qr.svg", { GET: qrCode }, refuseWithPage);
route(app, "/:organization/qr.svg", { GET: qrCode }, refuseWithPage);
route(app, "/:organization/archive/:file", {
  GET: [limited("GET /:organization/archive/:file"), serveArchive],
  OPTIONS: preflightFeed,
});
route(app, "/private/:key/:organization/archive/:file", {
  GET: [refuseWrongKey, limited("GET /private/:key/:organization/archive/:file"), servePrivateArchive],
  OPTIONS: preflightPrivate,
});
route(
  app,
  "/private/:key/:organization/articles/:id",
  { GET: [refuseWrongKey, limited("GET /private/:key/:organization/articles/:id"), privateArticle] },
  refuseWithPage,
);
route(
  app,
  "/hub",
  { GET: hubPage, POST: [limited("POST /hub"), atMost(LIMITS.HUB_BODY_BYTES, refusePlainly), askHub] },
  refusePlainly,
);
route(
  app,
  "/websub/:token",
  {
    GET: [limited("GET /websub/:token"), confirmSubscription],
    POST: [limited("POST /websub/:token"), takePush],
  },
  refusePlainly,
);
route(app, "/feeds.opml", { GET: [limited("GET /feeds.opml"), serveOpml] });
route(app, "/robots.txt", { GET: robots });
route(app, "/sitemap.xml", { GET: [limited("GET /sitemap.xml"), serveSitemap] });
route(
  app,
  "/:organization/sitemap.xml",
  { GET: [limited("GET /:organization/sitemap.xml"), serveOrganizationSitemap] },
  refuseWithPage,
);
route(app, "/favicon.svg", { GET: favicon });
route(app, "/favicon.ico", { GET: touchIcon });
route(app, "/apple-touch-icon.png", { GET: touchIcon });
route(app, "/icons/:file", { GET: letterIcon }, refuseWithPage);
app.route("/api/v1", api());
route(app, "/api/docs", { GET: serveDocumentation });
route(app, "/api/docs/:file", { GET: serveDocumentationFile });
route(app, "/webhooks/public-key", { GET: publicKey });
route(app, "/health", { GET: [limited("GET /health"), health] });
route(app, "/metrics", { GET: metrics });
app.all("/admin", (c) => theConsole(c));
app.all("/admin/*", (c) => theConsole(c));
route(app, "/", { GET: [limited("GET /"), hotPage(home, { byLanguage: true })] }, refuseWithPage);
route(
  app,
  "/organizations",
  { GET: [limited("GET /organizations"), hotPage(organizations, { byLanguage: true })] },
  refuseWithPage,
);
route(app, "/articles/:id", { GET: [limited("GET /articles/:id"), hotPage(article)] }, refuseWithPage);
route(app, "/:organization", { GET: [limitedPage, hotPage((c) => organization(c))] }, refuseWithPage);

/** How to answer a failure that no route has answered: as the routes with similar paths do. */
const refusalAt = (path: string): ((c: Pick<Visit, "req">, failure: Failure) => Response) =>
  path.startsWith("/api/") ? refuse : path === "/hub" ? refusePlainly : refuseWithPage;

app.notFound((c) => refusalAt(c.req.path)(c, { tag: "not-found" }));

app.onError((error, c) => refuseUnexpected(c, routePath(c), c.req.path, error));

/** Logs an error that nothing expected, and answers as the routes with similar paths do. */
export const refuseUnexpected = (
  c: Pick<Visit, "req">,
  route: string,
  path: string,
  error: unknown,
): Response => refusalAt(path)(c, unexpected(c, route, error));

export { refuseFeed };
