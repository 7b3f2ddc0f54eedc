import { afterEach, expect, inject, test, vi } from "vitest";
import { reset } from "../../support/reset.ts";
import { prepare, simulate } from "./simulation.ts";

declare module "vitest" {
  interface ProvidedContext {
    simulation: { seeds: number[]; days: number };
  }
}

const { seeds, days } = inject("simulation");

vi.setConfig({ testTimeout: 3_600_000, hookTimeout: 60_000 });

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test.each(seeds)(`keeps every invariant in ${days} days: seed %i`, async (seed) => {
  await reset();
  prepare();
  const { steps, checks } = await simulate(seed, days);
  expect(steps).toBeGreaterThan(0);
  expect(checks).toBeGreaterThan(0);
});
