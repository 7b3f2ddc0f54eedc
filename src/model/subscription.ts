import * as v from "valibot";
import { LIMITS } from "./limits.ts";
import { timestamp } from "./time.ts";

/** WebSub §7: the methods of a signature, each with its name in Web Cryptography. */
export const SIGNATURE_METHODS = {
  sha1: "SHA-1",
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512",
} as const;
/** A method by its name in a request. */
export type SignatureMethod = keyof typeof SIGNATURE_METHODS;

const bytesOf = (text: string): number => new TextEncoder().encode(text).byteLength;

/** An optional parameter. Forms also send empty ones. */
const optionalText = v.optional(
  v.pipe(
    v.string(),
    v.transform((text) => text || undefined),
  ),
);

const leaseSeconds = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^\d{0,15}$/, "must be a whole number of seconds"),
    // WebSub §5.1: what is asked for is a wish. 0 has meant "as long as can be", and "no matter".
    v.transform((text) => Math.min(Number(text) || LIMITS.LEASE_DEFAULT_SECONDS, LIMITS.LEASE_MOST_SECONDS)),
  ),
  "",
);

/** A request to the hub (WebSub §5.1, which requires that unknown parameters are ignored). */
export const HubRequest = v.pipe(
  v.object({
    "hub.mode": v.picklist(["subscribe", "unsubscribe"], "must be subscribe or unsubscribe"),
    "hub.topic": v.pipe(
      v.string("must be given"),
      v.maxLength(LIMITS.URL_CHARACTERS + LIMITS.FILTER_CHARACTERS, "is too long"),
    ),
    "hub.callback": v.pipe(v.string("must be given"), v.maxLength(LIMITS.URL_CHARACTERS, "is too long")),
    "hub.lease_seconds": leaseSeconds,
    "hub.secret": v.pipe(
      optionalText,
      v.check(
        (secret) => bytesOf(secret ?? "") < LIMITS.HUB_SECRET_BYTES,
        `must have fewer than ${LIMITS.HUB_SECRET_BYTES} bytes`,
      ),
    ),
    // Not of the Recommendation, which leaves the method to the hub.
    "hub.signature_method": v.optional(
      v.picklist(
        Object.keys(SIGNATURE_METHODS) as SignatureMethod[],
        "must be sha1, sha256, sha384 or sha512",
      ),
      "sha256",
    ),
    // Of PubSubHubbub 0.3, which readers still speak.
    "hub.verify_token": v.pipe(
      optionalText,
      v.check((token) => (token ?? "").length <= LIMITS.VERIFY_TOKEN_CHARACTERS, "is too long"),
    ),
  }),
  v.transform((form) => ({
    mode: form["hub.mode"],
    topic: form["hub.topic"],
    callback: form["hub.callback"],
    leaseSeconds: form["hub.lease_seconds"],
    /** Null: distributions are not signed. */
    secret: form["hub.secret"] ?? null,
    method: form["hub.signature_method"],
    verifyToken: form["hub.verify_token"] ?? null,
  })),
);
export type HubRequest = v.InferOutput<typeof HubRequest>;

/** A subscription as the API shows it. It shows only the callback's host: the rest can be a secret. */
export const Subscription = v.object({
  id: v.string(),
  topic: v.string(),
  kind: v.pipe(
    v.picklist(["subscriber", "hub"]),
    v.description("`subscriber`: is sent the feed. `hub`: another hub, which is told that there is news."),
  ),
  callback_host: v.string(),
  signed: v.boolean(),
  secret_changed_at: v.exactOptional(
    v.pipe(
      timestamp,
      v.description("When another secret took the place of the one before, if one ever did."),
    ),
  ),
  created_at: timestamp,
  lease_ends_at: v.pipe(v.nullable(timestamp), v.description("Null for a hub.")),
  last_delivery_at: v.nullable(timestamp),
  failures: v.pipe(v.number(), v.description("Tries that have failed since the last that succeeded.")),
  last_failure: v.nullable(v.object({ at: timestamp, status: v.nullable(v.number()), detail: v.string() })),
  next_attempt_at: v.nullable(timestamp),
});
export type Subscription = v.InferOutput<typeof Subscription>;
