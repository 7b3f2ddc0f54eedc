import * as v from "valibot";
import { digest } from "./digest.ts";
import { webAddress } from "./text.ts";

/** What an operator says of a source of the whole service. Whether its address may be read is `objects/poll.ts`. */
export const SourceInput = v.strictObject({ url: webAddress });

/** Somebody else's feed that is followed here, and for whom. */
export interface Source {
  id: string;
  url: string;
  /** The organizations that name it. */
  organizations: string[];
  /** Whether it belongs to the whole service too: its articles are also of the organizations that their texts name. */
  whole_service: boolean;
}

/** A source as the API shows it: what it is, and how it is doing. Times are RFC 3339. */
export interface ShownSource extends Source {
  /** `failing`: the last fetch came to nothing. `gone`: its publisher has ended it (410). */
  state: "active" | "failing" | "gone";
  /** What it calls itself. */
  title: string | null;
  /** Where it is fetched: another address than `url` when it has moved for good. */
  address: string;
  last_fetch_at: string | null;
  last_status: number | null;
  next_fetch_at: string | null;
  error: string | null;
  items_seen: number;
  items_published: number;
  /** Still to be published. */
  items_waiting: number;
  /** In whose texts no organization was found. */
  items_unattributed: number;
  /** That cannot stand in a feed. */
  items_refused: number;
}

/** A source's id: always the same for an address. */
export async function sourceId(url: string): Promise<string> {
  return `src_${await digest(url)}`;
}
