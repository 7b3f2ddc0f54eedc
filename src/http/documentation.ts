import type { Context } from "hono";
import { etagOf } from "../model/digest.ts";
import { fail, type Result } from "../model/result.ts";
import { openApi } from "./api/openapi.ts";
import { type Answer, answer, type Operation } from "./api/operation.ts";
import { CACHING, TEXT_VARY } from "./caching.ts";
import type { App } from "./context.ts";
import { notModified } from "./feeds/conditional.ts";
import type { Reply } from "./methods.ts";
import { headersWith, sourceOf } from "./pages/security.ts";

/** Kept as a value: a promise must not be awaited in another request than its own. */
let made: { body: string; etag: string } | undefined;

/** `GET /api/v1/openapi.json`: the API as OpenAPI 3.1, for any origin. Made once an isolate: it takes over 10 ms of CPU. */
export async function serveOpenApi(operations: readonly Operation[]): Promise<Result<Answer>> {
  if (!made) {
    const body = JSON.stringify(openApi(operations));
    made = { body, etag: await etagOf(body) };
  }
  const { body, etag } = made;
  const headers = {
    etag,
    "content-type": "application/json; charset=utf-8",
    "cache-control": CACHING.page,
    vary: TEXT_VARY,
    "access-control-allow-origin": "*",
  };
  return answer(body, { headers });
}

/** Starts the page. Its token is kept in memory only, and nothing is sent to the library's validator. */
const START = `SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  domNode: document.getElementById("main"),
  validatorUrl: null,
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
});`;

/**
 * The OpenAPI document to read and to try, by Swagger UI: well kept, and it runs under a policy without 'unsafe-inline',
 * 'unsafe-eval' or another host. It is 485 kB gzipped. Scalar is 1.3 MB, inserts its own styles and loads fonts from
 * elsewhere; RapiDoc is 218 kB and has had no release for over a year; Redoc sends no requests.
 */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>The API · Communiqué</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="stylesheet" href="/api/docs/index.css">
<link rel="icon" href="data:,">
</head>
<body>
<main id="main"><noscript>This page needs JavaScript. The API is described in <a href="/api/v1/openapi.json">openapi.json</a>.</noscript></main>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script>${START}</script>
</body>
</html>
`;

const HEADERS = {
  ...headersWith(
    `script-src 'self' ${await sourceOf(START)}`,
    "style-src 'self'",
    "img-src data:",
    "connect-src 'self'",
  ),
  "content-type": "text/html; charset=utf-8",
  "cache-control": CACHING.page,
  vary: TEXT_VARY,
  etag: await etagOf(PAGE),
};

/** `GET /api/docs`. */
export function serveDocumentation(c: Context<App>): Response {
  const { etag } = HEADERS;
  const unchanged = notModified(c.req.raw.headers, { etag, last_modified: null });
  return new Response(unchanged ? null : PAGE, { status: unchanged ? 304 : 200, headers: HEADERS });
}

/** The files of the package that the page loads; the others cannot be reached. */
const FILES = new Map([
  ["swagger-ui.css", "text/css; charset=utf-8"],
  ["index.css", "text/css; charset=utf-8"],
  ["swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
]);

/** `GET /api/docs/{file}`: a file of Swagger UI, a static asset of the Worker. */
export async function serveDocumentationFile(c: Context<App>): Promise<Reply> {
  const file = c.req.param("file") ?? "";
  const type = FILES.get(file);
  if (!type) return fail({ tag: "not-found" });
  const { "if-none-match": tag } = c.req.header();
  const asset = await c.env.ASSETS.fetch(new URL(`/${file}`, c.req.url), {
    headers: tag === undefined ? {} : { "if-none-match": tag },
  });
  if (!asset.ok && asset.status !== 304) {
    await asset.body?.cancel();
    if (asset.status === 404) return fail({ tag: "not-found" }); // not deployed with the Worker: nobody is to keep that
    throw new Error(`ASSETS answered ${asset.status}`);
  }
  const headers = new Headers({ "content-type": type, "cache-control": CACHING.static, vary: TEXT_VARY });
  const etag = asset.headers.get("etag");
  if (etag) headers.set("etag", etag);
  return new Response(asset.body, { status: asset.status, headers });
}
