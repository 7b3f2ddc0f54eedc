import * as v from "valibot";
import { LIMITS } from "./limits.ts";
import { textLine } from "./text.ts";
import { timestamp } from "./time.ts";

/** The body of a request that creates a reader. */
export const ReaderInput = v.strictObject({
  description: v.optional(textLine(LIMITS.TITLE_CHARACTERS), ""),
});

/** A reader as the API shows it. The addresses with the key are shown once, at creation. */
export const Reader = v.object({ id: v.string(), description: v.string(), created_at: timestamp });
export type Reader = v.InferOutput<typeof Reader>;
