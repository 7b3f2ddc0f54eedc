import { beforeEach, expect, test } from "vitest";
import type { Usage } from "../../../src/model/usage.ts";
import { takeTally } from "../../../src/store/tally.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import { api, json, newArticle, newOrganization, newToken } from "../../support/service.ts";
import { minutes } from "../../support/sweeping.ts";

const DAY_MS = 86_400_000;

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  watchLog("warn");
  takeTally();
});

const usage = (): Promise<Usage> => json<Usage>(api("GET", "/usage"), 200);

test("GET /usage shows what was counted today, beside the free plan's limits", async () => {
  receive();
  const slug = await newOrganization();
  const { id } = await newWebhook(slug);
  await publish(slug);
  const before = await usage();
  const costs = await costsOf(async () => {
    await newArticle(slug);
    await publish(slug);
    await deliver(id);
  });
  const { today, last_30_days, free_plan_a_day } = await usage();
  expect(today.kv_writes - before.today.kv_writes).toBe(costs.kvWrites);
  expect(today.deliveries - before.today.deliveries).toBe(1);
  const alarms = 2;
  const calls = costs.objectCalls.length + 1; // of `GET /usage`
  expect(today.object_requests - before.today.object_requests).toBeGreaterThanOrEqual(calls + alarms);
  expect(last_30_days).toEqual(today);
  expect(free_plan_a_day).toMatchObject({ kv_writes: 1_000, requests: 100_000, rows_written: 100_000 });
});

test("GET /usage begins a day anew, and forgets what is older than 30 days", async () => {
  await minutes(20);
  const first = (await usage()).today;
  expect(first.requests).toBeGreaterThanOrEqual(20);
  wait(DAY_MS);
  const second = await usage();
  expect(second.today.requests).toBeLessThan(first.requests);
  expect(second.last_30_days.requests).toBeGreaterThanOrEqual(first.requests);
  wait(30 * DAY_MS);
  expect((await usage()).last_30_days.requests).toBeLessThan(first.requests);
});

test("GET /usage is the operator's, and costs one object call", async () => {
  const token = await newToken(await newOrganization());
  expect((await api("GET", "/usage", undefined, { token })).status).toBe(403);
  expect(await costsOf(usage)).toMatchObject({ objectCalls: ["usage"], kvReads: 0, kvWrites: 0 });
});
