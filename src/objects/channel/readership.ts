import { DurableObject } from "cloudflare:workers";
import type { Bindings } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Reader } from "../../model/reader.ts";
import { type Aggregator, Audience } from "./audience.ts";
import { Readers } from "./readers.ts";

/** The side of a channel that knows who reads: those with addresses of their own, and for how many others ask. */
export class Readership extends DurableObject<Bindings> {
  readonly #readers = new Readers(this.ctx.storage.sql);
  readonly #audience = new Audience(this.ctx.storage.sql);

  /** Opens the feeds at an address of one's own. False when there are as many readers as there may be. */
  async addReader(reader: Reader, hash: string): Promise<boolean> {
    return this.#readers.add(reader, hash);
  }

  /** A page of the readers. */
  async readers(cursor: string | null): Promise<{ readers: Reader[]; cursor: string | null }> {
    return this.#readers.page(cursor);
  }

  /** Takes a reader's addresses back. False when there was none. */
  async removeReader(id: string): Promise<boolean> {
    return this.#readers.remove(id);
  }

  /** Takes all addresses back: who reads an organization of the same slug later is another's reader. */
  protected closeToReaders(): void {
    this.#readers.clear();
  }

  /** Whether a key of this hash opens the feeds. */
  async mayRead(hash: string): Promise<boolean> {
    return this.#readers.has(hash);
  }

  /** Notes for how many subscribers an aggregator asks. */
  async countSubscribers(agent: string, feed: string, subscribers: number): Promise<void> {
    this.#audience.count(agent.slice(0, LIMITS.TAG_CHARACTERS), feed, subscribers, Date.now());
  }

  /** For how many the aggregators ask. */
  async audience(): Promise<Aggregator[]> {
    return this.#audience.all();
  }
}
