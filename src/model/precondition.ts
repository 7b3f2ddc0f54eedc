import { type Failure, fail, ok, type Result } from "./result.ts";

/** What a request requires of the version that stands (RFC 9110 §13.1): `*`, or versions. */
export interface Precondition {
  ifMatch: "*" | string[] | null;
  ifNoneMatch: "*" | string[] | null;
}

/** The entity tag of a version. */
export const tagOf = (version: string): string => `"${version}"`;

/** RFC 9110 §8.8.3: an entity tag; in a list, with the comma or the end after it. */
const LISTED_TAG = /\s*(?:W\/)?"([\x21\x23-\x7e\x80-\uffff]*)"\s*(?:,|$)/y;

/** The precondition of a request; null if it has none. A field that cannot be read is a failure, so that it never overwrites. */
export function preconditionOf(headers: Headers): Result<Precondition | null> {
  const ifMatch = read(headers.get("if-match"));
  const ifNoneMatch = read(headers.get("if-none-match"));
  if (ifMatch === "unreadable") return fail(unreadable("If-Match"));
  if (ifNoneMatch === "unreadable") return fail(unreadable("If-None-Match"));
  return ok(ifMatch === null && ifNoneMatch === null ? null : { ifMatch, ifNoneMatch });
}

/**
 * Weak tags are read as strong ones, against RFC 9110 §13.1.1: Cloudflare weakens the tag of an answer that it compresses, and
 * a tag names an article's content here, not the bytes of an answer.
 */
function read(field: string | null): Precondition["ifMatch"] | "unreadable" {
  if (field === null) return null;
  if (field.trim() === "*") return "*";
  const versions: string[] = [];
  LISTED_TAG.lastIndex = 0;
  let end = 0;
  for (let found = LISTED_TAG.exec(field); found; found = LISTED_TAG.exec(field)) {
    versions.push(found[1] ?? "");
    end = LISTED_TAG.lastIndex;
    if (end === field.length) break;
  }
  const whole = versions.length > 0 && end === field.length && !field.trimEnd().endsWith(",");
  return whole ? versions : "unreadable";
}

const unreadable = (name: string): Failure => ({
  tag: "malformed",
  detail: `${name} must be * or entity tags in double quotes, such as "0123456789abcdefghjkmnpqrs". Nothing was changed.`,
});

/**
 * Whether a request may be carried out.
 * @param current the version that stands; null if there is none
 * @param wanted the version that the request leads to. Where it stands already, the request was carried out before
 * (RFC 9110 §13.1.1)
 */
export function holds(
  { ifMatch, ifNoneMatch }: Precondition,
  current: string | null,
  wanted: string | null,
): boolean {
  if (ifMatch !== null && !names(ifMatch, current) && (current === null || current !== wanted)) return false;
  return ifNoneMatch === null || !names(ifNoneMatch, current);
}

const names = (given: "*" | string[], current: string | null): boolean =>
  current !== null && (given === "*" || given.includes(current));
