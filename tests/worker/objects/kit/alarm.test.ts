import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { ALARM_SCHEMA, Alarm, type Duty } from "../../../../src/objects/kit/alarm.ts";
import { migrate } from "../../../../src/objects/kit/sql.ts";
import { channelOf } from "../../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../../support/clock.ts";
import { watchLog } from "../../../support/log.ts";
import { fresh } from "../../../support/service.ts";

stopClockForEachTest();

/** A duty that a test makes due, and lets fail. */
function dutyOf(name: string) {
  const duty = { name, due: null as number | null, runs: 0, fails: false };
  const asDuty: Duty = {
    name,
    dueMs: () => duty.due,
    run: async () => {
      duty.runs++;
      if (duty.fails) throw new Error("no");
      duty.due = null;
    },
  };
  return Object.assign(duty, { asDuty });
}

/** An alarm of two duties in a fresh object. */
async function inAlarm(
  act: (parts: {
    alarm: Alarm;
    again: () => Alarm;
    one: ReturnType<typeof dutyOf>;
    two: ReturnType<typeof dutyOf>;
    inMs: () => Promise<number | null>;
  }) => Promise<void>,
): Promise<void> {
  await runInDurableObject(channelOf(env, fresh("kit")), async (_object, { storage }) => {
    migrate(storage, ALARM_SCHEMA);
    const [one, two] = [dutyOf("one"), dutyOf("two")];
    const again = () => new Alarm(storage, "test", [one.asDuty, two.asDuty]);
    const inMs = async () => {
      const at = await storage.getAlarm();
      return at === null ? null : at - Date.now();
    };
    await act({ alarm: again(), again, one, two, inMs });
    await storage.deleteAlarm();
  });
}

describe("an alarm", () => {
  test("is set to the earliest due time, and not into the past", async () => {
    await inAlarm(async ({ alarm, one, two, inMs }) => {
      await alarm.arm();
      expect(await inMs()).toBe(null);
      [one.due, two.due] = [Date.now() + 500, Date.now() + 300];
      await alarm.arm();
      expect(await inMs()).toBe(300);
      two.due = 0;
      await alarm.arm();
      expect(await inMs()).toBe(0);
    });
  });

  test("runs a duty that needs an alarm of its own without the others", async () => {
    await inAlarm(async ({ alarm, one, two, inMs }) => {
      Object.assign(two.asDuty, { isAlone: true });
      [one.due, two.due] = [Date.now(), Date.now()];
      await alarm.ring();
      expect([one.runs, two.runs, await inMs()]).toEqual([0, 1, 0]);
      await alarm.ring();
      expect([one.runs, two.runs, await inMs()]).toEqual([1, 1, null]);
    });
  });

  test("is postponed only on request", async () => {
    await inAlarm(async ({ alarm, one, inMs }) => {
      one.due = Date.now() + 300;
      await alarm.arm();
      one.due = Date.now() + 900;
      await alarm.arm();
      expect(await inMs()).toBe(300);
      await alarm.rearm();
      expect(await inMs()).toBe(900);
      one.due = null;
      await alarm.rearm();
      expect(await inMs()).toBe(null);
    });
  });

  test("runs due duties, and is set again for the others", async () => {
    await inAlarm(async ({ alarm, one, two, inMs }) => {
      [one.due, two.due] = [Date.now(), Date.now() + 1_000];
      await alarm.ring();
      expect([one.runs, two.runs]).toEqual([1, 0]);
      expect(await inMs()).toBe(1_000);
    });
  });

  test("retries a failing duty with backoff up to an hour, and runs others at once", async () => {
    const log = watchLog("error");
    await inAlarm(async ({ alarm, again, one, two, inMs }) => {
      [one.due, two.due, one.fails] = [0, 0, true];
      await alarm.ring();
      expect([one.runs, two.runs, await inMs()]).toEqual([1, 1, 5_000]);
      expect(alarm.report().failing).toEqual(["one"]);
      expect(log).toMatchObject([{ event: "test.one", failures: 1, retry_in_ms: 5_000 }]);
      two.due = 0;
      await alarm.ring();
      expect([one.runs, two.runs]).toEqual([1, 2]);
      const waits: (number | null)[] = [];
      for (let time = 0; time < 12; time++) {
        wait((await inMs()) ?? 0);
        await again().ring(); // also after the object has begun anew
        waits.push(await inMs());
      }
      expect(waits.slice(0, 3)).toEqual([10_000, 20_000, 40_000]);
      expect(waits.at(-1)).toBe(3_600_000);
      wait(3_600_000);
      one.fails = false;
      const last = again();
      await last.ring();
      expect([last.report().failing, await inMs()]).toEqual([[], null]);
    });
  });

  test("forgets the failure of a duty that has nothing to do any more", async () => {
    const log = watchLog("error");
    await inAlarm(async ({ alarm, again, one, two, inMs }) => {
      Object.assign(one, { due: 0, fails: true });
      await alarm.ring();
      one.due = null; // what it had to do is deleted
      await again().rearm();
      expect([again().report().failing, await inMs()]).toEqual([[], null]);
      one.due = 0;
      await again().ring();
      expect(log.at(-1)).toMatchObject({ event: "test.one", failures: 1 });
      one.due = null;
      expect([again().report().failing, await inMs()]).toEqual([[], 5_000]);
      one.due = 0;
      await again().ring();
      one.due = null;
      wait(5_000);
      const later = again();
      await later.ring();
      expect([later.report().failing, await inMs()]).toEqual([[], null]);
      Object.assign(one, { due: 0, fails: true });
      await later.ring();
      expect([one.runs, two.runs, await inMs()]).toEqual([4, 0, 5_000]); // its first failure again
    });
  });

  test("forgets the failure of a duty that only an older version had", async () => {
    watchLog("error");
    await inAlarm(async ({ alarm, again, one }) => {
      Object.assign(one, { due: 0, fails: true });
      await alarm.ring();
      Object.assign(one.asDuty, { name: "other" });
      expect(again().report().failing).toEqual([]);
    });
  });

  test("runs a single due duty on request", async () => {
    await inAlarm(async ({ alarm, one, two }) => {
      two.due = 0;
      await alarm.runNow("one");
      await alarm.runNow("two");
      expect([one.runs, two.runs]).toEqual([0, 1]);
    });
  });

  test("is set if it is missing a minute after a duty was due", async () => {
    await inAlarm(async ({ alarm, one, inMs }) => {
      one.due = Date.now();
      wait(59_999);
      expect(await alarm.wake()).toBe(false);
      wait(1);
      expect([await alarm.wake(), await inMs()]).toEqual([true, 0]);
    });
  });
});
