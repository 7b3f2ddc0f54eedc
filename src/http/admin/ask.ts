import type { Context } from "hono";
import type { Principal } from "../../model/token.ts";
import { madeBy } from "../api/caller.ts";
import { api } from "../api/routes.ts";
import type { App } from "../context.ts";
import type { Problem } from "../problem.ts";

/** What the API answered. */
export type Asked<T> =
  | { ok: true; status: number; value: T; etag: string | null }
  | { ok: false; problem: Problem; etag: string | null };

/** What is sent besides the path. */
export interface Asking {
  query?: Record<string, string | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
}

/**
 * Sends a request to the service's own API, as whoever is signed in. A screen has no rule of its own: what it does is an
 * operation that everybody can call, with its checks, its limits and its entry in the audit log.
 */
export type Ask = <T>(method: Method, path: string, asking?: Asking) => Promise<Asked<T>>;
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

const theApi = api();

/** Asks the API for a session. Costs no look-up of a token. */
export const askFor =
  (c: Context<App>, principal: Principal): Ask =>
  async <T>(method: Method, path: string, asking: Asking = {}): Promise<Asked<T>> => {
    const request = madeBy(principal, requestOf(method, path, asking, c.req.header("cf-ray")));
    const response = await theApi.fetch(request, c.env, c.executionCtx);
    const etag = response.headers.get("etag");
    const text = await response.text();
    if (!response.ok) return { ok: false, problem: JSON.parse(text) as Problem, etag };
    return { ok: true, status: response.status, value: (text ? parsed(text) : null) as T, etag };
  };

/** @param ray by which the log calls the request that it is made for */
function requestOf(
  method: Method,
  path: string,
  { query = {}, body, headers = {} }: Asking,
  ray: string | undefined,
): Request {
  const url = new URL(path, "http://console.invalid");
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
  const all = new Headers(headers);
  if (ray) all.set("cf-ray", ray);
  if (body === undefined) return new Request(url, { method, headers: all });
  if (!all.has("content-type")) all.set("content-type", "application/json");
  const sent = typeof body === "string" ? body : JSON.stringify(body);
  return new Request(url, { method, headers: all, body: sent });
}

/** JSON, or text as it is: NDJSON has more than one value. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A part of a path. */
export const part = (text: string): string => encodeURIComponent(text);
