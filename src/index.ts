import type { Bindings } from "./env.ts";
import type { Follower as FollowerClass } from "./follower/follower.ts";
import { answerRequest } from "./http/edge.ts";
import { once } from "./model/once.ts";
import type { AuditLog as AuditLogClass } from "./objects/audit.ts";
import type { Channel as ChannelClass } from "./objects/channel.ts";
import type { Directory as DirectoryClass } from "./objects/directory.ts";
import type { Endpoint as EndpointClass } from "./objects/endpoint.ts";
import { loadedWhenUsed } from "./objects/kit/loading.ts";
import type { Subscription as SubscriptionClass } from "./objects/subscription.ts";
import type { Switchboard as SwitchboardClass } from "./objects/switchboard.ts";
import { logLine } from "./store/log.ts";

export { Cached } from "./http/edge.ts";

export const AuditLog = loadedWhenUsed<AuditLogClass>(
  async () => (await import("./objects/audit.ts")).AuditLog,
  { addToAudit: true, page: true, begin: true, takeFormer: true },
);

export const Channel = loadedWhenUsed<ChannelClass>(
  async () => (await import("./objects/channel.ts")).Channel,
  {
    ...{ organization: true, articles: true, documents: true, events: true, webhooks: true },
    ...{ switchboard: true, subscribers: true, readers: true, drafts: true, aggregators: true },
    ...{ audience: true, versions: true, announcements: true, check: true, wake: true },
  },
);

export const Directory = loadedWhenUsed<DirectoryClass>(
  async () => (await import("./objects/directory.ts")).Directory,
  {
    ...{ organizations: true, tokens: true, sessions: true, sources: true, news: true, names: true },
    ...{ articles: true, problems: true, sweep: true, watchdog: true, verifications: true },
    ...{ publishers: true, health: true, sharing: true, purges: true, metrics: true, wake: true },
  },
);

export const Endpoint = loadedWhenUsed<EndpointClass>(
  async () => (await import("./objects/endpoint.ts")).Endpoint,
  { registration: true, deliveries: true, health: true, check: true, wake: true },
);

export const Follower = loadedWhenUsed<FollowerClass>(
  async () => (await import("./follower/follower.ts")).Follower,
  { source: true, push: true, check: true, wake: true },
);

export const Subscription = loadedWhenUsed<SubscriptionClass>(
  async () => (await import("./objects/subscription.ts")).Subscription,
  { lease: true, check: true, wake: true },
);

export const Switchboard = loadedWhenUsed<SwitchboardClass>(
  async () => (await import("./objects/switchboard.ts")).Switchboard,
  { webhooks: true, list: true, events: true, check: true, wake: true },
);

const theTick = once(() => import("./scheduled.ts"));

/** The Worker: requests, and the tick. What a feed does not need is loaded with its first use. */
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
