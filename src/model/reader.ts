import * as v from "valibot";
import { LIMITS } from "./limits.ts";
import { textLine } from "./text.ts";
import { timestamp } from "./time.ts";

/** What a publisher says of somebody who may read a feed at an address of their own. */
export const ReaderInput = v.strictObject({
  description: v.optional(textLine(LIMITS.TITLE_CHARACTERS), ""),
});

/** A reader as it is shown; the addresses, with the key in them, are shown once, at creation. */
export const Reader = v.object({ id: v.string(), description: v.string(), created_at: timestamp });
export type Reader = v.InferOutput<typeof Reader>;
