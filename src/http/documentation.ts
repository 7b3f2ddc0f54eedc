import type { Context } from "hono";
import { base32, sha256 } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import { type OpenApi, openApi } from "./api/openapi.ts";
import type { Operation } from "./api/operation.ts";
import type { App } from "./context.ts";
import { notModified } from "./feeds/conditional.ts";

interface Made {
  document: OpenApi;
  body: string;
  etag: string;
}

/** Made when an isolate is first asked for it: it is the same until the next deployment. */
let made: Made | null = null;

async function documentOf(operations: readonly Operation[]): Promise<Made> {
  if (made) return made;
  const document = openApi(operations);
  const body = JSON.stringify(document);
  made = { document, body, etag: `"${base32(await sha256(body), 26)}"` };
  return made;
}

/** `GET /api/v1/openapi.json`: the API as OpenAPI 3.1, for any origin. */
export async function serveOpenApi(c: Context<App>, operations: readonly Operation[]): Promise<Response> {
  const { body, etag } = await documentOf(operations);
  const headers = {
    etag,
    "cache-control": `public, max-age=${LIMITS.PAGE_MAX_AGE_SECONDS}`,
    "access-control-allow-origin": "*",
  };
  if (notModified(c.req.raw.headers, { etag, last_modified: null })) return c.body(null, 304, headers);
  return c.body(body, 200, { ...headers, "content-type": "application/json; charset=utf-8" });
}
