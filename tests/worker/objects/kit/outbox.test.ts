import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { OUTBOX_SCHEMA, Outbox, type Relay } from "../../../../src/objects/kit/outbox.ts";
import { migrate } from "../../../../src/objects/kit/sql.ts";
import { channelOf } from "../../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../../support/clock.ts";
import { watchLog } from "../../../support/log.ts";
import { fresh } from "../../../support/service.ts";

stopClockForEachTest();

interface Handed {
  id: string;
  refs: unknown[];
}

/** An outbox in a fresh object whose targets of kind `box` do as a test says; `handed` is what they were handed. */
async function inOutbox(
  act: (outbox: Outbox, handed: Handed[]) => Promise<void>,
  answer: (id: string, number: number, outbox: Outbox) => Promise<number | undefined> = async () => undefined,
): Promise<void> {
  await runInDurableObject(channelOf(env, fresh("kit")), async (_object, { storage }) => {
    migrate(storage, OUTBOX_SCHEMA);
    const handed: Handed[] = [];
    const box: Relay = {
      most: 3,
      hand: async (id, entries) => {
        handed.push({ id, refs: entries.map(({ ref }) => ref) });
        return (await answer(id, handed.length, outbox)) ?? entries.length;
      },
    };
    const outbox: Outbox = new Outbox(storage, "test", { box });
    await act(outbox, handed);
  });
}

const unreachable = () => Promise.reject(new Error("unreachable"));

describe("an outbox", () => {
  test("hands each target its entries in order, a bounded number per call", async () => {
    await inOutbox(async (outbox, handed) => {
      for (const ref of [1, 2, "3", 4]) outbox.add(["box:a", "box:b"], { action: "event", ref });
      expect(await outbox.run(Date.now(), 10)).toBe(2);
      expect(handed).toEqual([
        { id: "a", refs: [1, 2, "3"] },
        { id: "b", refs: [1, 2, "3"] },
      ]);
      await outbox.run(Date.now(), 1);
      expect(handed.slice(2)).toEqual([{ id: "a", refs: [4] }]);
      expect(outbox.dueMs()).toBe(0);
      await outbox.run(Date.now(), 10);
      expect(outbox.isEmpty()).toBe(true);
      expect(outbox.dueMs()).toBe(null);
    });
  });

  test("keeps entries that a target did not accept, and the type of their ref", async () => {
    await inOutbox(
      async (outbox, handed) => {
        outbox.addAll("box:a", "watch", ["1e5", 100_000, "007"]);
        await outbox.runNow("box:a");
        await outbox.runNow("box:a");
        expect(handed.map(({ refs }) => refs)).toEqual([
          ["1e5", 100_000, "007"],
          [100_000, "007"],
        ]);
      },
      async () => 1,
    );
  });

  test("retries a failed target with backoff, after the others", async () => {
    const log = watchLog("error");
    await inOutbox(
      async (outbox, handed) => {
        outbox.add(["box:a", "box:b"], { action: "event", ref: 1 });
        await outbox.run(Date.now(), 10);
        expect(log).toMatchObject([{ event: "test.relay", target: "box:a", failures: 1 }]);
        expect(outbox.dueMs()).toBe(Date.now() + 5_000);
        expect(await outbox.run(Date.now(), 10)).toBe(0);
        wait(5_000);
        outbox.add(["box:c"], { action: "event", ref: 2 });
        expect(await outbox.run(Date.now(), 1)).toBe(1);
        expect(await outbox.run(Date.now(), 1)).toBe(1);
        expect(handed.map(({ id }) => id)).toEqual(["a", "b", "c", "a"]);
        expect(outbox.dueMs()).toBe(Date.now() + 10_000);
        outbox.retryNow();
        expect(outbox.dueMs()).toBe(0);
      },
      (id) => (id === "a" ? unreachable() : Promise.resolve(undefined)),
    );
  });

  test("adds one entry for the newest state, ignoring entries that are being handed over", async () => {
    await inOutbox(
      async (outbox, handed) => {
        outbox.addOnce(["box:a", "box:b"], "news");
        outbox.addOnce(["box:a"], "news");
        expect(outbox.waiting("box:a")).toEqual([{ action: "news", ref: null }]);
        await outbox.run(Date.now(), 10);
        expect(outbox.waiting("box:a")).toEqual([{ action: "news", ref: null }]);
        await outbox.run(Date.now(), 10);
        expect(handed.map(({ id }) => id)).toEqual(["a", "b", "a"]);
        expect(outbox.isEmpty()).toBe(true);
      },
      async (id, number, outbox) => {
        if (id === "a" && number <= 2) outbox.addOnce(["box:a"], "news");
        return undefined;
      },
    );
  });

  test("keeps an entry that is added after its target was emptied during a call", async () => {
    await inOutbox(
      async (outbox) => {
        for (const ref of [1, 2]) outbox.add(["box:a"], { action: "event", ref });
        await outbox.runNow("box:a");
        expect(outbox.waiting("box:a")).toEqual([{ action: "delete", ref: null }]);
        await outbox.runNow("box:a");
        expect(outbox.isEmpty()).toBe(true);
      },
      async (_id, number, outbox) => {
        if (number === 1) {
          outbox.remove("box:a");
          outbox.add(["box:a"], { action: "delete", ref: null });
        }
        return undefined;
      },
    );
  });

  test("makes one call at a time to a target, in order", async () => {
    const first = Promise.withResolvers<undefined>();
    await inOutbox(
      async (outbox, handed) => {
        outbox.add(["box:a"], { action: "event", ref: 1 });
        const running = outbox.runNow("box:a");
        await Promise.resolve();
        outbox.add(["box:a"], { action: "event", ref: 2 });
        const next = outbox.runNow("box:a");
        await Promise.resolve();
        expect(handed).toHaveLength(1);
        first.resolve(undefined);
        await Promise.all([running, next]);
        expect(handed.map(({ refs }) => refs)).toEqual([[1], [2]]);
      },
      async (_id, number) => (number === 1 ? first.promise : undefined),
    );
  });

  test("removes all entries of a kind of target, and no others", async () => {
    await inOutbox(async (outbox) => {
      outbox.add(["box:a", "boxes:a", "bo:a"], { action: "event", ref: 1 });
      outbox.removeKind("box");
      expect(outbox.hasWaiting("box")).toBe(false);
      expect([outbox.hasWaiting("boxes"), outbox.hasWaiting("bo")]).toEqual([true, true]);
    });
  });
});
