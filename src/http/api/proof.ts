import { type Bindings, configuration } from "../../env.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { parseJson } from "../../model/parse.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { rfc3339 } from "../../model/time.ts";
import type { Principal } from "../../model/token.ts";
import type { Webhook } from "../../model/webhook.ts";
import { post } from "../../store/outgoing.ts";

/**
 * Checks that a receiver agrees to be called, if PROVE_RECEIVERS is set. The operator's webhooks are not checked: chat
 * services answer no challenge.
 */
export async function proven(
  env: Bindings,
  principal: Principal,
  { url, format }: Pick<Webhook, "url" | "format">,
): Promise<Result<null>> {
  const { proveReceivers, site } = configuration(env);
  if (!proveReceivers || principal.kind === "admin") return ok(null);
  const agreed =
    format === "cloudevents" ? await allows(url, new URL(site.publicUrl).host) : await echoes(url);
  if (agreed) return ok(null);
  const message =
    format === "cloudevents"
      ? "must answer OPTIONS with a matching WebHook-Allowed-Origin"
      : "must answer the challenge with its text";
  return fail({ tag: "invalid", errors: [{ path: "url", message }] });
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
