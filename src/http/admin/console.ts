import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { routePath } from "hono/route";
import { LIMITS } from "../../model/limits.ts";
import { admitted, type Need } from "../../model/token.ts";
import { directoryOf } from "../../objects/stubs.ts";
import { CACHING } from "../caching.ts";
import type { App } from "../context.ts";
import { headersWith, sourceOf } from "../pages/security.ts";
import { STYLE } from "../pages/style.ts";
import { type Problem, problemOf, unexpected } from "../problem.ts";
import { fileNamed } from "./files.ts";
import { consolePage } from "./layout.tsx";
import { ARTICLE } from "./screens/article.tsx";
import { ARTICLES } from "./screens/articles.tsx";
import { AUDIT_SCREENS } from "./screens/audit.tsx";
import { failureView, foreignView, sentView, staleView } from "./screens/failure.tsx";
import { OPERATOR_SCREENS } from "./screens/operator.tsx";
import { ORGANIZATION } from "./screens/organization.tsx";
import { PASTE } from "./screens/paste.tsx";
import { PEOPLE } from "./screens/people.tsx";
import { PUBLISH } from "./screens/publish.tsx";
import { RECEIVER } from "./screens/receiver.tsx";
import { RECEIVERS } from "./screens/receivers.tsx";
import { SESSION_SCREENS } from "./screens/sessions.tsx";
import { SIGN_IN, signedOutPage } from "./screens/sign-in.tsx";
import { SOURCES } from "./screens/sources.tsx";
import { SUBSCRIBERS } from "./screens/subscribers.tsx";
import { TODAY } from "./screens/today.tsx";
import { VERSION } from "./screens/version.tsx";
import { WRITE } from "./screens/write.tsx";
import { isOwn, sessionOf } from "./session.ts";
import { type Shown, type View, Visit } from "./visit.ts";

/** A form as it was sent: files are left out, but those that a screen asks for. */
export type Fields = FormData;

/** One address of the console: who may see it, what it shows, and what its forms do. */
export interface Screen {
  path: `/admin${string}`;
  needs: Need;
  get?(visit: Visit): Promise<Shown>;
  /** A form. It leads somewhere, so that reloading does nothing twice; or it shows what is wrong, with all that was entered. */
  post?(visit: Visit, fields: Fields): Promise<Shown>;
}

/** Of two paths that fit an address, the first counts: `/admin/receivers/new` stands before `/admin/receivers/:id`. */
export const SCREENS: readonly Screen[] = [
  ...TODAY,
  ...WRITE,
  ...PUBLISH,
  ...ARTICLES,
  ...ARTICLE,
  ...VERSION,
  ...PASTE,
  ...RECEIVERS,
  ...RECEIVER,
  ...SUBSCRIBERS,
  ...ORGANIZATION,
  ...SOURCES,
  ...PEOPLE,
  ...OPERATOR_SCREENS,
  ...AUDIT_SCREENS,
  ...SESSION_SCREENS,
];

/**
 * Pictures come from anywhere, as on pages. The style of a previewed article is that of the public pages, which the policy
 * of this page also governs.
 */
const POLICY = headersWith(
  "img-src 'self' data: https: http:",
  "media-src https: http:",
  `style-src 'self' ${await sourceOf(STYLE)}`,
  "script-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
);

/** The console under `/admin`. */
export function consoleApp(): Hono<App> {
  const app = new Hono<App>();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(POLICY)) c.res.headers.set(name, value);
    c.res.headers.set("x-robots-tag", "noindex");
    if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", CACHING.none);
  });
  app.onError((error, c) => failed(c, error));
  app.get("/admin/:file{console\\.(css|js)}", (c) => {
    const file = fileNamed(c.req.param("file"));
    if (!file) return c.notFound();
    return c.body(file.body, 200, { "content-type": file.type, "cache-control": CACHING.static });
  });
  app.get("/admin/editor.js", editor);
  app.get("/admin/", (c) => c.redirect("/admin", 308));
  app.use(bodyLimit({ maxSize: LIMITS.FORM_BYTES, onError: (c) => outside(c, 413) }));
  app.use(formsOnly);
  for (const { path, get, post } of SIGN_IN) {
    if (get) app.get(path, get);
    if (post) app.post(path, post);
  }
  for (const screen of SCREENS) {
    if (screen.get) app.get(screen.path, (c) => show(c, screen));
    if (screen.post) app.post(screen.path, (c) => take(c, screen));
  }
  app.all("*", async (c) => {
    const visit = await visitOf(c);
    if (visit instanceof Response) return visit;
    return answered(visit, failureView(visit, problemOf({ tag: "not-found" })));
  });
  return app;
}

