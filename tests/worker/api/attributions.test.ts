import { env } from "cloudflare:workers";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Findings } from "../../../src/model/attribution.ts";
import { stopClock } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { publish, titlesIn } from "../../support/objects.ts";
import {
  api,
  fresh,
  json,
  newArticle,
  newOrganization,
  newToken,
  type ShownArticle,
  type ShownProblem,
} from "../../support/service.ts";

const NONE = [{ path: "organizations", message: "none was named, and none was found in the text" }];

let silk: string;
let tea: string;

beforeAll(async () => {
  stopClock();
  silk = await newOrganization({ name: "Silk Road Council", aliases: ["SRC"] });
  tea = await newOrganization({ name: "Tea Institute" });
});
beforeEach(() => stopClock());
afterAll(() => vi.useRealTimers());

const preview = (texts: object, token?: string): Promise<Findings> =>
  json(api("POST", "/attributions", texts, token ? { token } : {}), 200);

describe("POST /attributions", () => {
  test("returns what is found and where, and stores nothing", async () => {
    const costs = await costsOf(async () => {
      expect(
        await preview({
          title: "The SRC meets",
          summary: "With tea",
          content_text: "The Tea Institute, too.",
        }),
      ).toEqual({
        attributions: [
          { organization: silk, alias: "SRC", where: "title", at: 4 },
          { organization: tea, alias: "Tea Institute", where: "content", at: 4 },
        ],
        doubts: [],
      });
    });
    expect(costs).toMatchObject({ kvReads: 0, kvWrites: 0, kvLists: 0, objectCalls: ["changesSince"] });
  });

  test("reads the visible text of HTML, and finds no name across two blocks", async () => {
    const html = "<p>By the <b>Tea</b> Institute</p>";
    expect((await preview({ content_html: html })).attributions).toMatchObject([
      { organization: tea, at: 7 },
    ]);
    expect((await preview({ content_html: "<h2>Tea</h2><p>Institute" })).attributions).toEqual([]);
    expect((await preview({ content_html: '<a href="/Tea Institute">x</a>' })).attributions).toEqual([]);
  });

  test("finds nothing in an empty request", async () => {
    expect(await preview({})).toEqual({ attributions: [], doubts: [] });
  });

  test("rejects values that are not text, and HTML beyond the limits", async () => {
    expect((await json<ShownProblem>(api("POST", "/attributions", { url: "x" }), 422)).errors).toEqual([
      { path: "url", message: "is not a known field" },
    ]);
    await json(api("POST", "/attributions", { content_html: "<b>".repeat(1_000) }), 422);
    expect((await api("GET", "/attributions")).status).toBe(405);
  });
});

