import { RpcTarget } from "cloudflare:workers";
import { standardEntry } from "../../delivery/formats/standard.ts";
import { type ChannelEvent, type EventType, eventId } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import type { EventIds } from "./event-ids.ts";
import type { Events } from "./events.ts";
import type { ChannelState } from "./state.ts";

/** The events to read. */
export interface EventQuery {
  /** An event's id or a cursor: reads the events after it. Null: from the oldest on. */
  after: string | null;
  types: readonly EventType[];
  /** How long to wait if there are no events. */
  waitMs: number;
}

/** Events as JSON texts with the next cursor; or, if the given position is unknown, where the kept events begin. */
export type EventsRead =
  | { known: true; events: string[]; cursor: string }
  | { known: false; oldest: string | null; cursor: string };

/**
 * An organization's events for consumers that poll them. A cursor is the sequence of the last event read. Sequences only
 * increase, so that no event is skipped or repeated.
 */
export class EventReader extends RpcTarget {
  readonly #state: ChannelState;
  readonly #events: Events;
  readonly #ids: EventIds;
  /** The number of waiting consumers. */
  #waiting = 0;

  constructor(state: ChannelState, events: Events, ids: EventIds) {
    super();
    this.#ids = ids;
    this.#state = state;
    this.#events = events;
  }

  /** The events after one, oldest first. Waits for one if there is none, unless too many consumers wait already. */
  async read({ after, types, waitMs }: EventQuery): Promise<EventsRead> {
    const start = await this.#start(after);
    if (start === null) return this.#unknown();
    let page = this.#page(start, types);
    if (page.events.length === 0 && !page.isMore && waitMs > 0 && this.#waiting < LIMITS.EVENT_WAITERS) {
      this.#waiting++;
      const time = Promise.withResolvers<"over">();
      const timer = setTimeout(() => time.resolve("over"), waitMs);
      try {
        while (page.events.length === 0 && !page.isMore) {
          if ((await Promise.race([this.#events.added, time.promise])) === "over") break;
          page = this.#page(page.cursor, types);
        }
      } finally {
        clearTimeout(timer);
        this.#waiting--;
      }
    }
    return { known: true, events: await this.#written(page.events), cursor: String(page.cursor) };
  }

  /** The sequence after which to begin; null if it is unknown, or the events after it have expired. */
  async #start(after: string | null): Promise<number | null> {
    const { seq } = this.#state.read();
    const oldest = this.#events.oldest()?.seq ?? seq + 1;
    if (after === null) return oldest - 1;
    const place = /^\d{1,15}$/.test(after) ? Number(after) : await this.#ids.seqOf(after, this.#slug());
    return place !== null && place >= oldest - 1 && place <= seq ? place : null;
  }

  async #unknown(): Promise<EventsRead> {
    const oldest = this.#events.oldest();
    const id = oldest && (await eventId(this.#slug(), oldest.article_id, oldest.revision));
    return { known: false, oldest: id, cursor: String(oldest ? oldest.seq - 1 : this.#state.read().seq) };
  }

  /** A page, which may be empty while there is more: that is where the search for some types has ended. */
  #page(
    after: number,
    types: readonly EventType[],
  ): { events: ChannelEvent[]; cursor: number; isMore: boolean } {
    const { seq } = this.#state.read();
    const last = Math.min(Math.max(seq, after), after + LIMITS.EVENTS_SEARCHED);
    const { events, isWhole } = this.#events.after(after, last, types);
    const cursor = isWhole ? last : (events.at(-1)?.seq ?? after);
    return { events, cursor, isMore: cursor < seq };
  }

  #written(events: readonly ChannelEvent[]): Promise<string[]> {
    const slug = this.#slug();
    return Promise.all(
      events.map(async (event) =>
        standardEntry({ ...event, eventId: await eventId(slug, event.article_id, event.revision) }),
      ),
    );
  }

  #slug(): string {
    return this.#state.read().organization?.slug ?? "";
  }
}
