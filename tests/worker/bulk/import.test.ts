import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf } from "../../../src/objects/stubs.ts";
import { exportAll, importLines } from "../../support/bulk.ts";
import { stopClock, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { walk } from "../../support/feeds.ts";
import { watchLog } from "../../support/log.ts";
import { deliver, newWebhook, publish, rows, titlesIn } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import {
  ADMIN_TOKEN,
  api,
  fresh,
  get,
  json,
  newArticle,
  newOrganization,
  newToken,
  send,
} from "../../support/service.ts";
import { minutes } from "../../support/sweeping.ts";

vi.setConfig({ testTimeout: 60_000 });

beforeEach(() => {
  stopClock();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Articles as a CMS writes them: with ids of their own, and without a word of where they stand. */
const fromCms = (slug: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `${slug}-${index + 1}`,
    organizations: [slug],
    title: `News ${index + 1}`,
    published_at: new Date(Date.UTC(2030, 0, 1, 0, index)).toISOString(),
  }));

const outcomes = (results: readonly { outcome?: string; status: number }[]) =>
  results.map(({ outcome, status }) => outcome ?? status);

describe("a line", () => {
  test("without a type is an article; organizations may come before those who need them", async () => {
    const slug = fresh("org");
    const results = await importLines([
      { type: "organization", slug, name: "New" },
      { organizations: [slug], title: "Bare" },
      { type: "article", id: fresh("a"), organizations: [slug], title: "Typed" },
    ]);
    expect(results).toEqual([
      { line: 1, status: 201, type: "organization", id: slug, outcome: "created" },
      {
        line: 2,
        status: 201,
        type: "article",
        id: expect.stringMatching(/^art_[0-9a-z]{26}$/),
        outcome: "created",
      },
      { line: 3, status: 201, type: "article", id: expect.any(String), outcome: "created" },
    ]);
    await publish(slug);
    expect((await titlesIn(slug)).sort()).toEqual(["Bare", "Typed"]);
  });

  test("that is bad harms no other, whatever is bad about it", async () => {
    const slug = await newOrganization();
    const good = (title: string) => ({ id: fresh("a"), organizations: [slug], title });
    const place = { ordinal: 1, seq: 1, revision: 1, changed_ms: 1 };
    const standing = (some: unknown) => ({ type: "article", ...good("Placed"), standing: some });
    const results = await importLines([
      good("First"),
      "{not json",
      "\u0000",
      "[]",
      "null",
      { type: "feed" },
      { type: "organization", slug: "api", name: "Reserved" },
      { type: "organization", slug: "x", name: "Odd", standing: { changed_ms: -1 } },
      { ...good("Nowhere"), organizations: ["nobody-at-all"] },
      { ...good("Deep"), content_html: "<div>".repeat(1000) },
      standing({ [slug]: { ...place, ordinal: 0 } }),
      standing({ [slug]: { ...place, ordinal: 1e15 } }),
      standing({ [slug]: { ...place, changed_ms: 1e16 } }),
      standing({ "nobody-at-all": place }),
      standing(7),
      `{"title":"${"x".repeat(LIMITS.BODY_BYTES)}"}`,
      {
        type: "webhook",
        id: "end_1",
        organization: slug,
        url: "https://a.example/",
        created_at: "2025-01-01",
      },
      good("Last"),
    ]);
    expect(results.sort((a, b) => a.line - b.line).map(({ status }) => status)).toEqual([
      201, 400, 400, 422, 422, 422, 422, 422, 422, 422, 422, 422, 422, 422, 422, 413, 422, 201,
    ]);
    const paths = results.map(({ problem }) => problem?.errors?.[0]?.path);
    expect(paths.slice(5, 9)).toEqual(["type", "slug", "standing.changed_ms", "organizations.0"]);
    expect(paths.slice(10, 15)).toEqual([
      `standing.${slug}.ordinal`,
      `standing.${slug}.ordinal`,
      `standing.${slug}.changed_ms`,
      "standing.nobody-at-all",
      "standing",
    ]);
    await publish(slug);
    expect((await titlesIn(slug)).sort()).toEqual(["First", "Last"]);
  });

  test("that is not UTF-8 harms no other, however the body is cut into chunks", async () => {
    const slug = await newOrganization();
    const encoder = new TextEncoder();
    const line = (title: string) => encoder.encode(`${JSON.stringify({ organizations: [slug], title })}\r\n`);
    const bytes = [...line("Дом"), 0xff, 0x0a, 0x0a, ...line("Ev")];
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/x-ndjson" };
    const response = await send("POST", "/api/v1/import", { headers, body });
    const results = new TextDecoder()
      .decode(await response.arrayBuffer())
      .trim()
      .split("\n");
    expect(results.map((one) => JSON.parse(one)).map(({ line, status }) => [line, status])).toEqual([
      [2, 400],
      [1, 201],
      [4, 201],
    ]);
    await publish(slug);
    expect((await titlesIn(slug)).sort()).toEqual(["Ev", "Дом"]);
  });

  test("of an id that stood before in the same request comes after it", async () => {
    const [slug, id] = [await newOrganization(), fresh("a")];
    const line = { id, organizations: [slug], published_at: "2025-01-01" };
    const results = await importLines([
      { ...line, title: "Old", updated_at: "2025-01-01" },
      { ...line, title: "New", updated_at: "2025-01-02" },
      { ...line, title: "Old", updated_at: "2025-01-01" },
    ]);
    expect(outcomes(results)).toEqual(["created", "updated", "kept"]);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["New"]);
  });

  test("beyond the most in one request is not taken, and none after it", async () => {
    const slug = await newOrganization();
    const results = await importLines(fromCms(slug, LIMITS.IMPORT_LINES + 2));
    expect(results).toHaveLength(LIMITS.IMPORT_LINES + 1);
    expect(results.at(-1)).toMatchObject({
      line: 501,
      status: 422,
      problem: {
        errors: [
          { message: "at most 500 lines in one request: send this one and those after it in another" },
        ],
      },
    });
    expect(results.filter(({ status }) => status === 201)).toHaveLength(LIMITS.IMPORT_LINES);
  });
});

