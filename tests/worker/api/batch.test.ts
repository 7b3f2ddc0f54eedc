import { beforeAll, expect, test, vi } from "vitest";
import { stopClock } from "../../support/clock.ts";
import { titlesInFeed } from "../../support/items.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import {
  ADMIN_TOKEN,
  api,
  fresh,
  json,
  newOrganization,
  newToken,
  type ShownProblem,
  send,
} from "../../support/service.ts";

beforeAll(() => {
  stopClock();
});

interface BatchAnswer {
  accepted: number;
  failed: number;
  results: { line: number; status: number; id?: string; problem?: ShownProblem }[];
}

const batch = (articles: unknown[], token = ADMIN_TOKEN) =>
  json<BatchAnswer>(api("POST", "/articles/batch", articles, { token }), 200);

/** A batch of lines of text. */
function lines(text: string, type = "application/x-ndjson"): Promise<Response> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": type };
  return send("POST", "/api/v1/articles/batch", { headers, body: text });
}

/** The statuses of a batch's lines. */
const statuses = (answer: BatchAnswer) => answer.results.map((result) => result.status);

test("returns a result for each article of an array, as separate requests would", async () => {
  const [slug, known] = [await newOrganization(), fresh("release")];
  await json(api("PUT", `/articles/${known}`, { organizations: [slug], title: "Old" }), 201);
  const answer = await batch([
    { organizations: [slug], title: "One" },
    { id: known, organizations: [slug], title: "New" },
  ]);
  expect(answer).toEqual({
    accepted: 2,
    failed: 0,
    results: [
      { line: 1, status: 201, id: expect.stringMatching(/^art_[0-9a-z]{26}$/) },
      { line: 2, status: 200, id: known },
    ],
  });
  const { results } = answer;
  expect(await json(api("GET", `/articles/${results[0]?.id}`), 200)).toMatchObject({ title: "One" });
  expect(await json(api("GET", `/articles/${known}`), 200)).toMatchObject({ title: "New" });
});

test.each(["application/x-ndjson", "application/ndjson; charset=utf-8", "application/jsonl"])(
  "accepts %s with an article on each line, blank lines and CRLF",
  async (type) => {
    const slug = await newOrganization();
    const line = (title: string) =>
      JSON.stringify({ organizations: [slug], title, published_at: "2025-01-01" });
    const answer = await json<BatchAnswer>(lines(`${line("One")}\r\n\n${line("Two")}\n`, type), 200);
    expect(statuses(answer)).toEqual([201, 201]);
    expect((await titlesInFeed(slug)).sort()).toEqual(["One", "Two"]);
  },
);

