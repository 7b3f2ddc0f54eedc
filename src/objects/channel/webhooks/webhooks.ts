import { RpcTarget } from "cloudflare:workers";
import { type Bindings, configuration } from "../../../env.ts";
import type { ChannelEvent } from "../../../model/event.ts";
import { rfc3339 } from "../../../model/time.ts";
import type { Backfill, Webhook } from "../../../model/webhook.ts";
import type { OperationalEvent } from "../../endpoint/events.ts";
import type { HealthRequest } from "../../endpoint/registration.ts";
import type { Outbox } from "../../kit/outbox.ts";
import { Turns } from "../../kit/turns.ts";
import { changeSealed, open, type SecretsChange, seal } from "../../secrets.ts";
import { endpointOf } from "../../stubs.ts";
import type { Seen } from "../decide.ts";
import { DIRECTORY } from "../directory.ts";
import type { WebhookStore } from "./store.ts";

/** Settings of a new webhook that the API does not return. */
export interface NewWebhook {
  secret: string;
  headers?: Record<string, string> | undefined;
  /** Older articles to send. */
  backfill?: Backfill | undefined;
  paused?: boolean;
  /** The limit of webhooks at its host; none if undefined. */
  mostAtHost?: number | undefined;
  /** Of a shared webhook that names organizations: the id of each, by slug. */
  bound?: Record<string, string> | undefined;
}

/** What to change besides the visible settings of a webhook. */
export interface WebhookChanges extends Pick<NewWebhook, "headers" | "mostAtHost" | "bound"> {
  state?: HealthRequest | undefined;
}

/** The outcome of a change. `host-full`: the limit of webhooks at one host is reached. */
export type Changed = "changed" | "missing" | "host-full";

/** What a channel knows about an article and a webhook. */
export interface ChannelAccount {
  seen: Seen | null;
  /** Whether the article matches the webhook's filter; true without a filter. */
  fits: boolean;
  /** Whether an event about the article waits in the outbox. */
  waiting: boolean;
}

/** What has webhooks: an organization's channel, or the object of the shared ones. */
export interface WebhookHome {
  env: Bindings;
  storage: DurableObjectStorage;
  outbox: Outbox;
  /** Sets the alarm for the next duty. */
  arm(): Promise<void>;
  /** Targets of the outbox that a change is carried out at, besides the webhook's endpoint and the Directory. */
  urgent?: readonly string[];
  /** False while it has no organization, or the organization is closed: then nothing changes. */
  isOpen(): boolean;
  /** Whether there may be one more. */
  hasRoom(webhook: Webhook): boolean;
  /** Called in the transaction that adds or changes a webhook. */
  stored(webhook: Webhook, bound: NewWebhook["bound"]): void;
  /** Called in the transaction that removes a webhook. */
  removed(id: string): void;
  /** Queues older articles for a new webhook, in the transaction that adds it. */
  backfill(webhook: Webhook, from: Backfill): void;
  /** Stores an operational event of a webhook and queues it for other webhooks. */
  tell(webhook: Webhook, happened: Omit<OperationalEvent, "number">): void;
  /** Stores and queues a test event. */
  test(webhook: Webhook, nowMs: number): ChannelEvent;
  /** What it knows about an article and a webhook; null if it knows nothing. */
  account(webhook: Webhook, articleId: string): ChannelAccount | null;
}

const targetOf = (id: string): string => `endpoint:${id}`;

/**
 * The webhooks of a channel, or the shared ones. A change is stored together with its outbox entries in one transaction. The endpoint gets it at
 * once if possible, else from the alarm.
 */
export class Webhooks extends RpcTarget {
  readonly #home: WebhookHome;
  readonly #store: WebhookStore;
  /** Opening and sealing secrets is asynchronous, so one change runs at a time. */
  readonly #secretChanges = new Turns();

  constructor(home: WebhookHome, store: WebhookStore) {
    super();
    this.#home = home;
    this.#store = store;
  }

  /** One webhook; null if it does not exist. */
  get(id: string): Webhook | null {
    return this.#store.get(id);
  }

  /** A page of the webhooks. */
  page(cursor: string | null): { webhooks: Webhook[]; cursor: string | null } {
    return this.#store.page(cursor);
  }

  /**
   * Adds a webhook. `full`, `host-full`: the limit of webhooks, or of those at one host, is reached. `taken`: another
   * organization has its id.
   */
  async add(webhook: Webhook, given: NewWebhook): Promise<"added" | "full" | "host-full" | "taken"> {
    const { secret, headers = {}, backfill, paused, mostAtHost, bound } = given;
    const settings = configuration(this.#home.env);
    const secrets = await seal(settings, webhook.id, { secret, former: [], headers });
    const outcome = this.#write(() => {
      if (this.#isHostFull(webhook, mostAtHost)) return "host-full";
      if (!this.#home.hasRoom(webhook)) return "full";
      this.#store.add(webhook, secrets, paused ? "pause" : null);
      const { outbox } = this.#home;
      outbox.addOnce([targetOf(webhook.id)], "configure");
      outbox.addAll(DIRECTORY, "watch", [webhook.id]);
      this.#home.stored(webhook, bound);
      if (backfill) this.#home.backfill(webhook, backfill);
      return "added";
    });
    if (outcome !== "added") return outcome ?? "full";
    await this.#carryOut(webhook.id);
    return this.#store.get(webhook.id) ? "added" : "taken";
  }

  /** Changes a webhook, and its headers and state if given. */
  change(webhook: Webhook, { headers, state, mostAtHost, bound }: WebhookChanges): Promise<Changed> {
    return this.#reconfigure(webhook.id, headers ? { headers } : {}, state ?? null, () => {
      if (this.#isHostFull(webhook, mostAtHost)) return null;
      this.#home.stored(webhook, bound);
      return webhook;
    });
  }

