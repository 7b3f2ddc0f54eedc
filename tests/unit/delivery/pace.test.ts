import fc from "fast-check";
import { expect, test } from "vitest";
import { isChatAddress } from "../../../src/delivery/chat-hosts.ts";
import { type Begun, begin, type Rate, room } from "../../../src/delivery/pace.ts";
import { sourceTimeoutMsAfter, timeoutMsAfter } from "../../../src/delivery/timeout.ts";

const DISCORD: readonly Rate[] = [
  { most: 5, windowMs: 2_000 },
  { most: 30, windowMs: 60_000 },
];

test("a request may begin when every rate has room for it", () => {
  const begun = [
    { atMs: 1_000, count: 26 },
    { atMs: 60_000, count: 4 },
  ];
  expect(room(DISCORD, [], 0)).toEqual({ left: 5, nextMs: 0 });
  expect(room(DISCORD, begun, 60_500)).toEqual({ left: 0, nextMs: 61_000 });
  expect(room(DISCORD, begun, 61_000)).toEqual({ left: 1, nextMs: 0 });
  expect(room(DISCORD, begun, 62_000)).toEqual({ left: 5, nextMs: 0 });
  expect(room([], begun, 0)).toEqual({ left: Number.POSITIVE_INFINITY, nextMs: 0 });
});

test("whoever sends as much as may be sent never exceeds a rate, and goes on when it is told", () => {
  const rate = fc.record({
    most: fc.integer({ min: 1, max: 40 }),
    windowMs: fc.integer({ min: 1, max: 90_000 }),
  });
  fc.assert(
    fc.property(fc.array(rate, { minLength: 1, maxLength: 3 }), fc.array(fc.nat(5_000)), (rates, pauses) => {
      let nowMs = 1_000_000;
      let begun: Begun[] = [];
      const sent: number[] = [];
      for (const pause of pauses) {
        nowMs += pause;
        const { left, nextMs } = room(rates, begun, nowMs);
        if (left === 0) {
          expect(nextMs).toBeGreaterThan(nowMs);
          expect(room(rates, begun, nextMs).left).toBeGreaterThan(0);
          continue;
        }
        begun = begin(rates, begun, left, nowMs);
        sent.push(...Array(left).fill(nowMs));
      }
      for (const { most, windowMs } of rates) {
        for (const at of sent) {
          expect(sent.filter((one) => one > at - windowMs && one <= at).length).toBeLessThanOrEqual(most);
        }
      }
      expect(begun.length).toBeLessThanOrEqual(
        1 + Math.max(...rates.map(({ windowMs }) => windowMs)) / 1_000 + 1,
      );
    }),
  );
});

test.each([
  ["https://hooks.slack.com/services/x", true],
  ["https://discord.com/api/webhooks/1/x", true],
  ["https://canary.discord.com/api/webhooks/1/x", true],
  ["https://acme.webhook.office.com/x", true],
  ["https://prod-1.westeurope.logic.azure.com/workflows/x", true],
  ["https://notdiscord.com/", false],
  ["https://discord.com.example.com/", false],
  ["https://example.com/discord.com", false],
  ["nothing", false],
])("knows the hosts of chat services: %s is %s", (address, isOne) => {
  expect(isChatAddress(address)).toBe(isOne);
});

test("a publisher gets longer at first, and as little as a receiver when it times out again and again", () => {
  expect([0, 1, 2, 3, 4, 5].map((timeouts) => sourceTimeoutMsAfter(timeouts))).toEqual([
    20_000, 10_000, 5_000, 5_000, 5_000, 20_000,
  ]);
});

test("a receiver that times out again and again gets less time, and the whole of it now and then", () => {
  expect([0, 1, 2, 3, 4, 5, 6].map(timeoutMsAfter)).toEqual([
    15_000, 10_000, 5_000, 5_000, 5_000, 15_000, 10_000,
  ]);
});
