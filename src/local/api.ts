import type { Outcome } from "./outcome.ts";

/** A service and the token to use it with. `baseUrl` has no slash at the end. */
export interface Api {
  baseUrl: string;
  token: string;
}

const TIMEOUT_MS = 30_000;

/**
 * One call of the API. The value is the answer's JSON, `null` for an empty one; every other answer than 2xx is a
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

/** Every entry of a list, over all its pages. `plural` is the list's name in the answer. */
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

/** As much of an RFC 9457 problem as is shown. */
export interface Problem {
  title?: string;
  detail?: string;
  errors?: { path: string; message: string }[];
}

/** The problem that a body tells, in words; the text itself when it is no JSON. */
export function problemText(text: string): string {
  let problem: Problem;
  try {
    problem = JSON.parse(text);
  } catch {
    return text.slice(0, 500);
  }
  return problemWords(problem);
}

/** A problem in words, with a line for each bad field. */
export function problemWords(problem: Problem): string {
  const sentence = [problem.title, problem.detail].filter(Boolean).join(": ");
  const fields = (problem.errors ?? []).map(
    ({ path, message }) => `\n  ${path || "(the whole)"}: ${message}`,
  );
  return sentence + fields.join("");
}

/** What went wrong on the way. `fetch` itself only says "fetch failed"; its cause says why. */
export function causeText(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
