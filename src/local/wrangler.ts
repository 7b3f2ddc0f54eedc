import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { localAddress, PROJECT } from "./config.ts";
import { quietened } from "./output.ts";

/** How to run the Worker. `state` is the folder for all its data. */
export interface Run {
  port: number;
  state: string;
  /** Called with each line of output from the Worker or wrangler. */
  write: (line: string) => void;
}

/** A running `wrangler dev`. */
export interface Wrangler {
  /** Resolves when wrangler and all its processes have ended. */
  ended: Promise<void>;
  /** Sends SIGTERM, then SIGKILL after a timeout. */
  stop(): void;
}

/** After this time a process that does not react is killed. */
const STOP_WITHIN_MS = 5_000;

const QUIET = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false", // no outgoing request for sample `cf` metadata
  X_LOCAL_OBSERVABILITY: "false", // no trace row for every request
  X_LOCAL_EXPLORER: "false",
};

/** Starts the Worker on 127.0.0.1, with loopback receivers allowed. */
export function startWrangler(run: Run): Wrangler {
  const child = spawn(process.execPath, commandLine(run), {
    cwd: PROJECT,
    env: { ...process.env, ...QUIET },
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32", // a process group of its own, so that all processes can be ended together
    windowsHide: true,
  });
  const output = quietened(run.write);
  createInterface({ input: child.stdout }).on("line", output.stdout);
  createInterface({ input: child.stderr }).on("line", output.stderr);
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => {
      killGroup(child);
      resolve();
    });
  });
  return {
    ended,
    stop() {
      child.kill("SIGTERM");
      const late = setTimeout(() => killGroup(child), STOP_WITHIN_MS);
      void ended.then(() => clearTimeout(late));
    },
  };
}

function commandLine({ port, state }: Run): string[] {
  return [
    "--import",
    new URL("./exit-with-parent.ts", import.meta.url).href,
    join(PROJECT, "node_modules/wrangler/bin/wrangler.js"),
    "dev",
    "--ip=127.0.0.1",
    `--port=${port}`,
    "--inspector-port=0", // any free port: two runs at once would collide on the default
    `--persist-to=${state}`,
    `--var=PUBLIC_URL:${localAddress(port)}`,
    "--var=ALLOW_LOOPBACK_RECEIVERS:true",
    "--var=FEED_LIMIT:off",
    "--show-interactive-dev-session=false",
  ];
}

/** Kills the remaining processes of the group, such as a workerd whose wrangler was killed. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // No process was left.
  }
}
