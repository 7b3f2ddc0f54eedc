import { type Bindings, configuration } from "../env.ts";
import type { Push } from "../intake/upstream/hub.ts";
import { type Candidate, newsIn } from "../intake/upstream/news.ts";
import { afterPoll, spreadOf } from "../intake/upstream/schedule.ts";
import { randomId } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import { seriesOf } from "../model/metrics.ts";
import { once } from "../model/once.ts";
import type { Source } from "../model/source.ts";
import { Turns } from "../objects/kit/turns.ts";
import { seal } from "../objects/secrets.ts";
import { logLine } from "../store/log.ts";
import { tally } from "../store/tally.ts";
import { articleIdOf, type Origin } from "./article-ids.ts";
import { ask } from "./fetch.ts";
import type { Followed, Following } from "./following.ts";
import type { Items, Named } from "./items.ts";
import { isReachable } from "./push.ts";
import { isPushed, type PushStore } from "./push-store.ts";
import type { Understood } from "./understood.ts";

/** What reads feeds of every format is loaded with the first document. */
const theReaders = once(() => import("./understood.ts"));

interface Parts {
  env: () => Bindings;
  storage: DurableObjectStorage;
  following: Following;
  items: Items;
  push: PushStore;
}

/** Takes in what a source says, whether it was polled or pushed: one document at a time. */
export class Reading {
  readonly #parts: Parts;
  readonly #turns = new Turns();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Asks the source for news. */
  poll(): Promise<void> {
    return this.#turns.take(() => this.#poll());
  }

  /**
   * Takes in a document that the source's hub has sent. Its polls go on as they were.
   * @param isNamed its headers name the topic: what it says itself no longer counts
   * @returns false when it is of another topic
   */
  takePushed(bytes: Uint8Array, contentType: string, topic: string, isNamed: boolean): Promise<boolean> {
    return this.#turns.take(() => this.#takePushed(bytes, contentType, topic, isNamed));
  }

  async #poll(): Promise<void> {
    const { env, storage, following, items, push } = this.#parts;
    const followed = following.read();
    if (!followed) return;
    const { source, standing } = followed;
    const settings = configuration(env());
    const answer = await ask(standing, settings);
    const read: Understood =
      answer.kind === "document"
        ? await (await theReaders()).understood(answer, standing, settings)
        : { polled: answer, candidates: [] };
    const { polled } = read;
    const { news, names } = await this.#newsOf(source, read.candidates);
    const wanted = read.push && isReachable(settings) ? read.push : null;
    const begun = polled.kind === "read" ? await this.#newSubscription(source, wanted) : null;
    // If the source was changed in the meantime, everything may have to be read again: discard this response.
    if (!this.#isStill(followed)) return;
    const now = Date.now();
    storage.transactionSync(() => {
      if (polled.kind === "read" && !wanted) push.remove();
      if (wanted && begun) push.begin(wanted, begun.token, begun.sealed, now);
      if (news.fresh.length > 0) push.missed();
      const leastSeconds = isPushed(push.read(), now) ? LIMITS.SOURCE_LATEST_SECONDS : 0;
      following.setStanding(afterPoll(standing, polled, now, spreadOf(source.id), leastSeconds));
      if (polled.kind === "read") items.take(news, names, standing.digest === null, now);
    });
    tally(seriesOf("polls", polled.kind));
    if (polled.kind === "failed")
      logLine("warn", "source.failed", { source: source.id, error: polled.error });
  }

  async #takePushed(
    bytes: Uint8Array,
    contentType: string,
    topic: string,
    isNamed: boolean,
  ): Promise<boolean> {
    const { env, storage, following, items } = this.#parts;
    const followed = following.read();
    if (!followed) return true;
    const { source, standing } = followed;
    const { address, etag, lastModified } = standing;
    const document = {
      kind: "document",
      status: 200,
      address,
      base: topic,
      bytes,
      contentType,
      etag,
      lastModified,
    } as const;
    const read = await (await theReaders()).understood(
      { ...document, links: null, keptSeconds: 0 },
      standing,
      configuration(env()),
    );
    if (!isNamed && read.self && read.self !== topic) return false;
    const { polled } = read;
    if (polled.kind !== "read") return true;
    const { news, names } = await this.#newsOf(source, read.candidates);
    if (!this.#isStill(followed)) return true;
    storage.transactionSync(() => {
      following.setStanding({ ...standing, digest: polled.validators.digest, title: polled.title });
      items.take(news, names, standing.digest === null, Date.now());
    });
    return true;
  }

  /** Whether nothing else is said of the source now. */
  #isStill({ source }: Followed): boolean {
    return JSON.stringify(this.#parts.following.read()?.source) === JSON.stringify(source);
  }

  /** A token and secret for a subscription that there is not yet; null when nothing is to begin. */
  async #newSubscription(
    source: Source,
    wanted: Push | null,
  ): Promise<{ token: string; sealed: string } | null> {
    const before = this.#parts.push.read();
    if (!wanted || (before?.hub === wanted.hub && before.topic === wanted.topic)) return null;
    const secrets = { secret: randomId(""), former: [], headers: {} };
    return {
      token: randomId(`${source.id.slice("src_".length)}_`),
      sealed: await seal(configuration(this.#parts.env()), source.id, secrets),
    };
  }

  async #newsOf(source: Source, candidates: readonly Candidate[]) {
    const news = newsIn(candidates, this.#parts.items.known(candidates));
    return { news, names: await Promise.all(news.fresh.map((candidate) => this.#nameOf(source, candidate))) };
  }

  /** The origin of an item's articles: the first unused one of its link, its key, and its key with the current time. */
  async #nameOf({ id, organizations }: Source, { key, link }: Candidate): Promise<Named> {
    const origins: Origin[] = [
      ...(link ? [{ link }] : []),
      { source: id, key },
      { source: id, key: `${key} ${Date.now()}` },
    ];
    for (const origin of origins) {
      const ids = await Promise.all([null, ...organizations].map((slug) => articleIdOf(origin, slug)));
      const [articleId = ""] = ids;
      if (origin === origins.at(-1) || !this.#parts.items.isNamedBy(origin, ids))
        return { origin, articleId };
    }
    throw new Error("unreachable: the last origin is always taken");
  }
}