describe("what is imported again", () => {
  test("writes nothing and changes nothing", async () => {
    const slug = fresh("org");
    const lines = [
      { type: "organization", slug, name: "Again" },
      ...fromCms(slug, 120),
      { organizations: [slug], title: "No id" },
    ];
    const first = await costsOf(() => importLines(lines));
    expect(first).toMatchObject({ kvWrites: 1 + 3 + 121, kvLists: 0, kvDeletes: 0 });
    expect((await costsOf(() => publish(slug))).kvWrites).toBe(3);
    const results: unknown[] = [];
    const again = await costsOf(async () => results.push(...outcomes(await importLines(lines))));
    expect(new Set(results)).toEqual(new Set(["unchanged"]));
    expect(again).toMatchObject({ kvReads: 3, kvWrites: 0, kvLists: 0, kvDeletes: 0 });
    expect(again.objectCalls).toEqual([
      "addToAudit",
      "entries",
      ...Array(3).fill(["entries", "known"]).flat(),
    ]);
    expect((await costsOf(() => publish(slug))).kvWrites).toBe(0);
  });

  test("after it broke off in the middle is taken where it was not", async () => {
    const slug = await newOrganization();
    const lines = fromCms(slug, 30);
    await importLines(lines.slice(0, 20));
    // The record that was not written when the process died.
    await env.RECORDS.delete(`article:${slug}-20`);
    const results = await importLines(lines);
    expect(outcomes(results)).toEqual([...Array(20).fill("unchanged"), ...Array(10).fill("created")]);
    expect((await get(`/articles/${slug}-20`)).status).toBe(200);
    await publish(slug);
    expect(await titlesIn(slug)).toHaveLength(30);
  });

  test("takes an edit, and no older word than what stands here", async () => {
    const slug = await newOrganization();
    const { page_url: _, ...article } = await newArticle(slug, { title: "Old" });
    wait(10_000);
    await json(api("PUT", `/articles/${article.id}`, { organizations: [slug], title: "New" }), 200);
    expect(outcomes(await importLines([article]))).toEqual(["kept"]);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["New"]);
    const later = { ...article, title: "Later", updated_at: new Date(Date.now() + 1000).toISOString() };
    expect(outcomes(await importLines([later]))).toEqual(["updated"]);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Later"]);
  });

  test("does not bring back what was withdrawn here", async () => {
    const slug = await newOrganization();
    const [line] = fromCms(slug, 1);
    await importLines([line]);
    await api("DELETE", `/articles/${line?.id}`);
    expect(outcomes(await importLines([line]))).toEqual(["kept"]);
    expect((await get(`/articles/${line?.id}`)).status).toBe(410);
  });

  test("leaves an organization that has newer words, and ends none", async () => {
    const slug = await newOrganization({ name: "Here" });
    const line = (name: string, changed_ms: number) => ({
      type: "organization",
      slug,
      name,
      standing: { changed_ms },
    });
    const closed = {
      ...line("Here", Date.now() + 9),
      standing: { changed_ms: Date.now() + 9, closed: true },
    };
    expect(outcomes(await importLines([line("Older", 5), closed]))).toEqual(["kept", "kept"]);
    expect(await json(api("GET", `/organizations/${slug}`), 200)).toMatchObject({ name: "Here" });
    expect(outcomes(await importLines([line("Newer", Date.now() + 9)]))).toEqual(["updated"]);
    expect(await json(api("GET", `/organizations/${slug}`), 200)).toMatchObject({ name: "Newer" });
  });
});

