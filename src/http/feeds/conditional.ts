/** What a request's preconditions are held against. */
export interface Validators {
  /** A strong entity tag, with its quotes. */
  etag: string;
  /** Seconds since 1970; null where seconds do not tell all versions apart, so that the tag alone validates. */
  last_modified: number | null;
}

/**
 * Whether the client has what it asks for (RFC 9110 §13.2.2): If-None-Match decides when it is there, and only
 * without it If-Modified-Since.
 */
export function notModified(request: Headers, current: Validators): boolean {
  const ifNoneMatch = request.get("if-none-match");
  if (ifNoneMatch !== null) return matches(ifNoneMatch, current.etag);
  const since = httpDate(request.get("if-modified-since"));
  return since !== null && current.last_modified !== null && current.last_modified <= since;
}

/** RFC 9110 §13.1.2: weak comparison, since an edge that compresses may have weakened the tag we gave. */
function matches(list: string, etag: string): boolean {
  if (list.trim() === "*") return true;
  return (list.match(/(?:W\/)?"[^"]*"/g) ?? []).some((tag) => tag.replace(/^W\//, "") === etag);
}

/** RFC 9110 §5.6.7: the form to send, and the two obsolete ones (RFC 850, asctime) that must be read too. */
const HTTP_DATES = [
  /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
  /^[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/,
];

/** Seconds since 1970 of an HTTP date; null for anything else, which RFC 9110 §13.1.3 has us ignore. */
function httpDate(text: string | null): number | null {
  if (text === null || !HTTP_DATES.some((form) => form.test(text))) return null;
  const ms = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`); // asctime's bears no zone and means GMT
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}
