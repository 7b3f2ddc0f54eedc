import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { followerOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { watchLog } from "../../support/log.ts";
import { alarmIn, publish, titlesIn } from "../../support/objects.ts";
import { api, json } from "../../support/service.ts";
import {
  follower,
  nextDay,
  numbered,
  type Publisher,
  publisher,
  rss,
  shown,
  work,
  writes,
} from "../../support/upstream.ts";

const MINUTE_MS = 60_000;

stopClockForEachTest();
beforeEach(() => {
  watchLog("warn"); // failures of publishers are told there
});

/** In how many minutes a source is asked again, a tenth more or less; null when it is not. */
async function asksIn(id: string): Promise<number | null> {
  const ms = await alarmIn(followerOf(env, id));
  return ms === null ? null : Math.round(ms / MINUTE_MS);
}

/** Another address of the same publisher. */
const at = (one: Publisher, path: string): string => new URL(path, one.url).href;

describe("a publisher that moves", () => {
  const moves = (one: Publisher, status: number) => {
    one.answer = ({ url }) =>
      url === one.url
        ? new Response(null, { status, headers: { location: "/new" } })
        : new Response(rss(numbered(2, 1)));
  };

  test.each([301, 308])("for good (%i) is asked at the new address from then on", async (status) => {
    const one = publisher(rss(numbered(1, 1)));
    const { slug, id } = await follower(one);
    moves(one, status);
    await nextDay(id);
    expect(await shown(id)).toMatchObject({ url: one.url, address: at(one, "/new"), state: "active" });
    await nextDay(id);
    expect(one.asked().map(({ url }) => new URL(url).pathname)).toEqual(["/feed", "/feed", "/new", "/new"]);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Title of n2", "Title of n1"]);
  });

  test.each([302, 303, 307])("for now (%i) is asked at the old address again", async (status) => {
    const one = publisher(rss(numbered(1, 1)));
    const { id } = await follower(one);
    moves(one, status);
    await nextDay(id);
    expect(await shown(id)).toMatchObject({ address: one.url, state: "active", items_seen: 2 });
    await nextDay(id);
    expect(one.asked().map(({ url }) => new URL(url).pathname)).toEqual([
      "/feed",
      "/feed",
      "/new",
      "/feed",
      "/new",
    ]);
  });

  test("for good after a step that is for now keeps its address", async () => {
    const one = publisher(rss(numbered(1, 1)));
    const { id } = await follower(one);
    const to: Record<string, [number, string]> = { "/feed": [302, "/b"], "/b": [301, "/c"] };
    one.answer = ({ url }) => {
      const step = to[new URL(url).pathname];
      return step
        ? new Response(null, { status: step[0], headers: { location: step[1] } })
        : new Response(rss([]));
    };
    await nextDay(id);
    expect(await shown(id)).toMatchObject({ address: one.url, state: "active" });
  });

  test("to what is no feed keeps its address", async () => {
    const one = publisher(rss(numbered(1, 1)));
    const { id } = await follower(one);
    one.answer = ({ url }) =>
      url === one.url
        ? new Response(null, { status: 301, headers: { location: "/gone" } })
        : new Response("<html></html>");
    await nextDay(id);
    expect(await shown(id)).toMatchObject({ address: one.url, state: "failing" });
  });

  test.each([
    ["a private address", "http://10.0.0.1/feed", "Its address must not lead to a private address."],
    ["a private name", "https://router.local/", "Its address must not lead to a private name."],
    [
      "this service",
      "https://news.example/acme/feed.rss",
      "Its address must not lead to this service itself.",
    ],
    ["another scheme", "file:///etc/passwd", "Its address must be an absolute http or https URL."],
  ])("to %s is not followed", async (_what, location, error) => {
    const one = publisher(() => new Response(null, { status: 301, headers: { location } }));
    const { id } = await follower(one);
    expect(await shown(id)).toMatchObject({ state: "failing", address: one.url, error, last_status: null });
    expect(one.receiver.received).toHaveLength(1);
  });

  test("in a circle is left at last", async () => {
    const one = publisher(({ url }) => new Response(null, { status: 302, headers: { location: `${url}x` } }));
    const { id } = await follower(one);
    expect(await shown(id)).toMatchObject({ state: "failing", error: "It redirects more than 5 times." });
    expect(one.asked()).toHaveLength(6);
  });
});

describe("a publisher that is gone", () => {
  test("is asked no more, unless by hand", async () => {
    const one = publisher(rss(numbered(1, 1)));
    const { slug, id } = await follower(one);
    one.answer = () => new Response(null, { status: 410 });
    await nextDay(id);
    expect(await shown(id)).toMatchObject({ state: "gone", last_status: 410, next_fetch_at: null });
    expect(await asksIn(id)).toBeNull();
    await nextDay(id);
    expect(one.asked()).toHaveLength(2);
    writes(one, rss(numbered(2, 1)));
    await json(api("POST", `/sources/${id}/poll`), 202);
    await work(id);
    expect(await shown(id)).toMatchObject({ state: "active", error: null, items_seen: 2 });
    await publish(slug);
    expect(await titlesIn(slug)).toHaveLength(2);
  });
});

describe("a publisher that fails", () => {
  test("is asked ever less often, and is well again when it answers", async () => {
    const one = publisher(rss(numbered(1, 1)));
    const { id } = await follower(one);
    one.answer = () => new Response("no", { status: 500 });
    const waits: (number | null)[] = [];
    for (let failures = 0; failures < 9; failures++) {
      wait(25 * 60 * MINUTE_MS + 8_640_000);
      await work(id);
      waits.push(await asksIn(id));
    }
    const least = [15, 30, 60, 120, 240, 480, 960, 1440, 1440];
    for (const [index, minutes] of least.entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(minutes);
      expect(waits[index]).toBeLessThanOrEqual(minutes * 1.1 + 1);
    }
    expect(await shown(id)).toMatchObject({
      state: "failing",
      last_status: 500,
      error: "The publisher answered 500.",
    });
    writes(one, rss(numbered(1, 1)));
    await nextDay(id);
    expect(await shown(id)).toMatchObject({ state: "active", error: null });
  });

  test.each([
    [
      "what is no feed",
      () => new Response("<html><p>Hello</p></html>"),
      "What stands at its address cannot be read as a feed.",
    ],
    [
      "nothing",
      () => Promise.reject(new Error("no")),
      "The connection failed, or ended before an answer came.",
    ],
    ["a page that is not there", () => new Response(null, { status: 404 }), "The publisher answered 404."],
    [
      "too much",
      () => new Response("x".repeat(LIMITS.SOURCE_BYTES + 1)),
      `It has more than ${LIMITS.SOURCE_BYTES} bytes.`,
    ],
  ])("by answering %s says so", async (_what, answer, error) => {
    const { id } = await follower(publisher(answer));
    expect(await shown(id)).toMatchObject({ state: "failing", error, items_seen: 0 });
  });

  test.each([429, 503])("and says when to come again (%i) is believed", async (status) => {
    const one = publisher(() => new Response(null, { status, headers: { "retry-after": "7200" } }));
    const { id } = await follower(one);
    expect(await asksIn(id)).toBe(120);
    expect(await shown(id)).toMatchObject({ state: "failing", last_status: status });
  });
});

describe("a publisher that says how often to ask", () => {
  test.each<[string, string, Record<string, string>, number]>([
    ["nothing", "", {}, 30],
    ["ttl", "<ttl>240</ttl>", {}, 240],
    ["max-age", "", { "cache-control": "public, max-age=10800" }, 180],
    ["the longer of both", "<ttl>60</ttl>", { "cache-control": "max-age=10800" }, 180],
    ["less than is usual", "<ttl>1</ttl>", { "cache-control": "max-age=60" }, 30],
    ["more than a day", "<ttl>100000</ttl>", {}, 1_440],
    ["Expires", "", { date: "Tue, 01 Jan 2030 00:00:00 GMT", expires: "Tue, 01 Jan 2030 02:00:00 GMT" }, 120],
  ])("by %s", async (_what, channel, headers, minutes) => {
    const { id } = await follower(publisher(() => new Response(rss([], channel), { headers })));
    const asks = await asksIn(id);
    expect(asks).toBeGreaterThanOrEqual(minutes);
    expect(asks).toBeLessThanOrEqual(minutes * 1.1 + 1);
  });

  test("in the document is heeded as long as that stands", async () => {
    const one = publisher(rss([], "<ttl>240</ttl>"));
    const { id } = await follower(one);
    one.answer = () => new Response(null, { status: 304 });
    await nextDay(id);
    expect(await asksIn(id)).toBeGreaterThanOrEqual(240);
  });

  test("is asked by hand no more than once a minute", async () => {
    const one = publisher(rss([]));
    const { id } = await follower(one);
    await json(api("POST", `/sources/${id}/poll`), 202);
    await work(id);
    expect(one.asked()).toHaveLength(1);
    wait(60_000);
    await work(id);
    expect(one.asked()).toHaveLength(2);
  });
});
