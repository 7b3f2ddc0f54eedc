import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { until } from "./until.ts";

interface Row {
  pid: number;
  parent: number;
  /** As `ps` has it; `Z` is a process that has ended and that nobody asked about yet. */
  state: string;
}

/** Every process below one, itself first, parents before children. */
export function tree(root: number): number[] {
  const rows = processes();
  const found = [root];
  for (const pid of found) found.push(...rows.filter(({ parent }) => parent === pid).map((row) => row.pid));
  return found;
}

/** Those of some processes that still run. */
export function running(pids: number[]): number[] {
  const alive = new Set(
    processes()
      .filter(({ state }) => !state.startsWith("Z"))
      .map(({ pid }) => pid),
  );
  return pids.filter((pid) => alive.has(pid));
}

/** `kill -9` for a process and everything below it, parents first, so that none can react. */
export async function killTree(root: number): Promise<void> {
  const pids = tree(root);
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended before its turn.
    }
  }
  await until("the end of the killed processes", 10_000, () => running(pids).length === 0);
}

function processes(): Row[] {
  return process.platform === "linux" ? fromProc() : fromPs();
}

/** From proc(5), since a slim Linux has no `ps`. */
function fromProc(): Row[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [state = "", parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return [{ pid: Number(pid), parent: Number(parent), state }];
      } catch {
        return []; // it ended while we looked
      }
    });
}

function fromPs(): Row[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [pid, parent, state = ""] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), state };
  });
}
