import { whenOrphaned } from "./parent.ts";

/** Calls back when the person at the terminal, or whoever started this program, wants it to stop; maybe twice. */
export function onStop(stop: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  // npm hands a SIGTERM to the shell between it and us, and that shell dies of it without a word.
  if (process.env.npm_lifecycle_event) whenOrphaned(stop);
}
