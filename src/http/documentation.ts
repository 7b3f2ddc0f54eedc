import type { Context } from "hono";
import { configuration } from "../env.ts";
import { etagOf } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import { openApi } from "./api/openapi.ts";
import type { Operation } from "./api/operation.ts";
import type { App } from "./context.ts";
import { notModified } from "./feeds/conditional.ts";
import { documentationPage } from "./pages/documentation/page.tsx";
import { DOCUMENTATION_HEADERS } from "./pages/security.ts";

interface Made {
  body: string;
  etag: string;
}

/**
 * What was made already, by its address. It is the same until the next deployment, and making it takes more than the
 * 10 ms of CPU that the free plan means to give: so each isolate makes it once, when it is first asked for.
 */
const made = new Map<string, Made>();

async function once(address: string, make: () => string): Promise<Made> {
  const known = made.get(address);
  if (known) return known;
  const body = make();
  const fresh = { body, etag: await etagOf(body) };
  made.set(address, fresh);
  return fresh;
}

/** `GET /api/v1/openapi.json`: the API as OpenAPI 3.1, for any origin. */
export async function serveOpenApi(c: Context<App>, operations: readonly Operation[]): Promise<Response> {
  const document = await once("openapi.json", () => JSON.stringify(openApi(operations)));
  return answer(c, document, {
    "content-type": "application/json; charset=utf-8",
    "access-control-allow-origin": "*",
  });
}

/** `GET /api/docs`: the same to read and to try. It loads nothing from elsewhere. */
export async function serveDocumentation(
  c: Context<App>,
  operations: readonly Operation[],
): Promise<Response> {
  const { publicUrl } = configuration(c.env).site;
  const page = await once("docs", () => documentationPage({ api: openApi(operations), publicUrl }));
  return answer(c, page, { ...DOCUMENTATION_HEADERS, "content-type": "text/html; charset=utf-8" });
}

function answer(c: Context<App>, { body, etag }: Made, more: Record<string, string>): Response {
  const headers = { ...more, etag, "cache-control": `public, max-age=${LIMITS.PAGE_MAX_AGE_SECONDS}` };
  if (notModified(c.req.raw.headers, { etag, last_modified: null })) return c.body(null, 304, headers);
  return c.body(body, 200, headers);
}
