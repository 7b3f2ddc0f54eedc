import * as v from "valibot";
import { LIMITS } from "./limits.ts";
import { slug } from "./slug.ts";
import { textLine } from "./text.ts";

/** What an operator says of a token: which organizations its holder may speak for. */
export const TokenInput = v.strictObject({
  organizations: v.pipe(
    v.array(slug),
    v.minLength(1, "must name at least one organization"),
    v.maxLength(LIMITS.ORGANIZATIONS_PER_ARTICLE),
  ),
  description: v.optional(textLine(LIMITS.TITLE_CHARACTERS), ""),
});

/** A token as it is read; the token itself is shown once, at creation. */
export interface Token extends v.InferOutput<typeof TokenInput> {
  id: string;
  created_at: string;
}

/** Who is calling: the operator, or the holder of a token for some organizations. */
export type Principal = { kind: "admin" } | { kind: "token"; id: string; organizations: string[] };

/** Whether a caller may act for every one of these organizations. */
export function mayActFor(principal: Principal, organizations: readonly string[]): boolean {
  return principal.kind === "admin" || organizations.every((slug) => principal.organizations.includes(slug));
}
