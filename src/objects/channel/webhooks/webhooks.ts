import { RpcTarget } from "cloudflare:workers";
import { configuration } from "../../../env.ts";
import type { ChannelEvent } from "../../../model/event.ts";
import type { Organization } from "../../../model/organization.ts";
import { rfc3339 } from "../../../model/time.ts";
import type { Backfill, Webhook } from "../../../model/webhook.ts";
import type { OperationalEvent } from "../../endpoint/events.ts";
import type { HealthRequest } from "../../endpoint/registration.ts";
import { Turns } from "../../kit/turns.ts";
import { changeSealed, open, type SecretsChange, seal } from "../../secrets.ts";
import { endpointOf } from "../../stubs.ts";
import type { Seen } from "../decide.ts";
import { DIRECTORY } from "../directory.ts";
import { filterInputOf, operationalEvent, testEvent } from "../messages.ts";
import type { ChannelParts } from "../subscribers.ts";
import { backfillOf } from "./backfill.ts";
import { fits, type WebhookStore } from "./store.ts";

/** Settings of a new webhook that the API does not return. */
export interface NewWebhook {
  secret: string;
  headers?: Record<string, string> | undefined;
  /** Older articles to send. */
  backfill?: Backfill | undefined;
  paused?: boolean;
  /** The limit of webhooks at its host; none if undefined. */
  mostAtHost?: number | undefined;
}

/** What to change besides the visible settings of a webhook. */
export interface WebhookChanges extends Pick<NewWebhook, "headers" | "mostAtHost"> {
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

const targetOf = (id: string): string => `endpoint:${id}`;

/**
 * A channel's webhooks. A change is stored together with its outbox entries in one transaction. The endpoint gets it at
 * once if possible, else from the alarm.
 */
export class Webhooks extends RpcTarget {
  readonly #channel: ChannelParts;
  readonly #store: WebhookStore;
  /** Opening and sealing secrets is asynchronous, so one change runs at a time. */
  readonly #secretChanges = new Turns();

  constructor(channel: ChannelParts, store: WebhookStore) {
    super();
    this.#channel = channel;
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
    const { secret, headers = {}, backfill, paused, mostAtHost } = given;
    const settings = configuration(this.#channel.env);
    const secrets = await seal(settings, webhook.id, { secret, former: [], headers });
    const outcome = this.#write((organization) => {
      if (this.#isHostFull(webhook, mostAtHost)) return "host-full";
      if (!this.#store.add(webhook, secrets, paused ? "pause" : null)) return "full";
      const { outbox, ledger } = this.#channel;
      outbox.addOnce([targetOf(webhook.id)], "configure");
      outbox.addAll(DIRECTORY, "watch", [webhook.id]);
      if (backfill) {
        outbox.addAll(targetOf(webhook.id), "article", backfillOf(ledger, organization, webhook, backfill));
      }
      return "added";
    });
    if (outcome !== "added") return outcome ?? "full";
    await this.#carryOut(webhook.id);
    return this.#store.get(webhook.id) ? "added" : "taken";
  }

  /** Changes a webhook, and its headers and state if given. */
  change(webhook: Webhook, { headers, state, mostAtHost }: WebhookChanges): Promise<Changed> {
    return this.#reconfigure(webhook.id, headers ? { headers } : {}, state ?? null, () =>
      this.#isHostFull(webhook, mostAtHost) ? null : webhook,
    );
  }

  /** Rotates a webhook's secret. The previous one also signs until `untilMs` (milliseconds since 1970). */
  rotate(id: string, secret: string, untilMs: number): Promise<Changed> {
    return this.#reconfigure(id, { rotation: { secret, untilMs } }, null, (webhook) => webhook);
  }

  /** Removes a webhook; waiting events are not sent. False if it does not exist. */
  async remove(id: string): Promise<boolean> {
    const removed = this.#channel.storage.transactionSync(() => {
      if (!this.#store.remove(id)) return false;
      const { outbox } = this.#channel;
      outbox.remove(targetOf(id));
      outbox.add([targetOf(id)], { action: "delete", ref: null });
      outbox.addAll(DIRECTORY, "unwatch", [id]);
      return true;
    });
    if (removed) await this.#carryOut(id);
    return removed;
  }

