import * as v from "valibot";
import { LIMITS } from "./limits.ts";
import { filledLine } from "./text.ts";

const names = v.optional(
  v.pipe(v.array(filledLine(LIMITS.NAME_CHARACTERS)), v.maxLength(LIMITS.ALIASES)),
  [],
);

/** A publisher of pages that are copied: what an article's `source` calls it, and how its pages do. */
export const Publisher = v.strictObject({
  name: filledLine(LIMITS.NAME_CHARACTERS),
  aliases: v.pipe(names, v.description("Other names, as its pages write them.")),
  domains: v.pipe(names, v.description("The hosts of its pages, without `www.`.")),
});
export type Publisher = v.InferOutput<typeof Publisher>;

/** The publishers that the operator keeps. */
export const PublisherList = v.strictObject({
  publishers: v.pipe(v.array(Publisher), v.maxLength(LIMITS.PUBLISHERS)),
});
