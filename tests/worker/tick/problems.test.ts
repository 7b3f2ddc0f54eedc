import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { type LogLine, watchLog } from "../../support/log.ts";
import { publish, titlesIn } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { api, newArticle, newOrganization, newToken } from "../../support/service.ts";
import { minute, minutes, problems, putRecord } from "../../support/sweeping.ts";

let log: LogLine[];
let slug: string;

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  log = watchLog("warn");
  slug = await newOrganization();
});

/** The lines of the log that tell of records. */
const told = (): LogLine[] => log.filter(({ event }) => event === "sweep.problem");

describe("a record that cannot be used", () => {
  test.each<[string, string, unknown, string, string, string]>([
    [
      "no JSON",
      "article:a1",
      "{",
      "malformed",
      "",
      "The text is not JSON. Line 1, column 2: Expected property name or '}'.",
    ],
    [
      "nothing",
      "article:a1",
      "",
      "malformed",
      "",
      "The text is not JSON. Line 1, column 1: Unexpected end of JSON input.",
    ],
    ["without a title", "article:a1", { organizations: ["x"] }, "invalid", "title", "is required"],
    [
      "with a bad date",
      "article:a1",
      { organizations: ["x"], title: "T", published_at: "yesterday" },
      "invalid",
      "published_at",
      "must be an RFC 3339 date-time with offset (2025-12-17T13:11:00+04:00) or a date (2025-12-17)",
    ],
    [
      "with another id",
      "article:a1",
      { id: "a2", organizations: ["x"], title: "T" },
      "invalid",
      "id",
      "is not the id in the key",
    ],
    [
      "at a key that is no id",
      "article:a/1",
      { organizations: ["x"], title: "T" },
      "invalid",
      "id",
      "the key is no article id",
    ],
    [
      "that cannot be rendered",
      "article:a1",
      { organizations: ["x"], title: "T", content_html: "<b>".repeat(1_000) },
      "unrenderable",
      "",
      "The article cannot be written as a feed item: its HTML has elements more than 256 deep",
    ],
    [
      "of an organization that nobody knows",
      "article:a1",
      { organizations: ["nowhere"], title: "T" },
      "organization-unknown",
      "organizations.0",
      "there is no such organization",
    ],
    ["of a nameless organization", "organization:by-hand", {}, "invalid", "name", "is required"],
    [
      "of an organization with a reserved name",
      "organization:api",
      { name: "API" },
      "invalid",
      "slug",
      "the key is no usable slug",
    ],
    [
      "at a strange key",
      "settings",
      { colour: "red" },
      "malformed",
      "",
      "the key is neither article:… nor organization:…",
    ],
  ])("%s is reported, and logged once", async (_what, key, value, reason, path, message) => {
    await putRecord(key, value);
    await minutes(4);
    expect(await problems()).toEqual([
      { key, reason, errors: [{ path, message }], seen_at: "2040-01-01T00:01:00Z" },
    ]);
    expect(told()).toEqual([
      { level: "warn", event: "sweep.problem", key, reason, error: `${path} ${message}`.trim() },
    ]);
  });

  test("harms no other record, and no feed", async () => {
    await newArticle(slug, { title: "Before" });
    await putRecord("article:a1", "{");
    await putRecord("article:a2", { organizations: [slug], title: "Beside" });
    await putRecord("article:a3", { organizations: [slug, "nowhere"], title: "Half" });
    await minute();
    await newArticle(slug, { title: "After" });
    await publish(slug);
    expect((await titlesIn(slug)).sort()).toEqual(["After", "Before", "Beside"]);
    expect((await problems()).map(({ key }) => key)).toEqual(["article:a1", "article:a3"]);
  });

  test("that was an article before leaves it as it was", async () => {
    await putRecord("article:a1", { organizations: [slug], title: "Good" });
    await minutes(3);
    await putRecord("article:a1", "{");
    await minutes(3);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Good"]);
    expect(await problems()).toHaveLength(1);
  });

  test("is reported no more when it was mended", async () => {
    await putRecord("article:a1", { organizations: [slug] });
    await minute();
    await putRecord("article:a1", { organizations: [slug], title: "Mended" });
    await minute();
    await publish(slug);
    expect(await problems()).toEqual([]);
    expect(await titlesIn(slug)).toEqual(["Mended"]);
  });

  test("is reported no more when it was removed", async () => {
    await putRecord("article:a1", "{");
    await minute();
    await env.RECORDS.delete("article:a1");
    await minute();
    expect(await problems()).toEqual([]);
  });

  test("is reported with what is wrong now", async () => {
    await putRecord("article:a1", "{");
    await minute();
    await putRecord("article:a1", { organizations: [slug] });
    await minute();
    expect(await problems()).toMatchObject([{ reason: "invalid", seen_at: "2040-01-01T00:02:00Z" }]);
    expect(told()).toHaveLength(2);
  });
});

