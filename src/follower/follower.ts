import { DurableObject } from "cloudflare:workers";
import { type Bindings, configuration } from "../env.ts";
import { type Candidate, newsIn } from "../intake/upstream/news.ts";
import { afterPoll, type SourceStanding, untried } from "../intake/upstream/schedule.ts";
import { shownSource } from "../intake/upstream/shown.ts";
import { LIMITS } from "../model/limits.ts";
import type { ShownSource, Source } from "../model/source.ts";
import { armAt, earliest, ring, wakeIfStuck } from "../objects/alarm.ts";
import { directoryOf } from "../objects/stubs.ts";
import { logLine } from "../store/log.ts";
import { articleIdOf, type Origin } from "./article-ids.ts";
import { Following } from "./following.ts";
import { Items, type Named } from "./items.ts";
import { ask } from "./poll.ts";
import { takeIn } from "./take-in.ts";
import { understood } from "./understood.ts";

/** One feed of somebody else's: asks it for news, remembers what it has said, and publishes what is new. */
export class Follower extends DurableObject<Bindings> {
  readonly #following = new Following(this.ctx.storage.sql);
  readonly #items = new Items(this.ctx.storage);

  /**
   * Takes what is said of this source now; null: it is followed no more. What it has brought stays, and is remembered, so
   * that following it again repeats nothing.
   */
  async describe(source: Source | null): Promise<void> {
    const before = this.#following.followed();
    if (JSON.stringify(before?.source ?? null) === JSON.stringify(source)) return;
    this.ctx.storage.transactionSync(() => {
      if (!source) this.#following.clear();
      else if (!before) {
        const firstMs = Date.now() + spreadOf(source.id) * LIMITS.SOURCE_SPREAD_MS;
        this.#following.open(source, untried(source.url, firstMs));
      } else {
        this.#following.describe(source);
        if (widens(before.source, source)) this.#readAnew(before.standing);
      }
    });
    await this.#arm();
  }

  /** What stands in its feed is for others too: it is met anew, and quietly, since it is history. */
  #readAnew(standing: SourceStanding): void {
    const nextMs = standing.nextMs === null ? null : Math.min(standing.nextMs, Date.now());
    this.#following.stand({ ...standing, etag: null, lastModified: null, digest: null, nextMs });
    this.#items.renew();
  }

  /** Has it asked as soon as may be, also when it had ended. Null when it is not followed. */
  async askSoon(): Promise<ShownSource | null> {
    const followed = this.#following.followed();
    if (!followed) return null;
    const { standing } = followed;
    const earliestMs = (standing.lastFetchMs ?? 0) + LIMITS.SOURCE_BY_HAND_SECONDS * 1_000;
    this.#following.stand({ ...standing, nextMs: Math.max(Date.now(), earliestMs) });
    await this.#arm();
    return this.health();
  }

  /** What it is, and how it is doing. */
  async health(): Promise<ShownSource | null> {
    const followed = this.#following.followed();
    return followed && shownSource(followed, this.#items.counts());
  }

  /** Asks for news, or publishes some of what has come. */
  override async alarm(): Promise<void> {
    await ring(this.ctx.storage, "follower", LIMITS.SOURCE_AGAIN_MS, async () => {
      const followed = this.#following.followed();
      const now = Date.now();
      if (followed && (followed.standing.nextMs ?? Number.POSITIVE_INFINITY) <= now) {
        await this.#poll(followed.source, followed.standing);
      } else if (followed && followed.publishMs <= now) {
        this.#following.published(await takeIn(this.env, followed.source, this.#items), Date.now());
      }
      return this.#dueMs();
    });
  }

  async #poll(source: Source, standing: SourceStanding): Promise<void> {
    const settings = configuration(this.env);
    const answer = await ask(standing, settings);
    const { polled, candidates } =
      answer.kind === "document"
        ? await understood(answer, standing, settings)
        : { polled: answer, candidates: [] };
    const news = newsIn(candidates, this.#items.known(candidates));
    const names = await Promise.all(news.fresh.map((candidate) => this.#nameOf(source, candidate)));
    const followed = this.#following.followed();
    // What was said of it meanwhile may want all of it read anew: then this answer is not the one.
    if (!followed || JSON.stringify(followed.source) !== JSON.stringify(source)) return;
    const now = Date.now();
    this.ctx.storage.transactionSync(() => {
      this.#following.stand(afterPoll(standing, polled, now, spreadOf(source.id)));
      if (polled.kind === "read") this.#items.take(news, names, standing.digest === null, now);
    });
    if (polled.kind === "failed")
      logLine("warn", "source.failed", { source: source.id, error: polled.error });
  }

  /** What names an item's articles: its link, or else its key, or else its key and this moment. */
  async #nameOf({ id, organizations }: Source, { key, link }: Candidate): Promise<Named> {
    const origins: Origin[] = [
      ...(link ? [{ link }] : []),
      { source: id, key },
      { source: id, key: `${key} ${Date.now()}` },
    ];
    for (const origin of origins) {
      const ids = await Promise.all([null, ...organizations].map((slug) => articleIdOf(origin, slug)));
      const [articleId = ""] = ids;
      if (origin === origins.at(-1) || !this.#items.isNamedBy(origin, ids)) return { origin, articleId };
    }
    throw new Error("unreachable: the last origin is always taken");
  }

  /**
   * The watchdog's look: learns what the directory says of it, if it was not told, and sets the alarm when one is
   * missing. True when something was stuck.
   */
  async wake(): Promise<boolean> {
    const id = this.ctx.id.name;
    if (id) await this.describe(await directoryOf(this.env).sources.get(id));
    return wakeIfStuck(this.ctx.storage, this.#dueMs());
  }

  /** When something is to be done here; null when nothing is. */
  #dueMs(): number | null {
    const followed = this.#following.followed();
    return (
      followed && earliest(followed.standing.nextMs, this.#items.isWaiting() ? followed.publishMs : null)
    );
  }

  async #arm(): Promise<void> {
    await armAt(this.ctx.storage, this.#dueMs());
  }
}

/** In [0, 1), and always the same for a source: its id is a digest. */
function spreadOf(sourceId: string): number {
  let number = 0;
  for (const character of sourceId.slice(-6)) number = (number * 36 + Number.parseInt(character, 36)) % 1_000;
  return number / 1_000;
}

/** Whether it is for somebody that it was not for. */
function widens(before: Source, after: Source): boolean {
  const more = after.organizations.some((slug) => !before.organizations.includes(slug));
  return more || (after.whole_service && !before.whole_service);
}
