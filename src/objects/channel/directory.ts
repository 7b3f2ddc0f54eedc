import type { Bindings } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Relay } from "../kit/outbox.ts";
import { directoryOf } from "../stubs.ts";

/** The outbox target for the Directory. Actions: `watch` and `unwatch` an endpoint. */
export const DIRECTORY = "directory:";

/** Tells the Directory which endpoints its watchdog checks. */
export const directoryRelay = (env: Bindings): Relay => ({
  most: LIMITS.WATCHED_PER_CALL,
  async hand(_id, entries) {
    const [first] = entries;
    const action = first?.action ?? "";
    const others = entries.findIndex((entry) => entry.action !== action);
    const refs = (others < 0 ? entries : entries.slice(0, others)).map(({ ref }) => String(ref));
    if (action === "unwatch") {
      await directoryOf(env).watchdog.unwatch(refs);
      return refs.length;
    }
    const [name = ""] = refs;
    await directoryOf(env).watchdog.watch({ kind: "endpoint", name });
    return 1;
  },
});
