import type { Bindings } from "../env.ts";
import type { Principal } from "../model/token.ts";

/** What answering needs of a request: Hono's context has it, and so has a request that is answered before Hono. */
export interface Visit {
  req: { raw: Request };
  env: Bindings;
  executionCtx: Pick<ExecutionContext, "waitUntil">;
}

/** What Hono passes to a handler: the bindings and, in the API, the caller. */
export interface App {
  Bindings: Bindings;
  Variables: { principal: Principal };
}
