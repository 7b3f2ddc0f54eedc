import * as v from "valibot";
import { timestamp } from "./time.ts";

/** What became of a change: `failed` when the service could not finish it, so that a part may be done. */
export const Outcome = v.picklist(["done", "failed"]);

/** What was changed, of which organizations. */
export interface Change {
  object: string;
  organizations: readonly string[];
  outcome: v.InferOutput<typeof Outcome>;
}

/** Who changes something: `admin`, or a token's id and what its description was then. */
export interface Actor {
  actor: string;
  description: string;
}

/** One line of the audit log. No bodies and no secrets: what something is now, it says itself. */
export const AuditEntry = v.object({
  id: v.string(),
  at: timestamp,
  actor: v.pipe(v.string(), v.description("`admin`, or a token's id.")),
  actor_description: v.pipe(v.string(), v.description("The token's description at that time.")),
  action: v.pipe(v.string(), v.description("What was done, such as `article.put` or `webhook.delete`.")),
  object: v.pipe(v.string(), v.description("The id or slug of what was changed.")),
  organizations: v.array(v.string()),
  outcome: v.pipe(Outcome, v.description("`failed`: the service could not finish it; a part may be done.")),
});
export type AuditEntry = v.InferOutput<typeof AuditEntry>;

/** Which entries are asked for: those of any of some organizations (null: all), by one actor, before a cursor. */
export interface AuditQuery {
  organizations: readonly string[] | null;
  actor: string | null;
  cursor: number | null;
}