describe("an article that names no organization", () => {
  test("is attributed to the organizations in its text, with the evidence", async () => {
    const body = { title: "Tea with the SRC", content_html: "<p>The Tea Institute" };
    const created = await json<ShownArticle>(api("POST", "/articles", body), 201);
    expect(created.organizations).toEqual([silk, tea]);
    expect(created.attributions).toEqual([
      { organization: silk, alias: "SRC", where: "title", at: 13 },
      { organization: tea, alias: "Tea Institute", where: "content", at: 4 },
    ]);
    expect(await json(api("GET", `/articles/${created.id}`), 200)).toEqual(created);
    await publish(tea);
    expect(await titlesIn(tea)).toContain("Tea with the SRC");
  });

  test("costs as much as an article with organizations", async () => {
    const body = { title: "About the Tea Institute" };
    const costs = await costsOf(() => json(api("POST", "/articles", body), 201));
    expect(costs).toMatchObject({
      kvReads: 0,
      kvWrites: 1,
      objectCalls: ["changesSince", "accept", "addToAudit"],
    });
  });

  test("is rejected when none is found", async () => {
    const problem = await json<ShownProblem>(api("POST", "/articles", { title: "About src and tea" }), 422);
    expect(problem.errors).toEqual(NONE);
    expect((await json<ShownProblem>(api("PUT", "/articles/none", { title: "T" }), 422)).errors).toEqual(
      NONE,
    );
  });

  test("is rejected when the token does not cover every organization found", async () => {
    const token = await newToken(tea);
    const both = { title: "The SRC and the Tea Institute" };
    expect((await api("POST", "/articles", both, { token })).status).toBe(403);
    expect((await api("PUT", `/articles/${fresh("a")}`, both, { token })).status).toBe(403);
    await json(api("POST", "/articles", { title: "At the Tea Institute" }, { token }), 201);
  });

  test("is no new version when it is put again, and changes its organizations with its text", async () => {
    const path = `/articles/${fresh("a")}`;
    const first = await json<ShownArticle>(api("PUT", path, { title: "By the SRC" }), 201);
    expect(await json(api("PUT", path, { title: "By the SRC" }), 200)).toEqual(first);
    expect(await json(api("PUT", path, first), 200)).toEqual(first);
    const second = await json<ShownArticle>(api("PUT", path, { title: "By the Tea Institute" }), 200);
    expect(second).toMatchObject({ organizations: [tea], attributions: [{ organization: tea, at: 7 }] });
    await publish(silk);
    expect(await titlesIn(silk)).not.toContain("By the Tea Institute");
  });

  test("keeps the organizations that it names, and ignores attributions in the request", async () => {
    const attributions = [{ organization: silk, alias: "SRC", where: "title", at: 0 }];
    const article = await newArticle(tea, { title: "The SRC at home", attributions });
    expect(article.organizations).toEqual([tea]);
    expect(article).not.toHaveProperty("attributions");
  });

  test("is one article for each Idempotency-Key, however often it is sent", async () => {
    const headers = { "idempotency-key": fresh("key") };
    const post = () => api("POST", "/articles", { title: "Once from the SRC" }, { headers });
    const first = await json<ShownArticle>(post(), 201);
    const again = await post();
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await again.json()).toEqual(first);
  });

  test("succeeds or fails on its own in a batch", async () => {
    const lines = [
      { title: "No. 1 of the SRC" },
      { title: "No. 2" },
      { organizations: [tea], title: "No. 3" },
    ];
    const answer = await json<{ results: { status: number; problem?: ShownProblem }[] }>(
      api("POST", "/articles/batch", lines),
      200,
    );
    expect(answer.results.map(({ status }) => status)).toEqual([201, 422, 201]);
    expect(answer.results[1]?.problem?.errors).toEqual(NONE);
  });

  test("can be withdrawn", async () => {
    const { id } = await json<ShownArticle>(api("POST", "/articles", { title: "Gone from the SRC" }), 201);
    expect((await api("DELETE", `/articles/${id}`)).status).toBe(204);
    await publish(silk);
    expect(await titlesIn(silk)).not.toContain("Gone from the SRC");
  });
});

describe("the names", () => {
  test("follow new, changed and closed organizations", async () => {
    const name = `Xylo${crypto.randomUUID().slice(0, 6)} Fund`;
    const found = async (text: string) => (await preview({ title: `By the ${text}` })).attributions.length;
    expect(await found(name)).toBe(0);
    const slug = await newOrganization({ name });
    expect(await found(name)).toBe(1);
    await json(api("PUT", `/organizations/${slug}`, { name: `New ${name}` }), 200);
    expect([await found(name), await found(`New ${name}`)]).toEqual([0, 1]);
    await api("DELETE", `/organizations/${slug}`);
    expect(await found(`New ${name}`)).toBe(0);
  });

  test("of an unlisted organization are found only by its tokens and the operator", async () => {
    const name = `Xylo${crypto.randomUUID().slice(0, 6)} Fund`;
    const slug = await newOrganization({ name, unlisted: true });
    expect(await preview({ title: `By the ${name}` })).toEqual({ attributions: [], doubts: [] });
    await json(api("PUT", `/organizations/${slug}`, { name }), 200);
    expect((await preview({ title: `By the ${name}` })).attributions).toHaveLength(1);
  });

  test("are indexed once for many texts", async () => {
    await preview({ title: "First" });
    const costs = await costsOf(() => preview({ title: "Second of the SRC" }));
    expect(costs.sqlStatements).toBe(0);
  });
});

test("stores the evidence in the record in KV", async () => {
  const { id, attributions } = await json<ShownArticle>(
    api("POST", "/articles", { title: "Kept by the SRC" }),
    201,
  );
  expect(await env.RECORDS.get(`article:${id}`, "json")).toMatchObject({
    organizations: [silk],
    attributions,
  });
});
