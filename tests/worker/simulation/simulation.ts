import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../src/model/time.ts";
import { tick } from "../../../src/scheduled.ts";
import { ACTIONS, describe, SLUGS } from "./actions.ts";
import { Dice } from "./dice.ts";
import { CALM, endOf, FAULTS } from "./faults.ts";
import { INVARIANTS } from "./invariants.ts";
import { Platform } from "./platform.ts";
import { World } from "./world.ts";

const MINUTE_MS = 60_000;
/** Of each week so many days are troubled. In the others all is well, and at their end everything must be as it should. */
const WEEK_DAYS = 7;
const TROUBLED_DAYS = 5;
const MOST_STEPS = 10;
/** Ticks in which the watchdog sees every object. */
const TICKS_FOR_ALL = 25;

/** What a run did. */
export interface Report {
  steps: number;
  checks: number;
}

/**
 * Lets days pass over the real objects, with the clock in the hands of the test. In the troubled days of a week people
 * publish, receivers misbehave and the platform fails; then nothing fails, and every invariant must hold.
 * @throws Error that names the seed, the day and what does not hold
 */
export async function simulate(seed: number, days: number): Promise<Report> {
  const platform = new Platform();
  const world = new World(platform);
  const beganMs = Date.now();
  const report = { steps: 0, checks: 0 };
  try {
    platform.begin([seed, "beginning"], CALM);
    for (const slug of SLUGS) await describe(world, slug);
    for (let day = 0; day < days; day++) {
      const isTroubled = day % WEEK_DAYS < TROUBLED_DAYS && day < days - 2;
      if (isTroubled) report.steps += await troubledDay(seed, day, beganMs, world, platform);
      else if (day % WEEK_DAYS === TROUBLED_DAYS || day === days - 2) {
        await recover(seed, day, world, platform);
        await platform.advanceTo(beganMs + (day + 2) * DAY_MS);
        await ticks(TICKS_FOR_ALL, platform);
        await check(seed, day, world, platform);
        report.checks++;
        console.debug(`seed ${seed}: ${day + 2} days`);
      }
    }
    return report;
  } finally {
    platform.end();
  }
}

/** A day on which things happen. @returns how many */
async function troubledDay(seed: number, day: number, beganMs: number, world: World, platform: Platform) {
  const dice = new Dice(seed, day);
  const steps = 1 + dice.below(MOST_STEPS);
  const dayMs = beganMs + day * DAY_MS;
  const times = Array.from({ length: steps }, () => dayMs + dice.below(DAY_MS)).sort((a, b) => a - b);
  let faultEndsMs = 0;
  for (const [number, time] of times.entries()) {
    const step = new Dice(seed, day, number);
    await platform.advanceTo(time);
    const isNew = Date.now() >= faultEndsMs;
    const fault = isNew ? step.row(FAULTS) : platform.fault;
    if (isNew) faultEndsMs = endOf(fault, Date.now());
    platform.begin([seed, day, number], fault);
    const action = step.row(ACTIONS);
    world.tell(`${action.name} while: ${fault.name}`);
    await action.run(world, step, platform);
    await platform.advanceTo(Date.now() + MINUTE_MS);
    await ticks(1 + step.below(3), platform);
  }
  return steps;
}

/** All is well again: what was not answered is asked for again, and what was switched off is switched on. */
async function recover(seed: number, day: number, world: World, platform: Platform): Promise<void> {
  platform.begin([seed, day, "recovery"], CALM);
  world.manners.clear();
  world.tell("all is well");
  await ticks(TICKS_FOR_ALL, platform);
  for (let round = 0; round < 5 && world.again.size > 0; round++) {
    await world.insist();
    await platform.advanceTo(Date.now() + HOUR_MS);
  }
  for (const { id, slug, isDeleted } of world.webhooks.values()) {
    const path = `/api/v1/organizations/${slug}/webhooks/${id}/enable`;
    if (!isDeleted) await world.wish({ method: "POST", path });
  }
}

/** Minutes with a tick each. */
async function ticks(count: number, platform: Platform): Promise<void> {
  for (let number = 0; number < count; number++) {
    await platform.advanceTo(Date.now() + MINUTE_MS);
    await platform.attempt(() => tick(env).catch(() => {}));
  }
}

async function check(seed: number, day: number, world: World, platform: Platform): Promise<void> {
  const found: string[] = [];
  for (const { name, check } of INVARIANTS) {
    for await (const detail of check(world, platform)) found.push(`${name}: ${detail}`);
  }
  if (found.length === 0) return;
  const again = `npm run soak -- --seed ${seed} --days ${day + 2}`;
  throw new Error(
    [`${found.length} do not hold. Run again: ${again}`, ...found.slice(0, 10), "", ...world.story].join(
      "\n",
    ),
  );
}

/** Stops the clock for a run, and keeps the log off the screen. */
export function prepare(): void {
  vi.useFakeTimers({
    toFake: ["Date"],
    now: Date.parse("2040-01-01T00:00:00.123Z"),
  });
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation(() => {});
}
