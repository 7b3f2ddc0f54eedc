import type { Bindings } from "../env.ts";
import type { Change } from "../model/audit.ts";
import type { Principal } from "../model/token.ts";

/** What Hono passes to a handler: the bindings, and in the API who is calling and what was changed, if it was said. */
export interface App {
  Bindings: Bindings;
  Variables: { principal: Principal; changes: Change[] | undefined };
}
