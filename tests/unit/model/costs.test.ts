import { describe, expect, test } from "vitest";
import { deploymentFrom, estimateText } from "../../../src/local/cost.ts";
import { DEPLOYMENT, estimate, METERS, PRICES, UNIT_COSTS } from "../../../src/model/costs.ts";
import { LIMITS } from "../../../src/model/limits.ts";

const YEAR = { ...DEPLOYMENT, articles: 150, webhooks: 5, readers: 200, days: 365 };

describe("an estimate", () => {
  test("of 150 articles a day, five webhooks and 200 readers fits the free plan after a year", () => {
    const { shares, fitsFree, storage } = estimate(YEAR);
    for (const meter of METERS) expect(shares[meter]).toBeLessThanOrEqual(1);
    expect(shares.kvLists).toBeLessThanOrEqual(0.5);
    expect(storage.kv).toBeLessThanOrEqual(1);
    expect(storage.objects).toBeLessThanOrEqual(5);
    expect(fitsFree).toBe(true);
  });

  test("names the limit that is reached first, and how far away it is", () => {
    expect(estimate(YEAR).binding.meter).toBe("kvWrites");
    const { binding, usage } = estimate({ ...YEAR, readers: 2_000 });
    expect(binding.meter).toBe("requests");
    const { idleDay } = UNIT_COSTS;
    const reached = idleDay.requests + (usage.requests - idleDay.requests) * binding.times;
    expect(reached).toBeCloseTo(PRICES.requests.freeDay);
  });

  test("of a service without anything to do costs the plan alone", () => {
    const idle = estimate({ ...YEAR, articles: 0, readers: 0, webhooks: 0 });
    expect(idle.dollars).toBe(5);
    expect(idle.fitsFree).toBe(true);
  });

  test("counts what a month includes once, and each million more", () => {
    const polls = { ...DEPLOYMENT, articles: 0, webhooks: 0, organizations: 10, readers: 10_000, polls: 48 };
    const millions = (10 * 10_000 * 48 * 30) / 1e6;
    const ticks = (1_440 * 30) / 1e6;
    expect(estimate(polls).dollars).toBeCloseTo(5 + (millions + ticks - 10) * 0.3 + (millions - 10) * 0.5);
  });

  test("grows with each of its numbers", () => {
    const before = estimate(YEAR);
    for (const field of [
      "articles",
      "organizationsPerArticle",
      "webhooks",
      "subscribers",
      "readers",
    ] as const) {
      const more = estimate({ ...YEAR, [field]: YEAR[field] + 10 });
      expect(METERS.some((meter) => more.usage[meter] > before.usage[meter])).toBe(true);
      expect(METERS.every((meter) => more.usage[meter] >= before.usage[meter])).toBe(true);
    }
  });

  test("knows how many objects have their turn in a day", () => {
    const many = estimate({ ...DEPLOYMENT, articles: 0, readers: 0, organizations: 1_000 });
    expect(many.usage.objectRequests).toBe(
      UNIT_COSTS.idleDay.objectRequests + LIMITS.WATCH_ROUND_A_DAY * UNIT_COSTS.turn.objectRequests,
    );
  });
});

describe("npm run cost", () => {
  test("takes what is given, and a small deployment for the rest", () => {
    expect(deploymentFrom(["--articles", "150", "--webhooks=5"])).toEqual({
      ...DEPLOYMENT,
      articles: 150,
      webhooks: 5,
    });
  });

  test.each([
    [["--articles", "many"], "must be a number"],
    [["--articles=-1"], "must be a number"],
    [["--cats", "2"], "--cats"],
  ])("rejects %j and says what it takes", (given, why) => {
    const text = deploymentFrom(given);
    expect(text).toContain(why);
    expect(text).toContain("npm run cost -- ");
  });

  test("prints each quota's share, the first limit and the price", () => {
    const text = estimateText(estimate(YEAR));
    expect(text).toMatch(/KV writes\s+600\s+60\.0 %/);
    expect(text).toContain("KV writes reach their limit first: at 1.7 times as much.");
    expect(text).toMatch(/\$5\.\d\d a month/);
  });
});
