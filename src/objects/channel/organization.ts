import { RpcTarget } from "cloudflare:workers";
import type { OrganizationStanding } from "../../model/line.ts";
import type { Organization } from "../../model/organization.ts";
import type { HUB } from "./hub/kind.ts";
import type { Publisher } from "./publisher.ts";
import type { Readers } from "./readers.ts";
import type { Restored } from "./state.ts";
import type { ChannelParts } from "./subscribers.ts";

/** Whether a channel is open. `closing`: it publishes nothing any more, but something of it is still to be removed. */
export type ChannelPhase = "open" | "closing" | "closed";

/** What the organization's part works with. */
interface OrganizationParts extends ChannelParts {
  publisher: Publisher;
  readers: Pick<Readers, "clear">;
  hub: ReturnType<typeof HUB.open>;
  /** Removes what is left of a closed channel at once, as far as it can. */
  carryOutClosing(): Promise<void>;
}

/** An organization as its channel knows it: described, restored, closed. */
export class OrganizationPart extends RpcTarget {
  readonly #parts: OrganizationParts;

  constructor(parts: OrganizationParts) {
    super();
    this.#parts = parts;
  }

  /** Opens the channel, or changes its description. The first time, its empty documents stand when this returns. */
  async describe(organization: Organization): Promise<void> {
    const { storage, state, hub, publisher, arm } = this.#parts;
    const hubs = await hub.hubsNamedBy(organization);
    const first = storage.transactionSync(() => {
      state.open(organization);
      state.touch(Date.now());
      hub.setHubs(hubs);
      return state.read().publishedDigest === null;
    });
    await arm();
    if (first) await publisher.publish();
  }

  /** Opens a channel that never was as it stood elsewhere, or closed if it was closed there. Its documents follow. */
  async restore(organization: Organization, closed: boolean, restored: Restored | null): Promise<void> {
    const { storage, state, hub, arm } = this.#parts;
    const hubs = await hub.hubsNamedBy(organization);
    const now = Date.now();
    storage.transactionSync(() => {
      if (closed) state.enterClosed(organization);
      else state.open(organization);
      if (restored && restored.updatedMs <= now && state.read().seq === 0) state.restore(restored);
      if (closed) return;
      state.touch(now, "restoring");
      hub.setHubs(hubs);
    });
    await arm();
  }

  /**
   * Closes the channel: no feeds, no webhooks, no readers. Its ledger stays, so that opening it again repeats no alert. What is to be
   * removed is written down with it, and removed by the alarm if not at once; closing it again tries it again.
   */
  async close(): Promise<ChannelPhase> {
    const { storage, state, outbox, broadcast, readers, arm, carryOutClosing } = this.#parts;
    const { organization, closed } = state.read();
    if (!organization) return "closed";
    storage.transactionSync(() => {
      if (closed) return outbox.retryNow();
      state.close();
      broadcast.close();
      readers.clear(); // whoever reads an organization of the same slug later is another's reader
    });
    await arm();
    if (this.state() === "closing") await carryOutClosing();
    return this.state();
  }

  /** Whether it is open. */
  state(): ChannelPhase {
    const { state, outbox } = this.#parts;
    const { organization, closed, closing } = state.read();
    if (organization && !closed) return "open";
    const isLeft = closing || outbox.hasWaiting("endpoint") || outbox.hasWaiting("directory");
    return isLeft ? "closing" : "closed";
  }

  /** What is published, and since when; null when nothing is. */
  publication(): OrganizationStanding["publication"] | null {
    const { publishedDigest: digest, updatedMs: updated_ms } = this.#parts.state.read();
    return digest === null ? null : { digest, updated_ms };
  }
}
