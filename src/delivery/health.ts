import * as v from "valibot";
import { LIMITS } from "../model/limits.ts";
import { DAY_MS, rfc3339, timestamp } from "../model/time.ts";

/** `paused`: by its owner. `disabled`: by the service. Both keep their deliveries and send nothing. */
export const HealthState = v.picklist(["active", "failing", "paused", "disabled"]);
export type HealthState = v.InferOutput<typeof HealthState>;

/** Why an endpoint is disabled; `gone`: its receiver wants no more. */
const DisabledBy = v.picklist(["none", "failures", "gone"]);

/** The health of an endpoint. Times are milliseconds since 1970. */
export interface Health {
  state: HealthState;
  /** When the state last changed; 0 when it never did. */
  sinceMs: number;
  /** Failed attempts since the last success. */
  failures: number;
  /** The time between these failures; each gap counts as one day at most. */
  failingMs: number;
  lastFailureMs: number;
  /** The last warning that was sent, in percent. */
  toldPercent: number;
  /** Why it is disabled. */
  reason: v.InferOutput<typeof DisabledBy>;
}

/**
 * What happens to an endpoint. `gone`: its receiver wants no more; it has answered 410, or 404 where that says so, or
 * `webhook-delivery: disable`.
 */
export type HealthChange = "success" | "failure" | "gone" | "pause" | "resume" | "enable";

/** The health of a new endpoint. */
export const HEALTHY: Health = {
  state: "active",
  sinceMs: 0,
  failures: 0,
  failingMs: 0,
  lastFailureMs: 0,
  toldPercent: 0,
  reason: "none",
};

/** The progress toward disabling at which other webhooks are warned. */
const WARNINGS_PERCENT: readonly number[] = [50, 70, 90];

/** Returns true when an endpoint sends nothing. */
export const isHeld = ({ state }: Health): boolean => state === "paused" || state === "disabled";

/** The progress toward disabling in whole percent. Both the time and the number of failures count. */
export function progressPercent({ failures, failingMs }: Health): number {
  const time = failingMs / (LIMITS.DISABLE_AFTER_DAYS * DAY_MS);
  return Math.floor(100 * Math.min(1, time, failures / LIMITS.DISABLE_AFTER_ATTEMPTS));
}

/**
 * The state machine of an endpoint; `src/README.md` has the table. Attempts that end after an endpoint was paused or
 * disabled change nothing, except a 410.
 */
export function nextHealth(health: Health, change: HealthChange | null, nowMs: number): Health {
  switch (change) {
    case null:
      return health;
    case "enable":
      return health.state === "active" ? health : { ...HEALTHY, sinceMs: nowMs };
    case "resume":
      return health.state === "paused" ? { ...HEALTHY, sinceMs: nowMs } : health;
    case "pause":
      return isHeld(health) ? health : { ...health, state: "paused", sinceMs: nowMs };
    case "gone":
      return health.state === "disabled" ? health : disabled(health, "gone", nowMs);
    case "success":
      return health.state === "failing" ? { ...HEALTHY, sinceMs: nowMs } : health;
    case "failure":
      return isHeld(health) ? health : failed(health, nowMs);
  }
}

function failed(health: Health, nowMs: number): Health {
  const first = health.failures === 0;
  const since = first ? 0 : Math.min(Math.max(nowMs - health.lastFailureMs, 0), DAY_MS);
  const failing: Health = {
    ...health,
    state: "failing",
    sinceMs: health.state === "failing" ? health.sinceMs : nowMs,
    failures: health.failures + 1,
    failingMs: health.failingMs + since,
    lastFailureMs: nowMs,
  };
  const percent = progressPercent(failing);
  if (percent === 100) return disabled(failing, "failures", nowMs);
  const step = WARNINGS_PERCENT.findLast((warning) => percent >= warning) ?? 0;
  return { ...failing, toldPercent: Math.max(step, health.toldPercent) };
}

const disabled = (health: Health, reason: Health["reason"], nowMs: number): Health => ({
  ...health,
  state: "disabled",
  sinceMs: nowMs,
  reason,
});

/** What an operator is to see of an endpoint: not a single failure, which the next attempt mostly makes good. */
export function problemOf({ state, failures }: Health): "failing" | "disabled" | null {
  if (state === "disabled") return "disabled";
  return state === "failing" && failures >= LIMITS.PROBLEM_FAILURES ? "failing" : null;
}

/** The event to send for a change of health; null when there is none. */
export function healthNotice(
  before: Health,
  after: Health,
): "endpoint.disabled" | "endpoint.failing" | "endpoint.recovered" | null {
  if (after.state === "disabled") return before.state === "disabled" ? null : "endpoint.disabled";
  const wasReported = before.state === "disabled" || before.toldPercent > 0;
  if (after.state === "active") return wasReported ? "endpoint.recovered" : null;
  return after.toldPercent > before.toldPercent ? "endpoint.failing" : null;
}

/** Health as the API and operational events show it. */
export const ShownHealth = v.object({
  state: HealthState,
  since: v.pipe(v.nullable(timestamp), v.description("Null while it never left the first state.")),
  failures: v.pipe(v.number(), v.description("Tries that have failed since the last that succeeded.")),
  progress_percent: v.pipe(v.number(), v.description("How far on the way to being disabled.")),
  reason: DisabledBy,
  held_until: v.exactOptional(v.pipe(timestamp, v.description("Nothing is sent before this."))),
  held_by: v.exactOptional(
    v.pipe(
      v.picklist(["receiver", "timeouts"]),
      v.description(
        "`receiver`: it has asked for a wait. `timeouts`: it does not answer in time, and gets one request after each wait.",
      ),
    ),
  ),
  problem: v.exactOptional(
    v.pipe(v.string(), v.description("What must be put right before anything is sent.")),
  ),
});
export type ShownHealth = v.InferOutput<typeof ShownHealth>;

/** Why an endpoint sends nothing for a while. */
export interface Hold {
  untilMs: number;
  /** `receiver`: it has asked for a wait. `timeouts`: it does not answer. `secrets`: they cannot be opened. */
  by: "receiver" | "timeouts" | "secrets";
  /** Of `timeouts`: how often in a row it was asked in vain, once after each wait. */
  tries?: number;
}

/** What is said where a webhook's secret cannot be opened. */
export const SECRETS_LOST =
  "The webhook's secret cannot be opened: SECRETS_KEY is missing or is not the one that sealed it. Set the key again, or rotate the secret.";

/** An endpoint's health as the API shows it. @param hold null when nothing is held */
export const shownHealth = (health: Health, hold: Hold | null = null): ShownHealth => ({
  state: health.state,
  since: health.sinceMs === 0 ? null : rfc3339(health.sinceMs),
  failures: health.failures,
  progress_percent: progressPercent(health),
  reason: health.reason,
  ...shownHold(hold),
});

function shownHold(hold: Hold | null): Pick<ShownHealth, "held_until" | "held_by" | "problem"> {
  if (hold === null) return {};
  if (hold.by === "secrets") return { problem: SECRETS_LOST };
  return { held_until: rfc3339(hold.untilMs), held_by: hold.by };
}
