import { RpcTarget } from "cloudflare:workers";
import type { SafeArticle } from "../../feeds/item.ts";
import { aboutWebhook, type ChannelEvent } from "../../model/event.ts";
import { type FilterInput, fits } from "../../model/filter.ts";
import type { Organization } from "../../model/organization.ts";
import type { WebhookStore } from "../channel/webhooks/store.ts";
import type { Outbox } from "../kit/outbox.ts";
import { filterInputOf } from "../messages.ts";
import type { SwitchboardStore } from "./store.ts";

/** The organization that events come from. */
export interface Source extends Pick<Organization, "slug" | "language"> {
  organizationId: string;
}

interface Parts {
  storage: DurableObjectStorage;
  outbox: Outbox;
  store: SwitchboardStore;
  webhooks: WebhookStore;
  arm(): Promise<void>;
}

/** Takes the events of channels, and queues each for the shared webhooks that its organization is one of. */
export class SwitchboardEvents extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /**
   * Queues events. Every type of an article's event goes to an endpoint, which decides what the article's events in
   * several organizations mean together. Taken twice, an event is told once: the endpoint knows its sequence.
   * @param only for one webhook: articles that are older than it
   * @returns whether any webhook is for this organization, and the version of that answer
   */
  async accept(
    source: Source,
    events: readonly ChannelEvent[],
    only: string | null,
  ): Promise<{ wanted: boolean; version: number }> {
    const { storage, outbox, store, arm } = this.#parts;
    const candidates = store.candidates(source.organizationId, only);
    const version = store.version();
    if (candidates.length === 0) return { wanted: only !== null, version };
    storage.transactionSync(() => {
      for (const event of events) {
        const targets = targetsOf(event, source, candidates);
        if (targets.length > 0) outbox.add(targets, { action: "event", ref: store.keep(event) });
      }
    });
    await arm();
    return { wanted: true, version };
  }

  /** An organization is closed: no webhook that names it is for a later one with the same slug. Safe to repeat. */
  async leave(organizationId: string): Promise<void> {
    const { storage, outbox, store, webhooks } = this.#parts;
    storage.transactionSync(() => {
      for (const id of store.leave(organizationId)) {
        const webhook = webhooks.get(id);
        if (!webhook) continue;
        webhooks.describe({ ...webhook, organizations: Object.keys(store.bound(id)) });
        outbox.addOnce([`endpoint:${id}`], "configure");
      }
    });
    await this.#parts.arm();
  }
}

/** The endpoints that an event is handed to. Each distinct filter is evaluated once. */
function targetsOf(
  event: ChannelEvent,
  source: Source,
  candidates: ReturnType<SwitchboardStore["candidates"]>,
): string[] {
  const about = aboutWebhook("");
  if (event.article_id.startsWith(about)) {
    const own = event.article_id.slice(about.length);
    return candidates
      .filter(({ id, events }) => id !== own && events.includes(event.type))
      .map(({ id }) => `endpoint:${id}`);
  }
  const passed = new Map<string | null, boolean>([[null, true]]);
  let input: FilterInput | null = null;
  return candidates.flatMap(({ id, filter }) => {
    let passes = passed.get(filter);
    if (passes === undefined) {
      input ??= filterInputOf(source, articleIn(event));
      passes = filter === null || fits(filter, input);
      passed.set(filter, passes);
    }
    return passes ? [`endpoint:${id}`] : [];
  });
}

const articleIn = ({ data }: ChannelEvent): SafeArticle =>
  (JSON.parse(data) as { article: SafeArticle }).article;