test("rejects bad lines without affecting the others", async () => {
  const slug = await newOrganization();
  const good = (title: string) => JSON.stringify({ organizations: [slug], title });
  const text = [
    good("First"),
    "{not json",
    JSON.stringify({ organizations: [slug], title: "" }),
    JSON.stringify({ organizations: [slug, "nobody-at-all"], title: "Nowhere" }),
    JSON.stringify({ organizations: [slug], title: "Deep", content_html: "<div>".repeat(1000) }),
    "null",
    good("Last"),
  ].join("\n");
  const answer = await json<BatchAnswer>(lines(text), 200);
  expect(statuses(answer)).toEqual([201, 400, 422, 422, 422, 422, 201]);
  expect(answer).toMatchObject({ accepted: 2, failed: 5 });
  expect(answer.results.map((result) => result.line)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const problems = answer.results.flatMap((result) => result.problem ?? []);
  expect(problems.map((problem) => problem.type)).toEqual([
    "urn:communique:problem:malformed",
    "urn:communique:problem:invalid",
    "urn:communique:problem:invalid",
    "urn:communique:problem:unrenderable",
    "urn:communique:problem:invalid",
  ]);
  expect(problems[1]?.errors).toEqual([{ path: "title", message: "must not be empty" }]);
  expect(problems[2]?.errors).toEqual([
    { path: "organizations.1", message: "there is no organization nobody-at-all" },
  ]);
  expect((await titlesInFeed(slug)).sort()).toEqual(["First", "Last"]);
});

test("uses the first article when an id occurs twice", async () => {
  const [slug, id] = [await newOrganization(), fresh("release")];
  const answer = await batch([
    { id, organizations: [slug], title: "First" },
    { id, organizations: [slug], title: "Second" },
  ]);
  expect(statuses(answer)).toEqual([201, 422]);
  expect(answer.results[1]?.problem?.errors).toEqual([
    { path: "id", message: "is a duplicate id in this batch" },
  ]);
  expect(await titlesInFeed(slug)).toEqual(["First"]);
});

test("changes nothing when the same batch is sent again", async () => {
  const [slug, ids] = [await newOrganization(), [fresh("a"), fresh("b")]];
  const articles = ids.map((id) => ({ id, organizations: [slug], title: id }));
  expect(statuses(await batch(articles))).toEqual([201, 201]);
  const read = () => Promise.all(ids.map(async (id) => (await api("GET", `/articles/${id}`)).text()));
  const before = await read();
  expect(statuses(await batch(articles))).toEqual([200, 200]);
  expect(await read()).toEqual(before);
});

test("rejects only the line for another organization", async () => {
  const [own, other] = [await newOrganization(), await newOrganization()];
  const answer = await batch(
    [
      { organizations: [own], title: "Own" },
      { organizations: [other], title: "Other" },
      { organizations: [own, other], title: "Both" },
      { organizations: ["nobody-at-all"], title: "Nobody" },
    ],
    await newToken(own),
  );
  expect(statuses(answer)).toEqual([201, 403, 403, 403]);
  const [, existing, , absent] = answer.results;
  expect(existing?.problem).toEqual(absent?.problem);
  expect([await titlesInFeed(own), await titlesInFeed(other)]).toEqual([["Own"], []]);
});

test("accepts an empty batch", async () => {
  expect(await batch([])).toEqual({ accepted: 0, failed: 0, results: [] });
  expect(await json(lines("\n \n"), 200)).toEqual({ accepted: 0, failed: 0, results: [] });
});

test("accepts 500 lines, and rejects all of 501", async () => {
  const slug = await newOrganization();
  const many = (count: number) =>
    Array.from({ length: count }, () => JSON.stringify({ organizations: [slug], title: "Many" })).join("\n");
  const refused = await json<ShownProblem>(lines(many(501)), 422);
  expect(refused.errors).toEqual([{ path: "", message: "at most 500 articles in one batch" }]);
  expect(await titlesInFeed(slug)).toEqual([]);
  expect(await json(lines(many(500)), 200)).toMatchObject({ accepted: 500 });
});

test.each([[{}], ["text"], [null], [7]])("rejects %j as an array of articles", async (body) => {
  const refused = await json<ShownProblem>(api("POST", "/articles/batch", body), 422);
  expect(refused.errors).toEqual([{ path: "", message: "must be an array of articles" }]);
});

test("returns 400 for invalid JSON and 415 for another media type", async () => {
  expect((await lines("[", "application/json")).status).toBe(400);
  const refused = await json<ShownProblem>(lines("[]", "text/csv"), 415);
  expect(refused.detail).toBe(
    "Send application/json or application/x-ndjson or application/ndjson or application/jsonl.",
  );
});

test("alerts webhooks with alerts=all, and does not with alerts=none", async () => {
  const { received } = receive();
  const slug = await newOrganization();
  const { id } = await newWebhook(slug);
  const answers = [];
  for (const alerts of ["?alerts=none", "?alerts=all", ""]) {
    const path = `/articles/batch${alerts}`;
    answers.push(
      await json<BatchAnswer>(api("POST", path, [{ organizations: [slug], title: alerts || "usual" }]), 200),
    );
    await publish(slug);
    await deliver(id);
  }
  expect(answers.map(({ accepted }) => accepted)).toEqual([1, 1, 1]);
  expect(await titlesInFeed(slug)).toHaveLength(3);
  expect(received.map(({ body }) => JSON.parse(body).data.article.title)).toEqual(["?alerts=all", "usual"]);
  expect((await api("POST", "/articles/batch?alerts=some", [])).status).toBe(400);
  vi.restoreAllMocks();
});

test("replaces articles whose records are together too large for one read of KV", async () => {
  const slug = await newOrganization();
  const small = Array.from({ length: 72 }, (_, index) => ({
    id: `${slug}-${index}`,
    organizations: [slug],
    title: `Title ${index}`,
  }));
  const content_text = "He said so. ".repeat(33_000);
  for (let from = 0; from < small.length; from += 24) {
    const large = small.slice(from, from + 24).map((one) => ({ ...one, content_text }));
    expect(await batch(large)).toMatchObject({ accepted: 24 });
  }
  expect(await batch(small)).toMatchObject({ accepted: 72, failed: 0 });
}, 60_000);
