import type { Principal } from "../../model/token.ts";

/**
 * Who makes a request that the service itself sends to its API. No header says so: nobody outside can.
 */
const CALLERS = new WeakMap<Request, Principal>();

/** The same request, made by somebody who is known already. */
export function madeBy(principal: Principal, request: Request): Request {
  CALLERS.set(request, principal);
  return request;
}

/** Who makes a request, if the service itself has said so. */
export const callerOf = (request: Request): Principal | undefined => CALLERS.get(request);
