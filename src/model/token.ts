import * as v from "valibot";
import { LIMITS } from "./limits.ts";
import { type Failure, fail, ok, type Result } from "./result.ts";
import { slug } from "./slug.ts";
import { textLine } from "./text.ts";
import { timestamp } from "./time.ts";

/**
 * What a token allows. `publish`: articles, descriptions of organizations, and readers. `webhooks`: reading and changing
 * webhooks, whose addresses can be secrets. `read`: everything else. `manage`: deleting an organization.
 */
export const Scope = v.picklist(["publish", "webhooks", "read", "manage"]);
export type Scope = v.InferOutput<typeof Scope>;

/** The scopes of a token that names none: deleting an organization is never allowed by default. */
export const DEFAULT_SCOPES: readonly Scope[] = ["publish", "webhooks", "read"];

/** What an operation requires: nothing, any token, a scope, or the operator. */
export type Need = "nothing" | "token" | Scope | "operator";

/** The body of a request that creates a token. */
export const TokenInput = v.strictObject({
  organizations: v.pipe(
    v.array(slug),
    v.minLength(1, "must name at least one organization"),
    v.maxLength(LIMITS.ORGANIZATIONS_PER_ARTICLE),
  ),
  scopes: v.optional(
    v.pipe(
      v.array(Scope),
      v.minLength(1, "must name at least one scope"),
      v.transform((scopes) => Scope.options.filter((scope) => scopes.includes(scope))),
    ),
    [...DEFAULT_SCOPES],
  ),
  description: v.optional(textLine(LIMITS.TITLE_CHARACTERS), ""),
});

/** A token as it is stored. The token itself is shown once, at creation. */
export const Token = v.object({
  id: v.string(),
  organizations: v.array(v.string()),
  scopes: v.array(Scope),
  description: v.string(),
  created_at: timestamp,
});
export type Token = v.InferOutput<typeof Token>;

/** A token in a list. */
export const ListedToken = v.object({
  ...Token.entries,
  sessions: v.pipe(v.number(), v.description("How many are signed in to the console with it.")),
  /** To the hour, so that not every request is a write. */
  last_used_at: v.pipe(v.nullable(timestamp), v.description("To the hour; null when it was never used.")),
});
export type ListedToken = v.InferOutput<typeof ListedToken>;

/** The caller, as the API shows it. */
export const Me = v.object({
  operator: v.boolean(),
  id: v.nullable(v.string()),
  description: v.nullable(v.string()),
  scopes: v.array(Scope),
  organizations: v.nullable(v.array(v.string())),
});

/** The caller: the operator, or a token for some organizations, of which some are `open`. */
export type Principal = (
  | { kind: "admin" }
  | (Pick<Token, "id" | "description" | "scopes" | "organizations"> & { kind: "token"; open: string[] })
) & {
  /** Where the caller acts, if not by the API itself. */
  via?: "console";
};

/** Returns true when a caller may act for all of these organizations. */
export function mayActFor(principal: Principal, organizations: readonly string[]): boolean {
  return principal.kind === "admin" || organizations.every((slug) => principal.organizations.includes(slug));
}

/** Checks what an operation requires of its caller, whatever its target. */
export function admitted(principal: Principal, need: Need): Result<null> {
  if (need === "nothing" || need === "token" || principal.kind === "admin") return ok(null);
  if (need === "operator") return fail({ tag: "forbidden" });
  const lacking: Failure = { tag: "scope-missing", scope: need };
  return principal.scopes.includes(need) ? ok(null) : fail(lacking);
}
