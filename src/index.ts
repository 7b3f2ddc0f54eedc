import type { Bindings } from "./env.ts";
import { answerRequest } from "./http/edge.ts";
import { once } from "./model/once.ts";
import { logLine } from "./store/log.ts";

export { Follower } from "./follower/follower.ts";
export { Cached } from "./http/edge.ts";
export { AuditLog } from "./objects/audit.ts";
export { Channel } from "./objects/channel.ts";
export { Directory } from "./objects/directory.ts";
export { Endpoint } from "./objects/endpoint.ts";
export { Subscription } from "./objects/subscription.ts";
export { Switchboard } from "./objects/switchboard.ts";

const theTick = once(() => import("./scheduled.ts"));

/** The Worker: requests, and the tick. What neither a feed nor an object needs is loaded with the first use. */
export default {
  fetch: answerRequest,
  async scheduled(_controller, env) {
    try {
      const { tick } = await theTick();
      await tick(env);
    } catch (error) {
      logLine("error", "tick", { error: String(error) });
      throw error; // the platform's log of cron runs shows it as failed; the next minute tries again
    }
  },
} satisfies ExportedHandler<Bindings>;
