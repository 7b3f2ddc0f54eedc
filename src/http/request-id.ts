import { randomId } from "../model/digest.ts";

const known = new WeakMap<Request, string>();

/** Cloudflare's id of a request and the location that took it, such as `8c1a2b3c4d5e6f70-FRA`. */
const RAY = /^[0-9a-f]{16}(-[A-Z]{3})?$/;

/**
 * The id of a request: Cloudflare's own (`cf-ray`) where there is one, so that its dashboard finds the same request. The
 * answer has it as `request-id`, and so has each line that is logged about the request.
 */
export function requestIdOf(request: Request): string {
  const id = known.get(request) ?? idFrom(request.headers.get("cf-ray"));
  known.set(request, id);
  return id;
}

const idFrom = (ray: string | null): string => (ray !== null && RAY.test(ray) ? ray : randomId("req_"));
