import { RpcTarget } from "cloudflare:workers";
import type { Webhook } from "../../model/webhook.ts";
import type { Outbox } from "../kit/outbox.ts";
import type { SwitchboardStore } from "./store.ts";

interface Parts {
  storage: DurableObjectStorage;
  outbox: Outbox;
  store: SwitchboardStore;
  arm(): Promise<void>;
  /** Removes a webhook, in a transaction of its caller. */
  end(id: string): boolean;
}

/** The shared webhooks by owner: `admin`, or a token's id. */
export class SwitchboardList extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /** A page of the webhooks of an owner, or of all (null). */
  page(owner: string | null, cursor: string | null): { webhooks: Webhook[]; cursor: string | null } {
    return this.#parts.store.page(owner, cursor);
  }

  /** Removes the webhooks of an owner whose token was revoked. Safe to repeat. */
  async revoke(owner: string): Promise<void> {
    const { storage, outbox, store, arm, end } = this.#parts;
    const ids = store.owned(owner);
    storage.transactionSync(() => {
      store.revoke(owner);
      for (const id of ids) end(id);
    });
    await arm();
    await Promise.all(ids.map((id) => outbox.runNow(`endpoint:${id}`)));
  }
}
