import { RpcTarget } from "cloudflare:workers";
import { spreadOf, untried } from "../intake/upstream/schedule.ts";
import { shownSource } from "../intake/upstream/shown.ts";
import { LIMITS } from "../model/limits.ts";
import type { ShownSource, Source } from "../model/source.ts";
import { rfc3339OrNull } from "../model/time.ts";
import type { Alarm } from "../objects/kit/alarm.ts";
import type { Followed, Following } from "./following.ts";
import type { Items } from "./items.ts";
import type { PushStore, PushSubscription } from "./push-store.ts";

interface Parts {
  storage: DurableObjectStorage;
  following: Following;
  items: Items;
  push: PushStore;
  alarm: Alarm;
}

/** The public operations of a followed source: follow, poll soon, read its health. */
export class FollowedSource extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /**
   * Follows a source as the Directory has it; null stops following. Its articles and items stay, so that following it
   * again repeats nothing.
   */
  async follow(source: Source | null): Promise<void> {
    const { storage, following, push, alarm } = this.#parts;
    const before = following.read();
    if (JSON.stringify(before?.source ?? null) === JSON.stringify(source)) return;
    storage.transactionSync(() => {
      if (!source) {
        push.remove();
        return following.remove();
      }
      following.setSource(
        source,
        untried(source.url, Date.now() + spreadOf(source.id) * LIMITS.SOURCE_SPREAD_MS),
      );
      if (before && widens(before.source, source)) this.#readAnew(before);
    });
    await alarm.rearm();
  }

  /** The source has more organizations: reads the whole feed again, without alerts, because the items are history. */
  #readAnew({ standing }: Followed): void {
    const nextMs = standing.nextMs === null ? null : Math.min(standing.nextMs, Date.now());
    this.#parts.following.setStanding({ ...standing, etag: null, lastModified: null, digest: null, nextMs });
    this.#parts.items.renew();
  }

  /** Makes the next poll due as soon as allowed, even if the publisher had ended the feed (410). */
  async pollSoon(): Promise<void> {
    const { following, alarm } = this.#parts;
    const standing = following.read()?.standing;
    if (!standing) return;
    const earliestMs = (standing.lastFetchMs ?? 0) + LIMITS.SOURCE_BY_HAND_SECONDS * 1_000;
    following.setStanding({ ...standing, nextMs: Math.max(Date.now(), earliestMs) });
    await alarm.rearm();
  }

  /** The source and its health; null if it is not followed. */
  async get(): Promise<ShownSource | null> {
    const { following, items, push } = this.#parts;
    const followed = following.read();
    return followed && { ...shownSource(followed, items.counts()), push: shownPush(push.read()) };
  }
}

const shownPush = (subscription: PushSubscription | null): ShownSource["push"] =>
  subscription && {
    hub: subscription.hub,
    lease_ends_at: rfc3339OrNull(subscription.leaseEndsMs),
    last_push_at: rfc3339OrNull(subscription.pushedMs),
  };

/** Whether the source serves an organization that it did not serve before. */
function widens(before: Source, after: Source): boolean {
  const more = after.organizations.some((slug) => !before.organizations.includes(slug));
  return more || (after.whole_service && !before.whole_service);
}