  /** Rotates a webhook's secret. The previous one also signs until `untilMs` (milliseconds since 1970). */
  rotate(id: string, secret: string, untilMs: number): Promise<Changed> {
    return this.#reconfigure(id, { rotation: { secret, untilMs } }, null, (webhook) => webhook);
  }

  /** Removes a webhook; waiting events are not sent. False if it does not exist. */
  async remove(id: string): Promise<boolean> {
    const removed = this.#home.storage.transactionSync(() => endWebhook(this.#home, this.#store, id));
    if (removed) await this.#carryOut(id);
    return removed;
  }

  /** Sends operational events of a webhook to the other webhooks. Safe to repeat: the events are numbered. */
  async report(id: string, happened: OperationalEvent[]): Promise<void> {
    this.#write(() => {
      const webhook = this.#store.get(id);
      for (const notice of webhook ? happened : []) {
        if (!webhook || !this.#store.report(id, notice.number)) continue;
        if (notice.type === "endpoint.disabled") this.#store.stand(id, "disabled");
        if (notice.type === "endpoint.recovered") this.#store.stand(id, "active");
        this.#home.tell(webhook, notice);
      }
    });
    await this.#home.arm();
  }

  /** Sends a test event to a webhook; null if it does not exist. */
  async sendTest(id: string): Promise<ChannelEvent | null> {
    const sent = this.#write(() => {
      const webhook = this.#store.get(id);
      return webhook && this.#home.test(webhook, Date.now());
    });
    await this.#home.arm();
    return sent;
  }

  /** What is known here about an article and a webhook; null before the channel is described. */
  account(webhook: Webhook, articleId: string): ChannelAccount | null {
    return this.#home.account(webhook, articleId);
  }

  #isHostFull(webhook: Webhook, most: number | undefined): boolean {
    return most !== undefined && this.#store.isHostFull(webhook, most);
  }

  /**
   * Stores a webhook's new configuration with the outbox entry that sends it to the endpoint.
   * @param described the new settings; null if the limit of webhooks at one host is reached
   */
  async #reconfigure(
    id: string,
    secretsChange: SecretsChange,
    state: HealthRequest | null,
    described: (before: Webhook) => Webhook | null,
  ): Promise<Changed> {
    const changed = await this.#secretChanges.take(async () => {
      const before = this.#store.get(id) && (await this.#secretsOf(id));
      if (before === null) return "missing";
      const isSame = Object.keys(secretsChange).length === 0;
      const settings = configuration(this.#home.env);
      const sealed = isSame ? before : await changeSealed(settings, id, before, secretsChange, Date.now());
      return this.#write(() => {
        const known = this.#store.get(id);
        if (!known) return "missing";
        const webhook = described(known);
        if (!webhook) return "host-full";
        this.#store.change(webhook, sealed, state);
        this.#home.outbox.addOnce([targetOf(id)], "configure");
        if (secretsChange.rotation) this.#tellOfRotation(webhook, secretsChange.rotation.untilMs);
        return "changed";
      });
    });
    if (changed === "changed") await this.#carryOut(id);
    return changed ?? "missing";
  }

  /** Tells the other webhooks of a new secret. */
  #tellOfRotation(webhook: Webhook, untilMs: number): void {
    const details = { former_signs_until: rfc3339(untilMs) };
    this.#home.tell(webhook, { type: "endpoint.secret_rotated", at: Date.now(), details });
  }

  /**
   * A webhook's sealed secrets. Reads them from its endpoint if the channel has none (a webhook from before 26 November
   * 2026) or can no longer open them: only endpoints seal theirs again when SECRETS_KEY changes.
   */
  async #secretsOf(id: string): Promise<string | null> {
    const { env } = this.#home;
    const own = this.#store.secrets(id);
    if (own !== null && (await open(configuration(env), id, own))) return own;
    return (await endpointOf(env, id).registration.secrets()) ?? own;
  }

  /** Runs a transaction; null unless the home is open. */
  #write<T>(act: () => T): T | null {
    return this.#home.isOpen() ? this.#home.storage.transactionSync(act) : null;
  }

  /** Relays a webhook's outbox entries now. The alarm retries what fails. */
  async #carryOut(id: string): Promise<void> {
    const { outbox, arm, urgent = [] } = this.#home;
    await arm();
    await Promise.all([targetOf(id), DIRECTORY, ...urgent].map((target) => outbox.runNow(target)));
    await arm();
  }
}

/** Removes a webhook, in a transaction of its caller. False if it does not exist. */
export function endWebhook(home: WebhookHome, store: WebhookStore, id: string): boolean {
  if (!store.remove(id)) return false;
  const { outbox } = home;
  outbox.remove(targetOf(id));
  outbox.add([targetOf(id)], { action: "delete", ref: null });
  outbox.addAll(DIRECTORY, "unwatch", [id]);
  home.removed(id);
  return true;
}
