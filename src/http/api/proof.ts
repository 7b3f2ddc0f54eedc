import { isLoopback } from "../../delivery/addresses.ts";
import { type Bindings, configuration } from "../../env.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { parseJson } from "../../model/parse.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { rfc3339 } from "../../model/time.ts";
import type { Principal } from "../../model/token.ts";
import type { Webhook } from "../../model/webhook.ts";
import { directoryOf } from "../../objects/stubs.ts";
import { post } from "../../store/outgoing.ts";

/** The hosts of chat services by format. They answer no challenge, and each of their addresses was made by who has it. */
const CHAT_HOSTS: Partial<Record<Webhook["format"], RegExp>> = {
  slack: /^hooks\.slack(-gov)?\.com$/,
  discord: /^((canary|ptb)\.)?discord(app)?\.com$/,
  teams: /\.(webhook\.office|logic\.azure|api\.powerplatform)\.com$/,
  text: /^ntfy\.sh$/,
};

/**
 * Checks that a receiver agrees to be called, unless PROVE_RECEIVERS is `false`. The operator's webhooks are not checked,
 * nor are chat services, nor the machine itself where it may be called.
 */
export async function proven(
  env: Bindings,
  principal: Principal,
  { url, format }: Pick<Webhook, "url" | "format">,
): Promise<Result<null>> {
  const { proveReceivers, allowLoopback, site } = configuration(env);
  const { hostname } = new URL(url);
  const isKnown = CHAT_HOSTS[format]?.test(hostname) || (allowLoopback && isLoopback(hostname));
  if (!proveReceivers || principal.kind === "admin" || isKnown) return ok(null);
  const asked = await mayAsk(env, principal.id, hostname);
  if (!asked.ok) return asked;
  const agreed =
    format === "cloudevents" ? await allows(url, new URL(site.publicUrl).host) : await echoes(url);
  if (agreed) return ok(null);
  const message =
    format === "cloudevents"
      ? "must answer OPTIONS with a matching WebHook-Allowed-Origin"
      : "must answer the challenge with its text";
  return fail({ tag: "invalid", errors: [{ path: "url", message }] });
}

/** A challenge is a request, too: challenges are counted with the hub's verifications. */
async function mayAsk(env: Bindings, tokenId: string, host: string): Promise<Result<null>> {
  const verification = { client: tokenId, host, topic: "", confirmed: null };
  const retryAfterSeconds = await directoryOf(env).verifications.begin(verification);
  if (retryAfterSeconds === null) return ok(null);
  const detail = "Too many receivers at this host are being asked for a proof. Try again later.";
  return fail({ tag: "unavailable", detail, retryAfterSeconds });
}

/** The handshake of CloudEvents, "HTTP 1.1 Web Hooks for Event Delivery" 1.0.2 §4. */
async function allows(url: string, origin: string): Promise<boolean> {
  const headers = { "webhook-request-origin": origin };
  const answer = await post({ method: "OPTIONS", url, headers, body: null, ...BOUNDS });
  return answer.error === "none" && ["*", origin].includes(answer.allowedOrigin ?? "");
}

/** A challenge that the receiver must send back, alone or as `{"challenge":"…"}`. */
async function echoes(url: string): Promise<boolean> {
  const challenge = randomId("chl_");
  const timestamp = rfc3339(Date.now());
  const body = JSON.stringify({ type: "webhook.challenge", timestamp, data: { challenge } });
  const answer = await post({ url, headers: { "content-type": "application/json" }, body, ...BOUNDS });
  const text = answer.response.trim();
  return answer.error === "none" && (text === challenge || challengeIn(text) === challenge);
}

function challengeIn(text: string): unknown {
  const json = parseJson(text);
  const value = json.ok ? json.value : null;
  return typeof value === "object" && value !== null && "challenge" in value ? value.challenge : null;
}

const BOUNDS = { timeoutMs: LIMITS.ATTEMPT_TIMEOUT_MS, keptBytes: LIMITS.RESPONSE_KEPT_BYTES };
