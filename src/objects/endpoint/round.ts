import { SECRETS_LOST } from "../../delivery/health.ts";
import { begin } from "../../delivery/pace.ts";
import { timeoutMsAfter } from "../../delivery/timeout.ts";
import type { Configuration } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import { logLine } from "../../store/log.ts";
import { type Answer, uncalled } from "../../store/outgoing.ts";
import { open, signing } from "../secrets.ts";
import { endsRound, type Result } from "./outcome.ts";
import { type Post, ratesOf } from "./queue.ts";
import { send } from "./send.ts";
import type { EndpointState, Registered } from "./state.ts";

/**
 * Makes requests to a receiver, `CONNECTIONS` at once. Those that have not started when it asks to wait, or does not answer, are left out.
 * @returns the results; none if the webhook was deleted before the first request
 */
export async function makeRequests(
  { settings, state }: { settings: () => Configuration; state: EndpointState },
  { webhook, sealed, flow }: Registered,
  posts: readonly Post[],
): Promise<Result[]> {
  const { signingKey, formerSigningKeys, ...others } = settings();
  const opened = await open(others, webhook.id, sealed);
  if (!state.isRegistered()) return []; // deleted in the meantime
  if (!opened) return lost(webhook.id, posts);
  const now = Date.now();
  const rates = ratesOf({ webhook, flow }, now);
  if (rates.length > 0) state.setFlow({ ...flow, begun: begin(rates, flow.begun, posts.length, now) });
  const target = {
    webhook,
    secrets: signing(opened.secrets, now),
    signingKey,
    formerSigningKeys,
    headers: opened.secrets.headers,
    timeoutMs: timeoutMsAfter(flow.timeouts),
    addresses: others,
  };
  let waits = false;
  const results = await mapConcurrent(LIMITS.CONNECTIONS, posts, async (post): Promise<Result | null> => {
    if (waits) return null;
    const attemptedMs = Date.now();
    const { answer, request } = await send(target, post).catch((error) => notMade(webhook.id, post, error));
    waits ||= endsRound(answer);
    return { post, attemptedMs, answer, request };
  });
  return results.filter((result) => result !== null);
}

/** A message that cannot be made must not stop the others of its webhook: it fails alone, and is logged. */
function notMade(endpoint: string, { id }: Post, error: unknown): { answer: Answer; request: null } {
  logLine("error", "endpoint.message", { endpoint, id, error: String(error) });
  return { answer: { ...uncalled("The message could not be made."), error: "internal" }, request: null };
}

/** Nothing can be signed: the reason goes to the delivery log, the webhook's health and the service's log. */
function lost(endpoint: string, posts: readonly Post[]): Result[] {
  logLine("error", "endpoint.secrets", { endpoint, error: SECRETS_LOST });
  const answer: Answer = { ...uncalled(SECRETS_LOST), error: "secret" };
  const deliveries = posts.flatMap((post) => post.deliveries);
  const tests = deliveries.filter(({ type }) => type === "webhook.test");
  const others = deliveries.filter(({ type }) => type !== "webhook.test");
  const groups = [tests, others].filter((group) => group.length > 0);
  const attemptedMs = Date.now();
  return groups.map((group) => ({
    post: { id: "", deliveries: group, isBatch: false },
    attemptedMs,
    answer,
    request: null,
  }));
}
