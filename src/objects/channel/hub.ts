import { configuration } from "../../env.ts";
import { FORMATS, type FormatName } from "../../feeds/formats.ts";
import { digest } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { hubsOf, type Organization, ownHub } from "../../model/organization.ts";
import { eachAtMost } from "../../store/concurrency.ts";
import { feedPath } from "../../store/documents.ts";
import { logLine } from "../../store/log.ts";
import { subscriptionOf } from "../stubs.ts";
import type { Handing } from "./drain.ts";
import { type Listener, Listeners } from "./listeners.ts";
import { Readership } from "./readership.ts";
import { Standing } from "./standing.ts";

/** The side of a channel that pushes its feeds (WebSub): to subscribers, and word of them to other hubs. */
export abstract class Hub extends Readership {
  protected readonly standing = new Standing(this.ctx.storage.sql);
  protected readonly listeners = new Listeners(this.ctx.storage.sql);

  /**
   * Whether a subscription to a topic of this channel may be had: not to what is not public, and not too many. `known` is
   * one that there is.
   * @param host the host name of its callback
   */
  async mayTake(
    topic: string,
    id: string,
    host: string,
  ): Promise<"yes" | "known" | "full" | "host-full" | "no"> {
    if (!this.#isPublic()) return "no";
    return this.listeners.room(topic, id, host);
  }

  /**
   * Adds a subscription. False when it may not be had any more.
   * @param askedMs when it was asked for: what was published since is sent to it
   */
  async addSubscription(id: string, topic: string, askedMs: number, host: string): Promise<boolean> {
    const may = await this.mayTake(topic, id, host);
    if (may !== "yes" && may !== "known") return false;
    const { publishedMs } = this.standing.state();
    this.listeners.add(id, topic, publishedMs < askedMs ? publishedMs : 0, host);
    await this.arm();
    return true;
  }

  /** Forgets a subscription. */
  async removeSubscription(id: string): Promise<void> {
    this.listeners.remove(id);
  }

  /** A page of the subscriptions, of one topic or of all, and of the hubs that are told. */
  async listenersTo(
    topic: string | null,
    cursor: string | null,
  ): Promise<{ listeners: Listener[]; cursor: string | null }> {
    return this.listeners.page(topic, cursor);
  }

  /** One of them; null when it is not told. */
  async listener(id: string): Promise<Listener | null> {
    return this.listeners.listener(id);
  }

  /** A document as it was published last, to the byte: KV may show an older one. Null when it is not public. */
  async document(name: FormatName): Promise<{ body: string; updatedMs: number } | null> {
    const body = this.#isPublic() ? this.standing.document(name) : null;
    return body === null ? null : { body, updatedMs: this.standing.state().updatedMs };
  }

  #isPublic(): boolean {
    const { organization, closed } = this.standing.state();
    return organization !== null && !closed && !organization.unlisted;
  }

  /** Takes note of the other hubs that an organization names: from the next publication on they are told. */
  protected async nameHubs(organization: Organization): Promise<void> {
    const { site } = configuration(this.env);
    const others = hubsOf(organization, site).filter((hub) => hub !== ownHub(site));
    const topics = FORMATS.map(({ name }) => `${site.publicUrl}/${feedPath(organization.slug, name)}`);
    const named = await Promise.all(
      others.flatMap((hub) =>
        topics.map(async (topic) => ({ id: `sub_${await digest("hub", topic, hub)}`, topic, hub })),
      ),
    );
    const left = this.listeners.setHubs(named, this.standing.state().publishedMs);
    await Promise.all(left.map((id) => subscriptionOf(this.env, id).close()));
  }

  /** Tells a bounded number of those who were not told of what was published. */
  protected async distribute(most: number): Promise<Handing> {
    const { publishedMs } = this.standing.state();
    const listeners = this.listeners.untold(publishedMs, most);
    const results = await eachAtMost(LIMITS.CONNECTIONS, listeners, (one) => this.#tell(one, publishedMs));
    const left = this.listeners.hasUntold() ? "more" : "done";
    return { progress: results.includes(false) ? "failed" : left, calls: results.length };
  }

  async #tell(listener: Listener, publishedMs: number): Promise<boolean> {
    try {
      const there = await subscriptionOf(this.env, listener.id).news(listener);
      if (there) this.listeners.told(listener.id, publishedMs);
      else this.listeners.remove(listener.id);
      return true;
    } catch (error) {
      this.listeners.failed(listener.id);
      logLine("error", "channel.distribute", { subscription: listener.id, error: String(error) });
      return false;
    }
  }

  /** Sets the alarm to when something is to be done. */
  protected abstract arm(): Promise<void>;
}
