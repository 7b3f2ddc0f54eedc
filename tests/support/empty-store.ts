import { reset } from "cloudflare:test";
import { beforeAll } from "vitest";

// Files share an isolate, since starting one takes longer than most files run. What a file leaves in KV and in objects
// must not reach the next: each begins with an empty store.
beforeAll(reset);
