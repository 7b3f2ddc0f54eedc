import { LIMITS } from "../../model/limits.ts";
import { type Source, sourceId } from "../../model/source.ts";
import { eachAtMost } from "../../store/concurrency.ts";
import { logLine } from "../../store/log.ts";
import { followerOf } from "../stubs.ts";
import { Follows } from "./follows.ts";
import { Rights } from "./rights.ts";
import { SweepLog } from "./sweep.ts";

/** The part of the directory that knows which feeds of others are followed, and for whom. */
export class Sources extends Rights {
  readonly #follows = new Follows(this.ctx.storage.sql);
  readonly #watched = new SweepLog(this.ctx.storage.sql);

  /** Takes the sources that an organization names now; they are told by the next {@link tellSources}. */
  protected followFor(organization: string, sources: readonly Pick<Source, "id" | "url">[]): void {
    this.#follows.follow(organization, sources);
    for (const { id } of sources) this.#watched.watch({ kind: "follower", name: id });
  }

  /** Has a feed followed for the whole service. Null when there are as many as there may be. */
  async follow(url: string): Promise<Source | null> {
    const id = await sourceId(url);
    if (!this.#follows.add({ id, url })) return null;
    this.#watched.watch({ kind: "follower", name: id });
    await this.tellSources();
    return this.#follows.source(id);
  }

  /** Ends that. False when it was not followed for the whole service. */
  async unfollow(id: string): Promise<boolean> {
    if (!this.#follows.source(id)?.whole_service) return false;
    this.#follows.unfollow(id);
    await this.tellSources();
    return true;
  }

  /** A feed that is followed, and for whom. */
  async source(id: string): Promise<Source | null> {
    return this.#follows.source(id);
  }

  /** A page of the feeds that are followed, for an organization or for all. */
  async sources(
    organization: string | null,
    cursor: string | null,
  ): Promise<{ sources: Source[]; cursor: string | null }> {
    return this.#follows.page(organization, cursor);
  }

  /** Tells sources what is said of them, as many as one call may reach. False when there are more. */
  protected async tellSources(): Promise<boolean> {
    const ids = this.#follows.untold();
    await eachAtMost(LIMITS.CONNECTIONS, ids, async (id) => {
      const source = this.#follows.source(id);
      this.#follows.told(id);
      try {
        await followerOf(this.env, id).describe(source);
        if (!source) this.#watched.unwatch([id]);
      } catch (error) {
        // It asks by itself, when the watchdog looks at it.
        logLine("error", "source.tell", { source: id, error: String(error) });
      }
    });
    return ids.length < LIMITS.SOURCES_PAGE;
  }
}