  /** Sends operational events of a webhook to the other webhooks. Safe to repeat: the events are numbered. */
  async report(id: string, happened: OperationalEvent[]): Promise<void> {
    const { site } = configuration(this.#channel.env);
    this.#write((organization) => {
      const webhook = this.#store.get(id);
      for (const notice of webhook ? happened : []) {
        if (!webhook || !this.#store.report(id, notice.number)) continue;
        const seq = this.#channel.state.nextSeq();
        this.#channel.broadcast.event(operationalEvent(site, organization, webhook, notice, seq), null);
      }
    });
    await this.#channel.arm();
  }

  /** Sends a test event to a webhook; null if it does not exist. */
  async sendTest(id: string): Promise<ChannelEvent | null> {
    const { env, state, events, outbox } = this.#channel;
    const { site } = configuration(env);
    const sent = this.#write((organization) => {
      const webhook = this.#store.get(id);
      if (!webhook) return null;
      const seq = state.nextSeq();
      const event = testEvent(site, organization, webhook, seq, Date.now());
      events.add(event);
      outbox.add([targetOf(id)], { action: "event", ref: seq });
      return event;
    });
    await this.#channel.arm();
    return sent;
  }

  /** What the channel knows about an article and a webhook; null before the channel is described. */
  account(webhook: Webhook, articleId: string): ChannelAccount | null {
    const { state, ledger, outbox, events } = this.#channel;
    const { organization } = state.read();
    if (!organization) return null;
    const article = ledger.entry(articleId)?.article;
    const { filter } = webhook;
    const entries = outbox.waiting(targetOf(webhook.id));
    const seqs = entries.flatMap(({ action, ref }) => (action === "event" ? [Number(ref)] : []));
    return {
      seen: ledger.seen(articleId),
      fits: !filter || !article || fits(filter, filterInputOf(organization, article)),
      waiting:
        entries.some(({ action, ref }) => action === "article" && ref === articleId) ||
        events.concern(articleId, seqs),
    };
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
      const settings = configuration(this.#channel.env);
      const sealed = isSame ? before : await changeSealed(settings, id, before, secretsChange, Date.now());
      return this.#write((organization) => {
        const known = this.#store.get(id);
        if (!known) return "missing";
        const webhook = described(known);
        if (!webhook) return "host-full";
        this.#store.change(webhook, sealed, state);
        this.#channel.outbox.addOnce([targetOf(id)], "configure");
        if (secretsChange.rotation)
          this.#tellOfRotation(organization, webhook, secretsChange.rotation.untilMs);
        return "changed";
      });
    });
    if (changed === "changed") await this.#carryOut(id);
    return changed ?? "missing";
  }

  /** Tells the other webhooks of a new secret. */
  #tellOfRotation(organization: Organization, webhook: Webhook, untilMs: number): void {
    const { env, state, broadcast } = this.#channel;
    const details = { former_signs_until: rfc3339(untilMs) };
    const happened = { type: "endpoint.secret_rotated", at: Date.now(), details } as const;
    const { site } = configuration(env);
    broadcast.event(operationalEvent(site, organization, webhook, happened, state.nextSeq()), null);
  }

  /**
   * A webhook's sealed secrets. Reads them from its endpoint if the channel has none (a webhook from before 26 November
   * 2026) or can no longer open them: only endpoints seal theirs again when SECRETS_KEY changes.
   */
  async #secretsOf(id: string): Promise<string | null> {
    const { env } = this.#channel;
    const own = this.#store.secrets(id);
    if (own !== null && (await open(configuration(env), id, own))) return own;
    return (await endpointOf(env, id).registration.secrets()) ?? own;
  }

  /** Runs a transaction; null unless the channel is open. */
  #write<T>(act: (organization: Organization) => T): T | null {
    const { organization, closed } = this.#channel.state.read();
    if (!organization || closed) return null;
    return this.#channel.storage.transactionSync(() => act(organization));
  }

  /** Relays a webhook's outbox entries now. The alarm retries what fails. */
  async #carryOut(id: string): Promise<void> {
    const { outbox, arm } = this.#channel;
    await arm();
    await Promise.all([outbox.runNow(targetOf(id)), outbox.runNow(DIRECTORY)]);
    await arm();
  }
}
