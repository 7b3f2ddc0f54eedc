import type { Outcome } from "./outcome.ts";

/** A service and a token for it. `baseUrl` has no trailing slash. */
export interface Api {
  baseUrl: string;
  token: string;
}

const TIMEOUT_MS = 30_000;

/**
 * Calls the API. The value is the response's JSON, or `null` for an empty one. A response other than 2xx becomes a
 * reason, made from its RFC 9457 problem.
 */
export async function call<T>(api: Api, method: string, path: string, body?: unknown): Promise<Outcome<T>> {
  try {
    const response = await fetch(`${api.baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${api.token}`, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.ok) return { ok: true, value: (text === "" ? null : JSON.parse(text)) as T };
    return { ok: false, reason: `${method} ${path} was answered ${response.status}: ${problemText(text)}` };
  } catch (error) {
    return { ok: false, reason: `${method} ${api.baseUrl}${path} failed: ${causeText(error)}` };
  }
}

/** Every entry of a list, from all pages. `plural` is the list's property in the response. */
export async function list<T>(api: Api, path: string, plural: string): Promise<Outcome<T[]>> {
  const entries: T[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page = await call<{ cursor: string | null } & Record<string, T[]>>(api, "GET", path + query);
    if (!page.ok) return page;
    entries.push(...(page.value[plural] ?? []));
    cursor = page.value.cursor ?? null;
  } while (cursor !== null);
  return { ok: true, value: entries };
}

/** The shown part of an RFC 9457 problem. */
export interface ProblemDetails {
  title?: string;
  detail?: string;
  errors?: { path: string; message: string }[];
}

/** The problem in a body as text; the body itself if it is not JSON. */
export function problemText(text: string): string {
  let problem: ProblemDetails;
  try {
    problem = JSON.parse(text);
  } catch {
    return text.slice(0, 500);
  }
  return problemWords(problem);
}

/** A problem as text, with a line for each invalid field. */
export function problemWords(problem: ProblemDetails): string {
  const sentence = [problem.title, problem.detail].filter(Boolean).join(": ");
  const fields = (problem.errors ?? []).map(
    ({ path, message }) => `\n  ${path || "(the whole)"}: ${message}`,
  );
  return sentence + fields.join("");
}

/** The reason of a failed request. `fetch` only throws "fetch failed"; its cause has the reason. */
export function causeText(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
