import type { Bindings } from "../env.ts";
import { seriesOf } from "../model/metrics.ts";
import { SHARED } from "../model/slug.ts";
import { tallyQuietly } from "../store/tally.ts";
import type { AuditLog } from "./audit.ts";
import type { Channel } from "./channel.ts";
import type { Directory } from "./directory.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Subscription } from "./subscription.ts";
import type { Switchboard } from "./switchboard.ts";

/** Whoever gets a stub makes one call, in nearly all cases: `GET /usage` shows how many. */
function counted<T>(stub: T): T {
  tallyQuietly(seriesOf("object_requests", "call"));
  return stub;
}

/** The channel of an organization. */
export const channelOf = (env: Bindings, slug: string): DurableObjectStub<Channel> =>
  counted(env.CHANNEL.get(env.CHANNEL.idFromName(slug)));

/** The endpoint of a webhook. */
export const endpointOf = (env: Bindings, id: string): DurableObjectStub<Endpoint> =>
  counted(env.ENDPOINT.get(env.ENDPOINT.idFromName(id)));

/** A subscription of the hub. */
export const subscriptionOf = (env: Bindings, id: string): DurableObjectStub<Subscription> =>
  counted(env.SUBSCRIPTION.get(env.SUBSCRIPTION.idFromName(id)));

/** The follower of a source. Its class is on a higher floor, so only the type of its binding is known here. */
export const followerOf = (env: Bindings, id: string): ReturnType<Bindings["FOLLOWER"]["get"]> =>
  counted(env.FOLLOWER.get(env.FOLLOWER.idFromName(id)));

/** The single Directory. */
export const directoryOf = (env: Bindings): DurableObjectStub<Directory> =>
  counted(env.DIRECTORY.get(env.DIRECTORY.idFromName("directory")));

/** The single audit log. */
export const auditOf = (env: Bindings): DurableObjectStub<AuditLog> =>
  counted(env.AUDIT.get(env.AUDIT.idFromName("audit")));

/** The single object of the shared webhooks. */
export const switchboardOf = (env: Bindings): DurableObjectStub<Switchboard> =>
  counted(env.SWITCHBOARD.get(env.SWITCHBOARD.idFromName("switchboard")));

/** What has the webhooks of an organization, or, for {@link SHARED}, the shared ones. */
export const homeOf = (env: Bindings, organization: string): Pick<DurableObjectStub<Channel>, "webhooks"> =>
  organization === SHARED ? switchboardOf(env) : channelOf(env, organization);
