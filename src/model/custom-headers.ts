import * as v from "valibot";
import { LIMITS } from "./limits.ts";

// RFC 9110 §5.6.2 and §5.5: a token, and visible ASCII with blanks inside.
const NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const VALUE = /^[\x21-\x7E]([\x20-\x7E\t]*[\x21-\x7E])?$/;

/** Hop-by-hop headers (RFC 9110 §7.6.1), and those that follow from the body and the address. */
const NOT_TO_SET: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "expect",
  "forwarded",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "via",
]);

/** Prefixes of headers that the service or the network sets. */
const NOT_TO_SET_PREFIXES = ["webhook-", "proxy-", "cf-", "x-forwarded-", "x-real-ip"];

const mayBeSet = (name: string): boolean =>
  !NOT_TO_SET.has(name) && !NOT_TO_SET_PREFIXES.some((prefix) => name.startsWith(prefix));

/** Headers to send with every delivery, by name in lower case. */
export const customHeaders = v.pipe(
  v.record(v.string(), v.pipe(v.string(), v.trim(), v.maxLength(LIMITS.CUSTOM_HEADER_CHARACTERS))),
  v.rawTransform(({ dataset, addIssue }) => {
    const entries = Object.entries(dataset.value).map(
      ([name, value]) => [name.toLowerCase(), value] as const,
    );
    const headers = new Map(entries);
    if (headers.size < entries.length) addIssue({ message: "must not name a header twice" });
    if (headers.size > LIMITS.CUSTOM_HEADERS)
      addIssue({ message: `must be at most ${LIMITS.CUSTOM_HEADERS}` });
    for (const [name, value] of headers) {
      if (!NAME.test(name)) addIssue({ message: `${JSON.stringify(name)} is not a header's name` });
      else if (!mayBeSet(name)) addIssue({ message: `${name} is not yours to set` });
      else if (!VALUE.test(value))
        addIssue({ message: `the value of ${name} must be visible ASCII characters` });
    }
    return Object.fromEntries(headers);
  }),
);
