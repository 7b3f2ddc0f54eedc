import type { Line } from "../../../model/line.ts";

/** What came of a line: `kept` when what stands here is newer. */
export interface Stored {
  type: Line["type"];
  id: string;
  outcome: "created" | "updated" | "unchanged" | "kept";
  /** Of a webhook that came without one: shown this once. */
  secret?: string;
  paused?: true;
}
