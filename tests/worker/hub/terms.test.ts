import { beforeEach, describe, expect, test, vi } from "vitest";
import { stopClock, stopClockForEachTest, wait } from "../../support/clock.ts";
import {
  consent,
  newTopic,
  objectOf,
  pushes,
  runSubscription,
  subscribe,
  subscriber,
  subscriptionsOf,
} from "../../support/hub.ts";
import { alarmIn, publish, rows } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { newArticle } from "../../support/service.ts";

let slug: string;
let topic: string;

const DAY_MS = 86_400_000;

stopClockForEachTest();
beforeEach(async () => {
  ({ slug, topic } = await newTopic());
});

/** Has news published and sent. */
async function announce(): Promise<void> {
  await newArticle(slug);
  await publish(slug);
  await runSubscription(topic);
}

describe("a change of secret", () => {
  const shown = async () => (await subscriptionsOf(slug))[0] as { secret_changed_at?: string } | undefined;

  test("is shown to the operator", async () => {
    subscriber();
    await subscribe(topic, { "hub.secret": "one" });
    await subscribe(topic, { "hub.secret": "one" });
    expect(await shown()).not.toHaveProperty("secret_changed_at");
    wait(1_000);
    await subscribe(topic, { "hub.secret": "two" });
    expect((await shown())?.secret_changed_at).toBe("2040-01-01T00:00:06Z");
    wait(1_000);
    await subscribe(topic, { "hub.secret": "two" });
    expect((await shown())?.secret_changed_at).toBe("2040-01-01T00:00:06Z");
  });

  test("has no effect without confirmation: pushes are signed with the old secret", async () => {
    let confirms = true;
    const { received } = receive((request) => {
      if (request.method === "POST") return new Response(null, { status: 204 });
      return confirms ? consent(request) : new Response(null, { status: 404 });
    });
    await subscribe(topic, { "hub.secret": "one" });
    await announce();
    confirms = false;
    await subscribe(topic, { "hub.secret": "two", "hub.lease_seconds": "60" });
    wait(120_000);
    await announce();
    const [first, second] = pushes(received);
    const key = await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode("one"),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    for (const push of [first, second]) {
      const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(push?.body)));
      const hex = [...mac].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      expect(push?.headers["x-hub-signature"]).toBe(`sha256=${hex}`);
    }
    expect(await shown()).not.toHaveProperty("secret_changed_at");
  });
});

describe("a subscriber that fails pushes", () => {
  test("is unsubscribed after three days without a success, and nothing stays stored", async () => {
    const { received } = subscriber(() => new Response(null, { status: 500 }));
    await subscribe(topic, { "hub.lease_seconds": "2592000" });
    for (let day = 0; day < 3; day++) {
      await announce();
      wait(DAY_MS);
    }
    expect(await subscriptionsOf(slug)).toHaveLength(1);
    await announce();
    expect(await subscriptionsOf(slug)).toEqual([]);
    expect(await alarmIn(await objectOf(topic))).toBe(null);
    const before = pushes(received).length;
    await announce();
    expect(pushes(received)).toHaveLength(before);
    expect(
      await rows(
        await objectOf(topic),
        "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'",
      ),
    ).toEqual([]);
  });

  test("is kept if some of its pushes succeed", async () => {
    let status = 500;
    subscriber(() => new Response(null, { status }));
    await subscribe(topic, { "hub.lease_seconds": "2592000" });
    for (let day = 0; day < 8; day++) {
      status = day % 2 === 0 ? 500 : 204;
      await announce();
      wait(DAY_MS);
    }
    expect(await subscriptionsOf(slug)).toHaveLength(1);
  });
});

describe("a callback that hangs", () => {
  const waits: number[] = [];

  function hanging(method: string) {
    waits.length = 0;
    stopClock("setTimeout", "clearTimeout");
    return receive((request) => {
      if (request.method !== method) return consent(request);
      const startMs = Date.now();
      const never = new Promise<Response>((_resolve, reject) => {
        request.signal.addEventListener("abort", () => {
          waits.push(Date.now() - startMs);
          reject(request.signal.reason);
        });
      });
      vi.advanceTimersByTime(15_000);
      return never;
    });
  }

  test("times out after five seconds during a verification", async () => {
    hanging("GET");
    await subscribe(topic);
    expect(waits).toEqual([5_000]);
    expect(await subscriptionsOf(slug)).toEqual([]);
  });

  test("gets a shorter timeout in the next push", async () => {
    hanging("POST");
    await subscribe(topic);
    for (let push = 0; push < 3; push++) await announce();
    expect(waits).toEqual([15_000, 10_000, 5_000]);
  });
});
