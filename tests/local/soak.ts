import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

/**
 * `npm run soak`: kills the whole service again and again, and lets some weeks pass for a few seeds.
 * `npm run soak -- --seed 7 --days 365`: lets as many days pass for one seed, as a failing run says.
 */
const { values } = parseArgs({ options: { seed: { type: "string" }, days: { type: "string" } } });

/** The seeds and days of the gate. */
const SEEDS = "11,12,13";
const DAYS = "14";
const KILLS = "12";

const vitest = (project: string, file: string, env: Record<string, string>): number =>
  spawnSync("vitest", ["run", "--project", project, file, "--reporter=default"], {
    stdio: "inherit",
    env: { ...process.env, ...env },
  }).status ?? 1;

const isOneRun = values.seed !== undefined || values.days !== undefined;
const [seeds, days] = isOneRun ? [values.seed ?? "1", values.days ?? "365"] : [SEEDS, DAYS];
const crashed = isOneRun ? 0 : vitest("local", "tests/local/crash.test.ts", { KILLS });
const simulated = vitest("worker", "tests/worker/simulation", { SEEDS: seeds, DAYS: days });
process.exit(crashed || simulated);
