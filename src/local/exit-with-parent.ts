import { whenOrphaned } from "./parent.ts";

// Loaded into wrangler's processes with `--import`. After a kill -9 of `npm start`, workerd would keep running and hold
// the port. Wrangler stops workerd when it exits.
whenOrphaned(() => process.exit(1));
