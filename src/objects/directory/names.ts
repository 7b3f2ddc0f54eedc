import { RpcTarget } from "cloudflare:workers";
import type { NameChanges, OrganizationStore } from "./organization-store.ts";

/** The names for attribution. The caller searches the texts (`objects/names.ts`). */
export class Names extends RpcTarget {
  readonly #store: OrganizationStore;

  constructor(store: OrganizationStore) {
    super();
    this.#store = store;
  }

  /** A bounded number of names that changed after a version, or of all names; null if none changed. */
  async changesSince(version: string | null): Promise<NameChanges | null> {
    return this.#store.namesSince(version);
  }
}
