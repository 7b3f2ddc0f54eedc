import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf } from "../../../src/objects/stubs.ts";
import { importLines } from "../../support/bulk.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { alarmIn } from "../../support/objects.ts";
import {
  ADMIN_TOKEN,
  api,
  fresh,
  json,
  newOrganization,
  type ShownProblem,
  send,
} from "../../support/service.ts";
import { minute, problems, putRecord } from "../../support/sweeping.ts";

stopClockForEachTest();

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

describe("a date", () => {
  test("is accepted up to the year 2188, and scheduled", async () => {
    const slug = await newOrganization();
    const published_at = "2188-12-31T23:59:59Z";
    await json(api("POST", "/articles", { organizations: [slug], title: "Far", published_at }), 201);
    expect(await alarmIn(channelOf(env, slug))).not.toBeNull();
  });

  test("is rejected after that, with the limit in the message", async () => {
    const slug = await newOrganization();
    const body = { organizations: [slug], title: "Too far", published_at: "2189-01-01T00:00:00Z" };
    expect((await json<ShownProblem>(api("POST", "/articles", body), 422)).errors).toEqual([
      { path: "published_at", message: "must be before the year 2189" },
    ]);
    const [line] = await importLines([{ id: fresh("far"), ...body }]);
    expect(line?.problem?.errors?.[0]?.path).toBe("published_at");
  });

  test("is rejected in a record too, and does not stop the tick", async () => {
    const slug = await newOrganization();
    const key = `article:${fresh("far")}`;
    await putRecord(key, { organizations: [slug], title: "Too far", published_at: "9999-12-31" });
    await minute();
    expect((await problems()).find((problem) => problem.key === key)?.errors).toEqual([
      { path: "published_at", message: "must be before the year 2189" },
    ]);
  });
});

describe("deep JSON", () => {
  const DEEP = nested(100_000);

  test.each([
    ["POST", "/articles", `{"title":"t","attributions":${DEEP}}`],
    ["POST", "/articles/batch", `[${DEEP}]`],
    ["PUT", "/organizations/deep", `{"name":"n","slug":${DEEP}}`],
    ["POST", "/tokens", DEEP],
    ["POST", "/sources", `{"url":${DEEP}}`],
  ])("is rejected at %s %s", async (method, path, body) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };
    const response = await send(method, `/api/v1${path}`, { headers, body });
    expect([400, 422]).toContain(response.status);
  });

  test("is rejected in a line of an import without affecting the others", async () => {
    const slug = await newOrganization();
    const line = (title: string, attributions: string) =>
      `{"id":"${fresh("line")}","organizations":["${slug}"],"title":"${title}","attributions":${attributions}}`;
    const results = await importLines([line("One", DEEP), line("Two", nested(5_000)), line("Three", "[]")]);
    expect(results.map(({ status }) => status)).toEqual([400, 201, 201]);
  });

  test("is reported as a problem in a record", async () => {
    const key = `article:${fresh("deep")}`;
    await env.RECORDS.put(key, `{"title":"t","attributions":${DEEP}}`);
    await minute();
    expect((await problems()).map((problem) => problem.key)).toContain(key);
  });
});

test("rejects a list with thousands of invalid entries with one error", async () => {
  const tags = Array.from({ length: 100_000 }, () => "");
  const { errors } = await json<ShownProblem>(api("POST", "/articles", { title: "t", tags }), 422);
  expect(errors).toEqual([{ path: "tags", message: `must have at most ${LIMITS.INPUT_ENTRIES} entries` }]);
});
