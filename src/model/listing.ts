import type { ListedOrganization } from "./organization.ts";

/** A page of the public list of organizations. */
export interface ListPage {
  /** Those that are open and listed, ordered by slug. */
  organizations: ListedOrganization[];
  /** How many pages there were when it was written: exact in the first page and the last. */
  pages: number;
  /** When it last changed, in milliseconds since 1970. */
  changed_ms: number;
}
