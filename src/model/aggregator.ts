import * as v from "valibot";
import { timestamp } from "./time.ts";

/** For how many subscribers an aggregator asked last for one feed. */
export const Aggregator = v.object({
  agent: v.string(),
  feed: v.string(),
  subscribers: v.number(),
  seen_at: timestamp,
});
export type Aggregator = v.InferOutput<typeof Aggregator>;
