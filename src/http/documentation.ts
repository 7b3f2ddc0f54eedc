import type { Context } from "hono";
import { configuration } from "../env.ts";
import { etagOf } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import type { Result } from "../model/result.ts";
import { openApi } from "./api/openapi.ts";
import { type Answer, answer, type Operation } from "./api/operation.ts";
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
export async function serveOpenApi(operations: readonly Operation[]): Promise<Result<Answer>> {
  const { body, etag } = await once("openapi.json", () => JSON.stringify(openApi(operations)));
  return answer(body, {
    headers: {
      ...cached(etag),
      "content-type": "application/json; charset=utf-8",
      "access-control-allow-origin": "*",
    },
  });
}

/** `GET /api/docs`: the same to read and to try. It loads nothing from elsewhere. */
export async function serveDocumentation(
  c: Context<App>,
  operations: readonly Operation[],
): Promise<Response> {
  const { publicUrl } = configuration(c.env).site;
  const { body, etag } = await once("docs", () => documentationPage({ api: openApi(operations), publicUrl }));
  const headers = { ...DOCUMENTATION_HEADERS, ...cached(etag), "content-type": "text/html; charset=utf-8" };
  if (notModified(c.req.raw.headers, { etag, last_modified: null })) return c.body(null, 304, headers);
  return c.body(body, 200, headers);
}

const cached = (etag: string) => ({
  etag,
  "cache-control": `public, max-age=${LIMITS.PAGE_MAX_AGE_SECONDS}`,
});
