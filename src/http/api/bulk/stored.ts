import type { Line } from "../../../model/line.ts";

/** The result of a line: `kept` if what is stored already is newer. */
export interface Stored {
  type: Line["type"];
  id: string;
  outcome: "created" | "updated" | "unchanged" | "kept";
  /** The new secret of a webhook that came without one. Shown only here. */
  secret?: string;
  paused?: true;
}