test("a record too large to be read with others is reported, and keeps no other from being taken in", async () => {
  await putRecord("article:a1", "x".repeat(14_000_000));
  await putRecord("article:a2", "x".repeat(14_000_000));
  await putRecord("article:a3", { organizations: [slug], title: "Small" });
  await minutes(3);
  await publish(slug);
  expect(await titlesIn(slug)).toEqual(["Small"]);
  expect((await problems()).map(({ key }) => key)).toEqual(["article:a1", "article:a2"]);
});

describe("what is wrong with a record is told in few words", () => {
  test("however long the wrong value is, and with whole characters", async () => {
    for (const [at, pad] of ["", "x"].entries()) {
      const precision = `${pad}${"😀".repeat(100_000)}`;
      await putRecord(`article:a${at}`, {
        organizations: [slug],
        title: "T",
        published_precision: precision,
      });
    }
    await minutes(2);
    const shown = await problems();
    expect(shown.map(({ errors }) => errors.map(({ path }) => path))).toEqual([
      ["published_precision"],
      ["published_precision"],
    ]);
    for (const { message = "" } of shown.flatMap(({ errors }) => errors)) {
      expect(message.length).toBeLessThanOrEqual(LIMITS.ERROR_CHARACTERS);
      expect(message).toMatch(/^Invalid type: .*"x?(😀)+…$/u);
      expect(message.isWellFormed()).toBe(true);
    }
  });

  test("however long the name of an unknown field is", async () => {
    await putRecord("article:a1", { organizations: [slug], title: "T", ["é".repeat(100_000)]: 1 });
    await minutes(2);
    const [path = ""] = (await problems()).flatMap(({ errors }) => errors.map((error) => error.path));
    expect([path.length, path.slice(0, 2), path.slice(-1)]).toEqual([LIMITS.ERROR_CHARACTERS, "éé", "…"]);
  });

  test("however many fields are wrong", async () => {
    const tags = Array.from({ length: 1_000 }, () => 1);
    await putRecord("article:a1", { organizations: [slug], title: "T", tags });
    await minutes(2);
    const [{ errors = [] } = {}] = await problems();
    expect(errors).toHaveLength(LIMITS.PROBLEM_ERRORS + 1);
    expect(errors.at(-1)).toEqual({ path: "", message: `has ${1_000 - LIMITS.PROBLEM_ERRORS} more errors` });
  });

  test("also to who sends an article", async () => {
    const sent = { organizations: [slug], title: "T", published_precision: "é".repeat(100_000) };
    const answer = await api("PUT", "/articles/a1", sent);
    const { errors } = (await answer.json()) as { errors: { message: string }[] };
    expect([answer.status, errors[0]?.message.length]).toEqual([422, LIMITS.ERROR_CHARACTERS]);
  });
});

test("what cannot be used is the operator's to know", async () => {
  const token = await newToken(slug);
  expect((await api("GET", "/problems", undefined, { token })).status).toBe(403);
});
