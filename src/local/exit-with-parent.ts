import { whenOrphaned } from "./parent.ts";

// Loaded into wrangler's processes with `--import`. Nobody can clean up after a kill -9 of `npm start`, and
// workerd would live on and keep the port; wrangler takes workerd along when it exits.
whenOrphaned(() => process.exit(1));
