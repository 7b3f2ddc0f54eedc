import ipaddr from "ipaddr.js";
import { LIMITS } from "../model/limits.ts";
import { fail } from "../model/result.ts";
import type { Visit } from "./context.ts";
import { COSTS, type Cost } from "./costs.ts";
import type { Guard } from "./methods.ts";

type Limiter = "FEED_LIMITER" | "READ_LIMITER" | "WORK_LIMITER";

/** The answer to a client that has sent too many requests. */
export const TOO_MANY = fail({ tag: "too-many-requests", retryAfterSeconds: LIMITS.LIMITER_SECONDS });

/**
 * Counts a request of a client, and returns whether it is within a limit. Off unless FEED_LIMIT is `on`; the limits are
 * those of the bindings in wrangler.toml.
 */
export async function isWithin(c: Visit, name: Limiter): Promise<boolean> {
  const limiter = c.env[name];
  if (c.env.FEED_LIMIT !== "on" || !limiter) return true;
  const client = clientOf(c);
  return client === null || (await limiter.limit({ key: client })).success;
}

/** Counts a try to sign in, and returns whether the client may make one. Not turned off by FEED_LIMIT. */
export async function maySignIn(c: Visit): Promise<boolean> {
  const client = clientOf(c);
  if (!c.env.SIGN_IN_LIMITER || client === null) return true;
  return (await c.env.SIGN_IN_LIMITER.limit({ key: client })).success;
}

/** Limits how often a client may cause what a route costs. */
export function limited(route: keyof typeof COSTS): Guard {
  return async (c, next) => {
    if (!(await mayCause(c, route))) return TOO_MANY;
    await next();
    return undefined;
  };
}

/** Counts a request of a client that causes what a route costs, and returns whether it is within the limit. */
export async function mayCause(c: Visit, route: keyof typeof COSTS): Promise<boolean> {
  const limiter = limiterFor(COSTS[route]);
  return limiter === null || isWithin(c, limiter);
}

/** Which limiter counts a request of this cost; null for one that costs nothing. */
function limiterFor({ kvReads, objectCalls }: Cost): Limiter | null {
  if (objectCalls > 0 || kvReads > 1) return "WORK_LIMITER";
  return kvReads > 0 ? "READ_LIMITER" : null;
}

/**
 * The client that a request is counted for: its address or, of IPv6, its network of 64 bits, since everybody has all
 * addresses of one. Null where the platform gives no address, as on a person's own machine.
 */
export function clientOf(c: Visit): string | null {
  const address = c.req.raw.headers.get("cf-connecting-ip");
  if (!address) return null;
  if (!ipaddr.IPv6.isValid(address)) return address;
  return `${ipaddr.IPv6.parse(address)
    .parts.slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}
