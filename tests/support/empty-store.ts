import { beforeAll } from "vitest";
import { reset } from "./reset.ts";

// Files share an isolate, since starting one takes longer than most files run. What a file leaves in KV and in objects
// must not reach the next: each begins with an empty store.
beforeAll(reset);
