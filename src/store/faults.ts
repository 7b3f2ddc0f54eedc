import type { AttemptError } from "../model/delivery.ts";

/** Why no answer came from another's server: in a word, and in a plain sentence. */
export interface Fault {
  error: AttemptError;
  detail: string;
}

/** What the other's server is to us. */
type Who = "receiver" | "publisher";

/** What Cloudflare answers in a server's place when it cannot reach it: the whole body is `error code: 526`. */
export function edgeFault(who: Who, text: string, status: number): Fault | undefined {
  const code = /^error code: (\d{3,4})\s*$/.exec(text)?.[1];
  return status >= 520 && status <= 530 && code !== undefined ? edgeFaults(who)[code] : undefined;
}

const edgeFaults = (who: Who): Readonly<Record<string, Fault>> => ({
  "520": { error: "connection", detail: "The connection ended before an answer came." },
  "521": { error: "connection", detail: `The ${who} refused the connection.` },
  "522": { error: "timeout", detail: "The connection could not be made in time." },
  "523": { error: "connection", detail: `There is no way to the ${who}.` },
  "524": { error: "timeout", detail: `The ${who} took too long to answer.` },
  "525": { error: "tls", detail: "The TLS handshake failed." },
  "526": { error: "tls", detail: `The ${who}'s certificate is not valid.` },
  "1016": { error: "dns", detail: `The ${who}'s name does not resolve.` },
});

/** Time was up. */
export const tooLate = (timeoutMs: number): Fault => ({
  error: "timeout",
  detail: `No answer came within ${timeoutMs / 1_000} s.`,
});

/** Workers tell a lost connection by its message, and of names and certificates only that something is wrong. */
export function silence(who: Who, error: unknown): Fault {
  return error instanceof Error && error.message.startsWith("internal error")
    ? { error: "dns-or-tls", detail: `The ${who}'s name does not resolve, or TLS with it failed.` }
    : { error: "connection", detail: "The connection failed, or ended before an answer came." };
}
