import { RpcTarget } from "cloudflare:workers";
import type { NameChanges, OrganizationStore } from "./organization-store.ts";

/** The names by which organizations are found in texts. Texts are searched by who asks (`objects/names.ts`). */
export class Names extends RpcTarget {
  readonly #store: OrganizationStore;

  constructor(store: OrganizationStore) {
    super();
    this.#store = store;
  }

  /** A bounded share of the names that changed after a version, or of all; null when none did. */
  async changesSince(version: string | null): Promise<NameChanges | null> {
    return this.#store.namesSince(version);
  }
}
