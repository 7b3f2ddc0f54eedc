import * as v from "valibot";
import { timestamp } from "./time.ts";

/** The outcome of a change. `failed`: the service could not finish it, and part of it may be done. */
export const Outcome = v.picklist(["done", "failed"]);

/** What was changed, and in which organizations. */
export interface Change {
  object: string;
  organizations: readonly string[];
  outcome: v.InferOutput<typeof Outcome>;
  /** Why, if whoever did it has said so. */
  reason?: string | undefined;
}

/** The operator as an actor. */
export const OPERATOR = "admin";

/** Who makes a change: `admin`, or a token's id with its description at that time. */
export interface Actor {
  actor: string;
  description: string;
  via?: "console";
}

/** An entry of the audit log. It holds no bodies and no secrets. */
export const AuditEntry = v.object({
  id: v.string(),
  at: timestamp,
  actor: v.pipe(v.string(), v.description("`admin`, or a token's id.")),
  actor_description: v.pipe(v.string(), v.description("The token's description at that time.")),
  via: v.exactOptional(v.pipe(v.literal("console"), v.description("Only for what was done in the console."))),
  action: v.pipe(v.string(), v.description("What was done, such as `article.put` or `webhook.delete`.")),
  object: v.pipe(v.string(), v.description("The id or slug of what was changed.")),
  organizations: v.array(v.string()),
  outcome: v.pipe(Outcome, v.description("`failed`: the service could not finish it; a part may be done.")),
  reason: v.exactOptional(
    v.pipe(v.string(), v.description("Why, if whoever withdrew an article has said so.")),
  ),
  omitted: v.exactOptional(
    v.pipe(v.number(), v.description("How many more objects the same request changed that are not listed.")),
  ),
});
export type AuditEntry = v.InferOutput<typeof AuditEntry>;

/** A query of the audit log: any of some organizations (null: all), one actor, one action, a time, and a cursor. */
export interface AuditQuery {
  organizations: readonly string[] | null;
  actor: string | null;
  action: string | null;
  /** Milliseconds since 1970, from the first on and before the second; null for all. */
  sinceMs: number | null;
  untilMs: number | null;
  cursor: number | null;
}
