import { RpcTarget } from "cloudflare:workers";
import type { Bindings } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Coverage } from "../channel/switchboard/store.ts";
import type { Alarm } from "../kit/alarm.ts";
import type { Outbox, Relay } from "../kit/outbox.ts";
import { first, integer, type Schema } from "../kit/sql.ts";
import { switchboardOf } from "../stubs.ts";
import type { OrganizationStore } from "./organization-store.ts";
import type { TokenStore } from "./tokens.ts";
import type { WatchStore } from "./watchdog.ts";

export const SHARING_SCHEMA: Schema = {
  name: "sharing",
  migrations: ["CREATE TABLE sharing (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)"],
};

/** Whether shared webhooks want the events of organizations that are created later. */
export class SharingStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The version of that wish; null if there is none. */
  version(): number | null {
    return first(this.#sql, integer("version"), "SELECT version FROM sharing");
  }

  set(version: number | null): void {
    if (version === null) this.#sql.exec("DELETE FROM sharing");
    else this.#sql.exec("INSERT OR REPLACE INTO sharing (id, version) VALUES (1, ?)", version);
  }
}

/** The coverage of an organization in the entries of its channel; null if there is none. */
export function coverageIn(
  entries: readonly { action: string; ref: number | string | null }[],
  organizationId: string,
  later: number | null,
): Coverage | null {
  const named = entries.filter(({ action }) => action === "cover").map(({ ref }) => Number(ref));
  const opens = entries.some(({ action }) => action !== "cover");
  const versions = opens && later !== null ? [...named, later] : named;
  return versions.length > 0 ? { organizationId, version: Math.max(...versions) } : null;
}

/** Ends the shared webhooks of revoked tokens. */
export const revocationRelay = (env: Bindings): Relay => ({
  most: 1,
  async hand(tokenId) {
    await switchboardOf(env).list.revoke(tokenId);
    return 1;
  },
});

interface Parts {
  storage: DurableObjectStorage;
  alarm: Alarm;
  outbox: Outbox;
  store: SharingStore;
  organizations: OrganizationStore;
  tokens: TokenStore;
  watched: WatchStore;
}

/**
 * What the object of the shared webhooks asks. The Directory tells channels, because it alone knows which organization
 * has a slug now, and tells each channel of its opening, its closing and its coverage in one order.
 */
export class Sharing extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /**
   * The ids of open organizations by slug.
   * @param slugs null: all that the token is bound to
   * @param tokenId only those that the token is bound to; null: any
   */
  async identify(slugs: string[] | null, tokenId: string | null): Promise<Record<string, string>> {
    const { organizations, tokens } = this.#parts;
    const bound = tokenId === null ? null : tokens.bound(tokenId);
    const open = organizations
      .some(slugs ?? Object.keys(bound ?? {}))
      .filter(({ id, organization, closed }) => {
        return !closed && (bound === null || bound[organization.slug] === id);
      });
    return Object.fromEntries(open.map(({ id, organization }) => [organization.slug, id]));
  }

  /** A part of the open organizations by slug. `after` is where the next part begins; null at the end. */
  async open(
    after: string,
  ): Promise<{ organizations: { slug: string; id: string }[]; after: string | null }> {
    const found = this.#parts.organizations.after(after, LIMITS.PAGE_ITEMS);
    const open = found.filter(({ closed }) => !closed);
    return {
      organizations: open.map(({ id, organization: { slug } }) => ({ slug, id })),
      after: found.length < LIMITS.PAGE_ITEMS ? null : (found.at(-1)?.organization.slug ?? null),
    };
  }

  /** Has the channels of some organizations hand over their events. @param bound their ids by slug */
  async cover(bound: Record<string, string>, version: number): Promise<void> {
    const { storage, organizations, outbox } = this.#parts;
    const same = organizations
      .some(Object.keys(bound))
      .filter(({ id, organization, closed }) => !closed && bound[organization.slug] === id);
    const targets = same.map(({ organization: { slug } }) => `channel:${slug}`);
    storage.transactionSync(() => {
      this.#watch();
      outbox.add(targets, { action: "cover", ref: version });
    });
    await this.#carryOut(targets.slice(0, LIMITS.RELAY_TARGETS));
  }

  /** Has all channels hand over their events, and those of organizations that are created later. */
  async coverEvery(version: number): Promise<void> {
    const { storage, organizations, outbox, store } = this.#parts;
    storage.transactionSync(() => {
      this.#watch();
      store.set(version);
      outbox.add(
        organizations.openSlugs().map((slug) => `channel:${slug}`),
        { action: "cover", ref: version },
      );
    });
    await this.#carryOut(organizations.openSlugs(LIMITS.RELAY_TARGETS).map((slug) => `channel:${slug}`));
  }

  /** Nobody wants the events of organizations that are created later. */
  async coverNoLater(): Promise<void> {
    this.#parts.store.set(null);
  }

  #watch(): void {
    this.#parts.watched.watch({ kind: "switchboard", name: "switchboard" }, Date.now());
  }

  async #carryOut(targets: readonly string[]): Promise<void> {
    const { alarm, outbox } = this.#parts;
    await alarm.arm();
    await Promise.all(targets.map((target) => outbox.runNow(target)));
  }
}