describe("alerts", () => {
  test("are sent for none, also after the sweep has met the records", async () => {
    const { received } = receive();
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await importLines(fromCms(slug, 3));
    watchLog("warn");
    await minutes(5);
    while (await publish(slug));
    expect(await deliver(id)).toBe(false);
    expect(received).toEqual([]);
    await newArticle(slug, { title: "News of today" });
    await publish(slug);
    await deliver(id);
    expect(received.map(({ body }) => JSON.parse(body).data.article.title)).toEqual(["News of today"]);
  });

  test("are sent for an article that waited for its moment, when it comes", async () => {
    const { received } = receive();
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    const at = Date.now() + 3_600_000;
    await importLines([
      { organizations: [slug], title: "Tomorrow", published_at: new Date(at).toISOString() },
    ]);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual([]);
    wait(3_600_000);
    await publish(slug);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Tomorrow"]);
    await deliver(id);
    expect(received).toHaveLength(1);
  });

  test("are sent for all when they are asked for, each once", async () => {
    const { received } = receive();
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    const place = (ordinal: number) => ({ [slug]: { ordinal, seq: ordinal, revision: 1, changed_ms: 1 } });
    const lines = fromCms(slug, 3).map((line, index) => ({ ...line, standing: place(index + 1) }));
    await importLines(lines, { query: "?alerts=all" });
    await importLines(lines, { query: "?alerts=all" });
    while (await publish(slug));
    while (await deliver(id));
    expect(received.map(({ body }) => JSON.parse(body).data.article.title)).toEqual([
      "News 1",
      "News 2",
      "News 3",
    ]);
  });
});

describe("who and what is refused", () => {
  const post = (query: string, token: string, type = "application/x-ndjson") =>
    send("POST", `/api/v1/import${query}`, {
      headers: { authorization: `Bearer ${token}`, "content-type": type },
      body: "",
    });

  test("a token of an organization", async () => {
    const token = await newToken(await newOrganization());
    expect((await post("", token)).status).toBe(403);
    expect((await api("GET", "/export", undefined, { token })).status).toBe(403);
    expect((await send("GET", "/api/v1/export")).status).toBe(401);
  });

  test("another media type, other alerts, a cursor that was never given", async () => {
    expect((await post("", ADMIN_TOKEN, "application/json")).status).toBe(415);
    expect((await post("?alerts=some", ADMIN_TOKEN)).status).toBe(400);
    expect((await api("GET", "/export?cursor=tokens~~")).status).toBe(400);
  });

  test("nothing is no failure", async () => {
    expect(await importLines([])).toEqual([]);
    expect(await importLines(["", " "])).toEqual([]);
  });
});

test("an ordinal that another article has here stays that one's", async () => {
  const slug = await newOrganization();
  await newArticle(slug, { title: "Here before" });
  const place = { ordinal: 1, seq: 1, revision: 4, changed_ms: 1000 };
  await importLines([{ ...fromCms(slug, 1)[0], standing: { [slug]: place } }]);
  const { entries } = await channelOf(env, slug).articles.announced("");
  expect(entries.map(({ article, place }) => [article.title, place.ordinal, place.revision])).toEqual([
    ["Here before", 1, 1],
    ["News 1", 2, 4],
  ]);
});

test("archive documents lead on over a gap that was imported", async () => {
  const slug = await newOrganization();
  const place = (ordinal: number) => ({ [slug]: { ordinal, seq: ordinal, revision: 1, changed_ms: 1000 } });
  const lines = fromCms(slug, 60).map((line, index) => ({
    ...line,
    standing: place(index < 5 ? index + 1 : 195 + index),
  }));
  await importLines(lines);
  await publish(slug);
  const walked = await walk(`/${slug}/feed.atom`);
  expect(walked.slice(1).map(({ path }) => path)).toEqual(
    [5, 4, 1].map((number) => `/${slug}/archive/${number}.atom`),
  );
  expect(new Set(walked.flatMap(({ document }) => document.ids)).size).toBe(60);
});

test("replaces articles that are together too large for one call", async () => {
  const slug = await newOrganization();
  // One character needs two bytes, and so all others in its text.
  const content_text = `“${"He said so. ".repeat(33_000)}`;
  const small = fromCms(slug, 48);
  for (let from = 0; from < small.length; from += 12) {
    const large = small.slice(from, from + 12).map((one) => ({ ...one, content_text }));
    expect(await json(api("POST", "/articles/batch", large), 200)).toMatchObject({ accepted: 12 });
  }
  wait(LIMITS.KV_SETTLE_SECONDS * 1000);
  const results = await importLines(small.map((one) => ({ type: "article", ...one })));
  expect(new Set(outcomes(results))).toEqual(new Set(["updated"]));
});

test("exports articles that another channel has with more than one call has room for", async () => {
  await reset();
  const slugs = [await newOrganization(), await newOrganization()].sort();
  const [behind = ""] = slugs;
  const content_text = `“${"He said so. ".repeat(33_000)}`.trim();
  const large = fromCms(behind, 48).map((one) => ({ ...one, organizations: slugs, content_text }));
  for (let from = 0; from < large.length; from += 12) {
    await json(api("POST", "/articles/batch", large.slice(from, from + 12)), 200);
  }
  // A channel that was not reached by the change has what they said before.
  const before =
    "UPDATE articles SET version = 'before', article = json_set(article, '$.content_text', 'Soon.')";
  await rows(channelOf(env, behind), before);
  const lines = (await exportAll()).filter(({ type }) => type === "article");
  expect(
    lines.map(({ content_text: text, standing }) => [text === content_text, Object.keys(standing as object)]),
  ).toEqual([...large.map(() => [false, [behind]]), ...large.map(() => [true, [slugs[1]]])]);
});
