import { type Health, problemOf } from "../../delivery/health.ts";
import type { Bindings } from "../../env.ts";
import type { RecordProblem } from "../../model/record.ts";
import { rfc3339 } from "../../model/time.ts";
import type { Webhook } from "../../model/webhook.ts";
import type { Duty } from "../kit/alarm.ts";
import { directoryOf } from "../stubs.ts";
import type { EndpointState } from "./state.ts";

/**
 * Tells the Directory that the webhook fails or is disabled, and when that is over: `GET /problems` shows it. One object
 * call and one row for each such change.
 */
export class ProblemReport implements Duty {
  readonly name = "problem";
  readonly #env: () => Bindings;
  readonly #state: EndpointState;

  constructor(env: () => Bindings, state: EndpointState) {
    this.#env = env;
    this.#state = state;
  }

  dueMs(): number | null {
    const registered = this.#state.read();
    return registered && problemOf(registered.health) !== registered.reportedProblem ? 0 : null;
  }

  async run(): Promise<void> {
    const registered = this.#state.read();
    if (!registered) return;
    const { webhook, health } = registered;
    await directoryOf(this.#env()).problems.reportWebhook(webhook.id, shownProblem(webhook, health));
    this.#state.setReportedProblem(problemOf(health));
  }
}

/** The problem as `GET /problems` shows it: only the URL's origin, since its path can be a secret. */
function shownProblem(
  { id, organization, description, url }: Webhook,
  health: Health,
): Omit<RecordProblem, "key" | "seen_at"> | null {
  const problem = problemOf(health);
  if (problem === null) return null;
  const why =
    health.reason === "gone" ? "its receiver wants no more deliveries" : "its deliveries have failed";
  return {
    reason: `webhook-${problem}`,
    errors: [{ path: "webhook", message: problem === "disabled" ? `is disabled: ${why}` : "fails" }],
    webhook: { id, organization, description, origin: new URL(url).origin, since: rfc3339(health.sinceMs) },
  };
}
