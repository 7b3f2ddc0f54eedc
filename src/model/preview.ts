import * as v from "valibot";
import { Findings } from "./attribution.ts";
import { Audience } from "./audience.ts";

/** What an article would be if it were published as it is. */
export const Preview = v.object({
  title: v.string(),
  content_html: v.pipe(v.nullable(v.string()), v.description("As pages and feeds show it; null for none.")),
  removed: v.pipe(
    v.array(v.object({ element: v.string(), count: v.number() })),
    v.description("The elements that the sanitizer takes away, such as `script`."),
  ),
  organizations: v.pipe(v.array(v.string()), v.description("Those named or, without any, those found.")),
  state: v.picklist(["published", "scheduled"]),
  published_at: v.string(),
  ...Findings.entries,
  audience: v.pipe(
    v.array(Audience),
    v.description("Who would be told, for each of the organizations that the token may act for."),
  ),
});
export type Preview = v.InferOutput<typeof Preview>;
