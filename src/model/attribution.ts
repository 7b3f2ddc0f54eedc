import * as v from "valibot";
import { LIMITS } from "./limits.ts";
import { slug } from "./slug.ts";

export const Attribution = v.strictObject({
  organization: slug,
  alias: v.pipe(v.string(), v.maxLength(2 * LIMITS.NAME_CHARACTERS)),
  where: v.picklist(["title", "summary", "content"]),
  at: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/**
 * Why an article is attributed to an organization that its publisher did not name: which of its names was met
 * first, in which text, and how many UTF-16 code units after its beginning. HTML counts as the text it shows.
 */
export type Attribution = v.InferOutput<typeof Attribution>;

/** Attributions as a record holds them. */
export const Attributions = v.pipe(v.array(Attribution), v.maxLength(LIMITS.ORGANIZATIONS_PER_ARTICLE));

/** A name that was found and not attributed: whose it can be, where it is, and why it is ambiguous. */
export const AmbiguousName = v.object({
  ...v.omit(Attribution, ["organization"]).entries,
  organizations: v.array(slug),
  reason: v.picklist(["shared-name", "unqualified-name", "qualified-otherwise"]),
});
export type AmbiguousName = v.InferOutput<typeof AmbiguousName>;

/** The texts of an article in which organizations are looked for, as a reader sees them. */
export interface Texts {
  title?: string;
  summary?: string;
  content?: string;
}

/** What was found in the texts of an article: one attribution for each organization, in the order of the text. */
export const Findings = v.object({ attributions: v.array(Attribution), doubts: v.array(AmbiguousName) });
export type Findings = v.InferOutput<typeof Findings>;
