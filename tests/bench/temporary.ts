import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";

/** The project's folder. */
export const ROOT = join(import.meta.dirname, "../..");

const SEARCHED = (process.env.PATH ?? "").split(delimiter);

const processes = new Set<ChildProcess>();
const folders = new Set<string>();

process.once("exit", () => {
  for (const child of processes) kill(child);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));

/** Starts a process that ends, with its children, no later than this one. */
export function start(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  // A process group of its own, so that the children of a child can be ended too.
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], ...options, detached: true });
  processes.add(child);
  return child;
}

/** Ends a process and its children, and waits for its end. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    kill(child);
    await ended;
  }
  processes.delete(child);
}

function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** What a process writes to its standard output; throws, with everything it wrote, when it fails. */
export async function output(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<string> {
  const child = start(command, args, { cwd: ROOT, ...options, stdio: ["ignore", "pipe", "pipe"] });
  if (!child.stdout || !child.stderr) throw new Error(`no output to read from ${command}`);
  const [written, complaints, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  processes.delete(child);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}\n${written}${complaints}`);
  return written;
}

/** Whether a program is installed. */
export function available(command: string): boolean {
  return SEARCHED.some((folder) => existsSync(join(folder, command)));
}

/** A new folder, removed at the end of the run. In the project and not in /tmp, which may be memory. */
export function temporaryFolder(): string {
  mkdirSync(join(ROOT, ".wrangler"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".wrangler/bench-"));
  folders.add(folder);
  return folder;
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
