import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { mayActFor, type Principal } from "../../../src/model/token.ts";

/** What Cloudflare's free plan allows, which no choice of ours may pass. */
const FREE_PLAN = { LISTS_A_DAY: 1_000, SUBREQUESTS: 50 };

describe("within the platform's bounds stay", () => {
  test("a day of sweeps", () => {
    const sweeps = Math.ceil(86_400 / LIMITS.SWEEP_INTERVAL_SECONDS) + LIMITS.SWEEP_BURST;
    expect(sweeps).toBeLessThanOrEqual(FREE_PLAN.LISTS_A_DAY);
  });

  test("the calls of a tick: six of the directory, the channels', and the checks beside them", () => {
    const beside = LIMITS.SWEEP_CHANNELS + LIMITS.WATCH_CHECKS_BESIDE_RECORDS;
    expect(6 + beside).toBeLessThanOrEqual(FREE_PLAN.SUBREQUESTS);
    expect(2 + LIMITS.WATCH_CHECKS).toBeLessThanOrEqual(FREE_PLAN.SUBREQUESTS);
  });

  test("an alarm of a channel: its documents and the objects it calls", () => {
    expect(LIMITS.CHANNEL_CALLS + 3).toBeLessThanOrEqual(FREE_PLAN.SUBREQUESTS);
  });

  test("an alarm of an endpoint", () => {
    expect(LIMITS.DELIVERIES_PER_ROUND * LIMITS.ROUNDS_PER_ALARM).toBeLessThanOrEqual(FREE_PLAN.SUBREQUESTS);
  });

  test("a bulk read, and a document of the largest articles", () => {
    expect(LIMITS.SWEEP_READ_RECORDS).toBeLessThanOrEqual(100);
    expect(LIMITS.FEED_ITEMS * LIMITS.FRAGMENT_BYTES).toBeLessThan(25 * 1024 * 1024);
    expect(4 * LIMITS.FRAGMENT_BYTES).toBeLessThan(2_000_000);
  });
});

describe("mayActFor", () => {
  const organizations = ["icesco", "unesco"];
  const holder: Principal = {
    kind: "token",
    id: "tok_1",
    description: "",
    scopes: ["read"],
    organizations,
    open: organizations,
  };

  test("lets the operator act for all", () => {
    expect(mayActFor({ kind: "admin" }, ["anyone", "else"])).toBe(true);
  });

  test("lets a token's holder act for its own, and only when all are its own", () => {
    expect(mayActFor(holder, ["unesco", "icesco"])).toBe(true);
    expect(mayActFor(holder, ["icesco", "undp"])).toBe(false);
  });
});
