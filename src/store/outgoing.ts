import type { AttemptError } from "../model/delivery.ts";

/** A request to somebody else's server: mostly a POST, or the question whether it would take one. */
export interface OutgoingRequest {
  /** POST when it is not given. */
  method?: "POST" | "OPTIONS" | "GET";
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
  /** The `WebHook-Allowed-Origin` of an answer to OPTIONS that has one. */
  allowedOrigin?: string;
}

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
    const allowedOrigin = request.method === "OPTIONS" && response.headers.get("webhook-allowed-origin");
    const text = await firstText(response, request.keptBytes);
    return {
      status,
      latencyMs,
      ...(edgeFault(text, status) ?? judgement(status)),
      response: text,
      ...(retryAfter ? { retryAfter } : {}),
      ...(allowedOrigin ? { allowedOrigin } : {}),
    };
  } catch (error) {
    const latencyMs = Date.now() - startMs;
    const silent = timeout.signal.aborted ? tooLate(request.timeoutMs) : silence(error);
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

/** What Cloudflare answers in a receiver's place when it cannot reach it: the whole body is `error code: 526`. */
const EDGE_FAULTS: Readonly<Record<string, Pick<Answer, "error" | "detail">>> = {
  "520": { error: "connection", detail: "The connection ended before an answer came." },
  "521": { error: "connection", detail: "The receiver refused the connection." },
  "522": { error: "timeout", detail: "The connection could not be made in time." },
  "523": { error: "connection", detail: "There is no way to the receiver." },
  "524": { error: "timeout", detail: "The receiver took too long to answer." },
  "525": { error: "tls", detail: "The TLS handshake failed." },
  "526": { error: "tls", detail: "The receiver's certificate is not valid." },
  "1016": { error: "dns", detail: "The receiver's name does not resolve." },
};

function edgeFault(text: string, status: number): Pick<Answer, "error" | "detail"> | undefined {
  const code = /^error code: (\d{3,4})\s*$/.exec(text)?.[1];
  return status >= 520 && status <= 530 && code !== undefined ? EDGE_FAULTS[code] : undefined;
}

const tooLate = (timeoutMs: number): Pick<Answer, "error" | "detail"> => ({
  error: "timeout",
  detail: `No answer came within ${timeoutMs / 1_000} s.`,
});

/** Workers tell a lost connection by its message, and of names and certificates only that something is wrong. */
function silence(error: unknown): Pick<Answer, "error" | "detail"> {
  return error instanceof Error && error.message.startsWith("internal error")
    ? { error: "dns-or-tls", detail: "The receiver's name does not resolve, or TLS with it failed." }
    : { error: "connection", detail: "The connection failed, or ended before an answer came." };
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
