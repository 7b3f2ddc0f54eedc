/** A header of a response, as the OpenAPI document describes it. */
interface ResponseHeader {
  /** As it is usually written. */
  name: string;
  description: string;
  example: string;
  /** Not in every response with the status. */
  isOptional?: true;
}

/** The headers that a client of the API reads, besides those of HTTP's framing and caching. */
export const RESPONSE_HEADERS = {
  "request-id": {
    name: "Request-Id",
    description: "Names this request in the operator's log.",
    example: "9c1d3f0a8b7e6d5c",
  },
  location: {
    name: "Location",
    description: "The address of what was created.",
    example: "/api/v1/articles/museum-opens-archive",
  },
  etag: {
    name: "ETag",
    description:
      "Send it back in `If-None-Match`: what has not changed is answered 304. An article's names its content; `If-Match` of a change takes it.",
    example: '"0123456789abcdefghjkmnpqrs"',
  },
  "idempotency-replayed": {
    name: "Idempotency-Replayed",
    description: "`true`: this is the response of an earlier request with the same `Idempotency-Key`.",
    example: "true",
    isOptional: true,
  },
  "retry-after": {
    name: "Retry-After",
    description: "In how many seconds the request may be sent again.",
    example: "5",
  },
  "www-authenticate": {
    name: "WWW-Authenticate",
    description: "Which token is needed (RFC 6750).",
    example: 'Bearer realm="communique"',
  },
  allow: { name: "Allow", description: "The methods of this address.", example: "GET, HEAD" },
} as const satisfies Record<string, ResponseHeader>;
export type HeaderName = keyof typeof RESPONSE_HEADERS;

/** A header in the document. */
export interface DescribedHeader {
  description: string;
  required: boolean;
  schema: { type: "string" };
  example: string;
}

/**
 * The headers of one response in the document.
 * @param always in each response with the status
 * @param some in a few of them
 */
export function describedHeaders(
  always: readonly HeaderName[],
  some: readonly HeaderName[] = [],
): Record<string, DescribedHeader> {
  const names = new Set<HeaderName>([...always, ...some]);
  return Object.fromEntries(
    [...names].map((one) => {
      const { name, description, example, isOptional }: ResponseHeader = RESPONSE_HEADERS[one];
      const required = !isOptional && always.includes(one);
      return [name, { description, required, schema: { type: "string" as const }, example }];
    }),
  );
}
