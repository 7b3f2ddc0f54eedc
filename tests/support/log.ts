import { vi } from "vitest";

/** One structured line of the Worker's log. */
export interface LogLine {
  level: string;
  event: string;
  [field: string]: unknown;
}

/** Keeps the lines that the Worker logs at a level from now on, and keeps them off the screen. */
export function watchLog(level: "warn" | "error"): LogLine[] {
  const lines: LogLine[] = [];
  vi.spyOn(console, level).mockImplementation((line) => {
    lines.push(JSON.parse(String(line)) as LogLine);
  });
  return lines;
}
