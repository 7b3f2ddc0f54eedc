import { findOrganizations } from "../../intake/find.ts";
import { NameIndex } from "../../intake/names.ts";
import type { Findings, Texts } from "../../model/attribution.ts";
import type { Organization } from "../../model/organization.ts";
import type { Register } from "./register.ts";

/**
 * The names of the open organizations, indexed when they are first asked for after one has changed. Those that are
 * unlisted are not found: what a text is matched with is everybody's to try out.
 */
export class Names {
  readonly #register: Register;
  #index: NameIndex | null = null;

  constructor(register: Register) {
    this.#register = register;
  }

  /** Says that an organization came, went, or took another name. */
  changed(): void {
    this.#index = null;
  }

  /** The organizations that each of the texts names. */
  find(texts: readonly Texts[]): Findings[] {
    const index = this.#index ?? new NameIndex(this.#listed());
    this.#index = index;
    return texts.map((each) => findOrganizations(index, each));
  }

  #listed(): Organization[] {
    const { organizations } = this.#register.page(null, Number.MAX_SAFE_INTEGER);
    return organizations.filter(({ unlisted }) => !unlisted);
  }
}
