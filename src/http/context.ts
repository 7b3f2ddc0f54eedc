import type { Bindings } from "../env.ts";
import type { Principal } from "../model/token.ts";

/** What Hono passes to a handler: the bindings and, in the API, the caller. */
export interface App {
  Bindings: Bindings;
  Variables: { principal: Principal };
}
