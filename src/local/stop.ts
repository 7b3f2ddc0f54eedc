import { whenOrphaned } from "./parent.ts";

/** Calls back when a signal or the end of the parent process asks this program to stop; possibly twice. */
export function onStop(stop: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  // npm sends a SIGTERM to the shell between it and this program. The shell exits without forwarding it.
  if (process.env.npm_lifecycle_event) whenOrphaned(stop);
}
