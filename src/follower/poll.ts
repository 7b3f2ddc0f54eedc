import { type Bindings, configuration } from "../env.ts";
import { type Candidate, newsIn } from "../intake/upstream/news.ts";
import { afterPoll, spreadOf } from "../intake/upstream/schedule.ts";
import type { Source } from "../model/source.ts";
import type { Duty } from "../objects/kit/alarm.ts";
import { logLine } from "../store/log.ts";
import { articleIdOf, type Origin } from "./article-ids.ts";
import { ask } from "./fetch.ts";
import type { Following } from "./following.ts";
import type { Items, Named } from "./items.ts";
import { understood } from "./understood.ts";

interface Parts {
  env: () => Bindings;
  storage: DurableObjectStorage;
  following: Following;
  items: Items;
}

/** Polls a source and stores new and changed items. */
export class Poll implements Duty {
  readonly name = "poll";
  readonly isAlone = true;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  dueMs(): number | null {
    return this.#parts.following.read()?.standing.nextMs ?? null;
  }

  async run(): Promise<void> {
    const { env, storage, following, items } = this.#parts;
    const followed = following.read();
    if (!followed) return;
    const { source, standing } = followed;
    const settings = configuration(env());
    const answer = await ask(standing, settings);
    const { polled, candidates } =
      answer.kind === "document"
        ? await understood(answer, standing, settings)
        : { polled: answer, candidates: [] };
    const news = newsIn(candidates, items.known(candidates));
    const names = await Promise.all(news.fresh.map((candidate) => this.#nameOf(source, candidate)));
    // If the source was changed in the meantime, everything may have to be read again: discard this response.
    if (JSON.stringify(following.read()?.source) !== JSON.stringify(source)) return;
    const now = Date.now();
    storage.transactionSync(() => {
      following.setStanding(afterPoll(standing, polled, now, spreadOf(source.id)));
      if (polled.kind === "read") items.take(news, names, standing.digest === null, now);
    });
    if (polled.kind === "failed")
      logLine("warn", "source.failed", { source: source.id, error: polled.error });
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
