/** What a request's preconditions are compared with. */
export interface Validators {
  /** A strong entity tag, with its quotes. */
  etag: string;
  /** Seconds since 1970; null if two versions can have the same second, so that only the tag validates. */
  last_modified: number | null;
}

/** Whether the client may have the current version, so that its bytes may not be needed. */
export const isConditional = (request: Headers): boolean =>
  request.has("if-none-match") || request.has("if-modified-since");

/**
 * Whether the client has the current version (RFC 9110 §13.2.2): If-None-Match decides; If-Modified-Since only if there is no
 * If-None-Match.
 */
export function notModified(request: Headers, current: Validators): boolean {
  const ifNoneMatch = request.get("if-none-match");
  if (ifNoneMatch !== null) return matches(ifNoneMatch, current.etag);
  const since = httpDate(request.get("if-modified-since"));
  return since !== null && current.last_modified !== null && current.last_modified <= since;
}

/** RFC 9110 §13.1.2: weak comparison, because a proxy that compresses may have weakened the tag. */
function matches(list: string, etag: string): boolean {
  if (list.trim() === "*") return true;
  return (list.match(/(?:W\/)?"[^"]*"/g) ?? []).some((tag) => tag.replace(/^W\//, "") === etag);
}

/** RFC 9110 §5.6.7: the format to send, and the two obsolete ones (RFC 850, asctime) that must be accepted. */
const HTTP_DATES = [
  /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
  /^[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/,
];

/** Seconds since 1970 of an HTTP date; null for anything else, which is ignored (RFC 9110 §13.1.3). */
function httpDate(text: string | null): number | null {
  if (text === null || !HTTP_DATES.some((form) => form.test(text))) return null;
  const ms = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`); // asctime has no zone and means GMT
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}
