import { afterEach, beforeEach, vi } from "vitest";

/**
 * Stops the clock at an hour to come, so that no alarm goes off by itself: a test runs those it means to, at the
 * time it means them to run. Objects live in the tests' own isolate and see the same clock. `useRealTimers` of
 * Vitest sets it going again.
 * @param also further clocks to stop, such as `setTimeout`
 */
export function stopClock(...also: ("setTimeout" | "clearTimeout")[]): void {
  vi.useFakeTimers({ toFake: ["Date", ...also], now: Date.parse("2040-01-01T00:00:00Z") });
}

/** Has each test of a file begin at that hour, and leave neither a stopped clock behind nor anything that it mocked. */
export function stopClockForEachTest(...also: Parameters<typeof stopClock>): void {
  beforeEach(() => stopClock(...also));
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
}

/** Moves the stopped clock on. */
export function wait(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}
