import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Whether {@link cpuMs} works here: only Linux tells. */
export const isCounted = existsSync("/proc/self/task");

/** CPU time that all threads of a process have used, in milliseconds. */
export function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  // The first number is the time on a processor in nanoseconds (Linux, Documentation/scheduler/sched-stats).
  const nanoseconds = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}
