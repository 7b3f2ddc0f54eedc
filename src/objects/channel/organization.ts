import { RpcTarget } from "cloudflare:workers";
import type { OrganizationStanding } from "../../model/line.ts";
import type { Organization } from "../../model/organization.ts";
import type { Drafts } from "./drafts.ts";
import type { HUB } from "./hub/kind.ts";
import type { Publisher } from "./publisher.ts";
import type { Readers } from "./readers.ts";
import type { Restored } from "./state.ts";
import type { ChannelParts } from "./subscribers.ts";
import type { SwitchboardPart } from "./switchboard/kind.ts";
import type { Coverage } from "./switchboard/store.ts";

/** A channel's phase. `closing`: it no longer publishes, but its documents or webhooks are not all removed yet. */
export type ChannelPhase = "open" | "closing" | "closed";

/** What {@link OrganizationPart} depends on. */
interface OrganizationParts extends ChannelParts {
  publisher: Publisher;
  readers: Pick<Readers, "clear">;
  drafts: Pick<Drafts, "clear">;
  hub: ReturnType<typeof HUB.open>;
  switchboard: SwitchboardPart;
  /** Tries to do now what makes something public no more. */
  carryOut(): Promise<void>;
}

/** Describes, restores and closes the organization of a channel. */
export class OrganizationPart extends RpcTarget {
  readonly #parts: OrganizationParts;

  constructor(parts: OrganizationParts) {
    super();
    this.#parts = parts;
  }

  /**
   * Opens the channel or updates its description. The first call also publishes the empty documents, and one that makes it
   * unlisted hides them at once, also while their publication waits to be tried again.
   * @param coverage if shared webhooks want its events, from the first on
   */
  async describe(organization: Organization, coverage: Coverage | null = null): Promise<void> {
    const { storage, state, hub, switchboard, publisher, arm, carryOut } = this.#parts;
    const hubs = await hub.hubsNamedBy(organization);
    const first = storage.transactionSync(() => {
      state.open(organization);
      if (coverage) switchboard.cover(coverage);
      state.touch(Date.now());
      hub.setHubs(hubs);
      return state.read().publishedDigest === null;
    });
    await arm();
    if (first) await publisher.publish();
    else if (state.due().hides) await carryOut();
  }

  /** Restores a channel from an export, open or closed as it was there. The alarm publishes its documents. */
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
   * Closes the channel and removes its feeds, webhooks and readers. The ledger stays, so that reopening repeats no
   * alert. The removals are stored in the same transaction; the alarm carries out what fails now. A repeated call
   * retries them.
   */
  async close(): Promise<ChannelPhase> {
    const { storage, state, outbox, broadcast, readers, drafts, arm, carryOut } = this.#parts;
    const { organization, closed } = state.read();
    if (!organization) return "closed";
    storage.transactionSync(() => {
      if (closed) return outbox.retryNow();
      state.close();
      broadcast.close();
      // A later organization with this slug must not inherit them.
      readers.clear();
      drafts.clear();
    });
    await arm();
    if (this.state() === "closing") await carryOut();
    return this.state();
  }

  /** The channel's phase. */
  state(): ChannelPhase {
    const { state, outbox } = this.#parts;
    const { organization, closed, closing } = state.read();
    if (organization && !closed) return "open";
    const isLeft =
      closing || ["endpoint", "switchboard", "directory"].some((kind) => outbox.hasWaiting(kind));
    return isLeft ? "closing" : "closed";
  }

  /** The current publication and its date; null if nothing is published. */
  publication(): OrganizationStanding["publication"] | null {
    const { publishedDigest: digest, updatedMs: updated_ms } = this.#parts.state.read();
    return digest === null ? null : { digest, updated_ms };
  }
}
