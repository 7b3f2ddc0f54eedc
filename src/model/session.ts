import * as v from "valibot";
import { timestamp } from "./time.ts";

/** Somebody who is signed in to the console. */
export const Session = v.object({
  id: v.string(),
  begun_at: timestamp,
  seen_at: v.pipe(timestamp, v.description("To ten minutes.")),
  ends_at: v.pipe(timestamp, v.description("When it ends, unless it is used before.")),
  browser: v.pipe(v.string(), v.description("As it calls itself.")),
});
export type Session = v.InferOutput<typeof Session>;

/** What a sign-in link is good for. */
export type LinkState = "usable" | "used" | "expired" | "unknown";

/** A link that signs somebody in. */
export const SignInLink = v.object({
  sign_in_url: v.pipe(
    v.string(),
    v.description("Signs in to the console with this token, once. Shown only in this response."),
  ),
  sign_in_until: timestamp,
});
