import type { Bindings } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Relay } from "../kit/outbox.ts";
import { directoryOf } from "../stubs.ts";
import type { ChannelState } from "./state.ts";

/** The target of what the directory is told: `watch` and `unwatch` an endpoint, and `leave`, when an organization closes. */
export const DIRECTORY = "directory:";

/** Tells the directory which endpoints the watchdog looks after, and that the organization is closed. */
export const directoryRelay = (env: Bindings, state: ChannelState): Relay => ({
  most: LIMITS.WATCHED_PER_CALL,
  async hand(_id, entries) {
    const [first] = entries;
    const action = first?.action ?? "";
    const others = entries.findIndex((entry) => entry.action !== action);
    const refs = (others < 0 ? entries : entries.slice(0, others)).map(({ ref }) => String(ref));
    if (action === "unwatch") {
      await directoryOf(env).unwatch(refs);
      return refs.length;
    }
    const [name = ""] = refs;
    if (action === "watch") await directoryOf(env).watch({ kind: "endpoint", name });
    else if (state.due().closed) await directoryOf(env).leave(name); // else it was opened again
    return 1;
  },
});
