import type { Context } from "hono";
import { configuration } from "../../env.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { parseJson } from "../../model/parse.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { rfc3339 } from "../../model/time.ts";
import type { Webhook } from "../../model/webhook.ts";
import { post } from "../../store/outgoing.ts";
import type { App } from "../context.ts";

/**
 * Asks a receiver whether it wants to be one, where the deployment asks for that (PROVE_RECEIVERS). What the operator
 * registers is believed: chat services answer no challenge.
 */
export async function proven(
  c: Context<App>,
  { url, format }: Pick<Webhook, "url" | "format">,
): Promise<Result<null>> {
  const { proveReceivers, site } = configuration(c.env);
  if (!proveReceivers || c.get("principal").kind === "admin") return ok(null);
  const wanted =
    format === "cloudevents" ? await allows(url, new URL(site.publicUrl).host) : await echoes(url);
  if (wanted) return ok(null);
  const message =
    format === "cloudevents"
      ? "must answer OPTIONS with a WebHook-Allowed-Origin that fits"
      : "must answer a challenge by its text";
  return fail({ tag: "invalid", errors: [{ path: "url", message }] });
}

/** The handshake of CloudEvents, "HTTP 1.1 Web Hooks for Event Delivery" 1.0.2 §4. */
async function allows(url: string, origin: string): Promise<boolean> {
  const headers = { "webhook-request-origin": origin };
  const answer = await post({ method: "OPTIONS", url, headers, body: null, ...BOUNDS });
  return answer.error === "none" && ["*", origin].includes(answer.allowedOrigin ?? "");
}

/** A challenge that whoever runs the receiver sends back, alone or as `{"challenge":"…"}`. */
async function echoes(url: string): Promise<boolean> {
  const challenge = randomId("chl_");
  const timestamp = rfc3339(Date.now());
  const body = JSON.stringify({ type: "webhook.challenge", timestamp, data: { challenge } });
  const answer = await post({ url, headers: { "content-type": "application/json" }, body, ...BOUNDS });
  const said = answer.response.trim();
  return answer.error === "none" && (said === challenge || challengeIn(said) === challenge);
}

function challengeIn(text: string): unknown {
  const json = parseJson(text);
  const value = json.ok ? json.value : null;
  return typeof value === "object" && value !== null && "challenge" in value ? value.challenge : null;
}

const BOUNDS = { timeoutMs: LIMITS.ATTEMPT_TIMEOUT_MS, keptBytes: LIMITS.RESPONSE_KEPT_BYTES };