/** The editor, a static asset of the Worker. A browser asks each time whether it has changed. */
async function editor(c: Context<App>): Promise<Response> {
  const tag = c.req.header("if-none-match");
  const asset = await c.env.ASSETS.fetch(new URL("/editor.js", c.req.url), {
    headers: tag === undefined ? {} : { "if-none-match": tag },
  });
  const headers = new Headers({
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": "no-cache",
  });
  const etag = asset.headers.get("etag");
  if (etag) headers.set("etag", etag);
  return new Response(asset.body, { status: asset.status, headers });
}

/**
 * hono's own check of where a form comes from: Origin or Sec-Fetch-Site must be this site's. Under `no-referrer` a browser
 * sends `Origin: null` (Fetch Standard, "append a request Origin header"), and Sec-Fetch-Site says it.
 */
const own = csrf();

/** Takes forms alone, and those of this site. A request without these headers is no form of a browser. */
const formsOnly: MiddlewareHandler<App> = async (c, next) => {
  if (c.req.method === "GET" || c.req.method === "HEAD") return next();
  const type = (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded" && type !== "multipart/form-data") return outside(c, 415);
  try {
    return await own(c, next);
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 403) return outside(c, 403);
    throw error;
  }
};

/** A refusal before anything is known of who asks. */
const outside = (c: Context<App>, status: 403 | 413 | 415): Response => foreignView(c, status);

/** The visit of somebody who is signed in; else the page that asks to sign in. */
async function visitOf(c: Context<App>, fields?: FormData): Promise<Visit | Response> {
  const session = await sessionOf(c);
  return session ? new Visit(c, session) : signedOutPage(c, fields);
}

async function show(c: Context<App>, screen: Screen): Promise<Response> {
  const visit = await visitOf(c);
  if (visit instanceof Response) return visit;
  const allowed = admitted(visit.session.principal, screen.needs);
  if (!allowed.ok) return answered(visit, failureView(visit, problemOf(allowed.failure)));
  const shown = await screen.get?.(visit);
  return answered(visit, shown ?? failureView(visit, problemOf({ tag: "not-found" })));
}

async function take(c: Context<App>, screen: Screen): Promise<Response> {
  const fields = await c.req.formData();
  const visit = await visitOf(c, fields);
  if (visit instanceof Response) return visit;
  const allowed = admitted(visit.session.principal, screen.needs);
  if (!allowed.ok) return answered(visit, failureView(visit, problemOf(allowed.failure)));
  if (!isOwn(visit.session, String(fields.get("_csrf") ?? "")))
    return answered(visit, staleView(visit, fields));
  const once = String(fields.get("_once") ?? "");
  if (once && fields.get("_then") !== "try" && !(await directoryOf(c.env).sessions.send(once)))
    return answered(visit, sentView(visit));
  const shown = await screen.post?.(visit, fields);
  return answered(visit, shown ?? failureView(visit, problemOf({ tag: "not-found" })));
}

/** A screen, a redirect, or a failure, as a response. */
function answered(visit: Visit, shown: Shown): Response {
  if (shown instanceof Response) return shown;
  if ("to" in shown) return visit.c.redirect(shown.to, 303);
  const view: View = "problem" in shown ? failureView(visit, shown.problem) : shown;
  return visit.c.html(consolePage(visit, view), view.status ?? 200);
}

async function failed(c: Context<App>, error: Error): Promise<Response> {
  const problem: Problem = problemOf(unexpected(c, routePath(c), error));
  try {
    const visit = await visitOf(c);
    if (visit instanceof Response) return visit;
    return answered(visit, failureView(visit, problem));
  } catch {
    return foreignView(c, 503); // the session cannot be looked up either; the error is logged
  }
}
