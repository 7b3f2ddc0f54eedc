import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import type { Article } from "../../src/model/article.ts";
import type { FieldError } from "../../src/model/result.ts";
import { asDocumented } from "./documented.ts";

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import("../../src/index.ts");
    }
  }
}

/** The bindings that `vitest.config.ts` gives the Worker. */
export const SITE = "https://news.example";
export const ADMIN_TOKEN: string = env.ADMIN_TOKEN ?? "";

/** An article as the API shows it. */
export type ShownArticle = Article & { page_url: string };

/** What an RFC 9457 answer says. */
export interface ShownProblem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: FieldError[];
}

/** A request to the real Worker, as it is; redirects are not followed. */
export function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  return dispatch(new Request(`${SITE}${path}`, { redirect: "manual", ...init, method }));
}

/** Sends a request to the real Worker. An answer of the API that its OpenAPI document does not describe is an error. */
export async function dispatch(request: Request): Promise<Response> {
  const response = await exports.default.fetch(request);
  return asDocumented(request, response);
}

/** What a reader or a browser asks for. */
export function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return send("GET", path, { headers });
}

/** A call of the API with JSON, by the operator unless another token is given. */
export function api(
  method: string,
  path: string,
  body?: unknown,
  { token = ADMIN_TOKEN, headers = {} }: { token?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const typed = body === undefined ? {} : { "content-type": "application/json" };
  return send(method, `/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}`, ...typed, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** The JSON of an answer that has the status expected; else an error with what came instead. */
export async function json<T>(response: Promise<Response>, status: number): Promise<T> {
  const answer = await response;
  const text = await answer.text();
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${text}`);
  return JSON.parse(text) as T;
}

/** A name that no test has used: storage is shared by the tests of a file. */
export function fresh(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
}

/** A new organization; returns its slug. */
export async function newOrganization(fields: Record<string, unknown> = {}): Promise<string> {
  const slug = fresh("org");
  await json(api("PUT", `/organizations/${slug}`, { name: "Acme", ...fields }), 201);
  return slug;
}

/** A new article of some organizations; returns it as the API shows it. */
export function newArticle(
  organizations: string | string[],
  fields: Record<string, unknown> = {},
): Promise<ShownArticle> {
  const body = { organizations: [organizations].flat(), title: "News", ...fields };
  return json(api("POST", "/articles", body), 201);
}

/** A new token of some scopes for an organization; returns the token itself. */
export async function scopedToken(organization: string, ...scopes: string[]): Promise<string> {
  const body = { organizations: [organization], scopes };
  return (await json<{ token: string }>(api("POST", "/tokens", body), 201)).token;
}

/** A new token for some organizations; returns the token itself. */
export async function newToken(...organizations: string[]): Promise<string> {
  return (await json<{ token: string }>(api("POST", "/tokens", { organizations }), 201)).token;
}

/** Has the directory publish the list of organizations, without the wait for further changes. */
export async function publishIndex(): Promise<void> {
  const directory = env.DIRECTORY.get(env.DIRECTORY.idFromName("directory"));
  await runInDurableObject(directory, (_object, { storage }) => {
    storage.sql.exec("UPDATE lists SET changed_ms = 0 WHERE changed_ms IS NOT NULL");
  });
  await runDurableObjectAlarm(directory);
}
