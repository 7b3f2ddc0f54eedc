import type { AttemptError } from "../model/delivery.ts";
import { edgeFault, silence, tooLate } from "./faults.ts";

/** A request to somebody else's server: mostly a POST, or the question whether it would take one. */
export interface OutgoingRequest {
  /** POST when it is not given. */
  method?: "POST" | "PUT" | "OPTIONS" | "GET";
  /** An address that `delivery/addresses.ts` has accepted. */
  url: string;
  headers: Record<string, string>;
  body: string | null;
  /** For everything: connecting, the answer's headers and its body. */
  timeoutMs: number;
  /** How much of the answer's body is read, counted after decompression. */
  keptBytes: number;
}

/** What came of it. */
export interface Answer {
  /** `null` when no answer came. */
  status: number | null;
  /** Until the answer's headers, or until it was clear that none would come. */
  latencyMs: number;
  /** `none` for a status of 2xx. */
  error: AttemptError;
  /** A plain sentence. It repeats nothing of the request or the answer but the status. */
  detail: string;
  /** The first bytes of the answer's body, read as UTF-8. */
  response: string;
  /** The `Retry-After` of a 429 or 503 that has one (RFC 6585 §4, RFC 9110 §15.6.4). */
  retryAfter?: string;
  /** The answer bears `webhook-delivery: disable`: the receiver wants nothing more. */
  disable?: true;
  /** The `WebHook-Allowed-Origin` of an answer to OPTIONS that has one. */
  allowedOrigin?: string;
}

/** What stands in an answer's place where the address may not be called. */
export const uncalled = (detail: string): Answer => ({
  status: null,
  latencyMs: 0,
  error: "address",
  detail,
  response: "",
});

/** The User-Agent of every request, unless the request names its own. */
export const USER_AGENT = "Communique/1 (+webhooks)";

/**
 * Sends a request and says what came of it; it never throws. Redirects are not followed.
 *
 * The status decides: a receiver that has answered 2xx has the message, so a body that then breaks off, or
 * hangs until the time is up, changes nothing but how much of it is kept.
 */
export async function post(request: OutgoingRequest): Promise<Answer> {
  // Not AbortSignal.timeout: its timer cannot be stopped, and would keep a Durable Object awake to its end.
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), request.timeoutMs);
  const startMs = Date.now();
  try {
    const response = await send(request, timeout.signal);
    const latencyMs = Date.now() - startMs;
    const { status } = response;
    const retryAfter = (status === 429 || status === 503) && response.headers.get("retry-after");
    const disable = response.headers.get("webhook-delivery")?.trim().toLowerCase() === "disable";
    const allowedOrigin = request.method === "OPTIONS" && response.headers.get("webhook-allowed-origin");
    const text = await firstText(response, request.keptBytes);
    return {
      status,
      latencyMs,
      ...(edgeFault("receiver", text, status) ?? judgement(status)),
      response: text,
      ...(retryAfter ? { retryAfter } : {}),
      ...(disable ? { disable } : {}),
      ...(allowedOrigin ? { allowedOrigin } : {}),
    };
  } catch (error) {
    const latencyMs = Date.now() - startMs;
    const silent = timeout.signal.aborted ? tooLate(request.timeoutMs) : silence("receiver", error);
    return { status: null, latencyMs, ...silent, response: "" };
  } finally {
    clearTimeout(timer);
  }
}

function send(request: OutgoingRequest, signal: AbortSignal): Promise<Response> {
  const headers = new Headers(request.headers);
  if (!headers.has("user-agent")) headers.set("user-agent", USER_AGENT);
  // Workers throw on redirect "error"; "manual" hands the redirect over.
  const { method = "POST", body } = request;
  return fetch(request.url, { method, headers, body, redirect: "manual", signal });
}

function judgement(status: number): Pick<Answer, "error" | "detail"> {
  if (status >= 200 && status < 300) return { error: "none", detail: `The receiver answered ${status}.` };
  if (status >= 300 && status < 400) {
    return { error: "redirect", detail: `The receiver answered ${status}; redirects are not followed.` };
  }
  return { error: "status", detail: `The receiver answered ${status}; only 2xx is a success.` };
}

/** The first bytes of a body as text; what had come when it broke off or the time was up. Never throws. */
async function firstText(response: Response, keptBytes: number): Promise<string> {
  if (!response.body) return "";
  const kept = new Uint8Array(keptBytes);
  let length = 0;
  const reader = response.body.getReader();
  try {
    while (length < keptBytes) {
      const { done, value } = await reader.read();
      if (done) break;
      const part = value.subarray(0, keptBytes - length);
      kept.set(part, length);
      length += part.length;
    }
  } catch {
    // The status is known and decides; the body is only for the log.
  }
  // Not waited for: nothing depends on how the receiver takes it.
  reader.cancel().catch(() => undefined);
  // As a stream, so that a character cut in two at the end is left out.
  return new TextDecoder().decode(kept.subarray(0, length), { stream: true });
}
