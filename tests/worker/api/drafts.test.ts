import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { Draft } from "../../../src/model/draft.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf } from "../../../src/objects/stubs.ts";
import { exportAll } from "../../support/bulk.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { countRows, publish, rows } from "../../support/objects.ts";
import {
  api,
  get,
  json,
  newArticle,
  newOrganization,
  type ShownProblem,
  scopedToken,
} from "../../support/service.ts";

stopClockForEachTest();

let slug: string;
let drafts: string;
let token: string;

beforeEach(async () => {
  slug = await newOrganization();
  drafts = `/organizations/${slug}/drafts`;
  token = await scopedToken(slug, "publish", "read");
});

const create = (body: object = { title: "A sem", url: "https://exa" }): Promise<Draft> =>
  json<Draft>(api("POST", drafts, body, { token }), 201);

describe("a draft", () => {
  test("is saved as it is, however unfinished, and says who saved it and when", async () => {
    const begun = {
      title: "",
      url: "https://exa",
      content_html: "<p>Half",
      language: "e",
      authors: [{ name: "" }],
      tags: ["", "a"],
      published_at: "2040-13",
    };
    const answer = await api("POST", drafts, begun, { token });
    const draft = await answer.json<Draft>();
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe(`/api/v1${drafts}/${draft.id}`);
    expect(draft).toMatchObject({ ...begun, created_at: "2040-01-01T00:00:00Z" });
    wait(60_000);
    await json(api("PUT", `${drafts}/${draft.id}`, { title: "By the operator" }), 200);
    const after = await json<Draft>(api("GET", `${drafts}/${draft.id}`, undefined, { token }), 200);
    expect(after).toEqual({
      id: draft.id,
      title: "By the operator",
      created_at: "2040-01-01T00:00:00Z",
      updated_at: "2040-01-01T00:01:00Z",
      updated_by: { id: null, description: "The operator" },
    });
    expect(draft.updated_by.id).toMatch(/^tok_/);
  });

  test("is listed without its content, those saved last first, in pages", async () => {
    const ids: string[] = [];
    for (let at = 0; at < LIMITS.PAGE_ITEMS + 3; at++) {
      ids.unshift((await create({ title: `${at}`, content_text: "long" })).id);
      wait(1_000);
    }
    const first = await json<{ drafts: Draft[]; cursor: string }>(
      api("GET", drafts, undefined, { token }),
      200,
    );
    const second = await json<{ drafts: Draft[]; cursor: string | null }>(
      api("GET", `${drafts}?cursor=${first.cursor}`, undefined, { token }),
      200,
    );
    expect([...first.drafts, ...second.drafts].map(({ id }) => id)).toEqual(ids);
    expect(second.cursor).toBeNull();
    expect(first.drafts[0]).not.toHaveProperty("content_text");
    expect((await api("GET", `${drafts}?cursor=nonsense`, undefined, { token })).status).toBe(400);
  });

  test("is listed on a page that has room for its summary, however long", async () => {
    const summary = `“${"He said so. ".repeat(33_000)}`; // two bytes for each character
    const ids: string[] = [];
    for (let at = 0; at < 48; at++) {
      ids.unshift((await create({ title: `${at}`, summary })).id);
      wait(1_000);
    }
    const listed: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const path: string = `${drafts}${cursor && `?cursor=${cursor}`}`;
      const page: { drafts: Draft[]; cursor: string | null } = await json(api("GET", path), 200);
      listed.push(...page.drafts.map(({ id }) => id));
      cursor = page.cursor;
    }
    expect(listed).toEqual(ids);
  }, 60_000);

  test("is not overwritten or deleted in another version than the one that If-Match names", async () => {
    const answer = await api("POST", drafts, { title: "One" }, { token });
    const { id } = await answer.json<Draft>();
    const etag = answer.headers.get("etag") ?? "";
    const put = (title: string, tag: string) =>
      api("PUT", `${drafts}/${id}`, { title }, { token, headers: { "if-match": tag } });
    const second = await put("Two", etag);
    expect(second.status).toBe(200);
    const late = await put("Three", etag);
    expect([late.status, late.headers.get("etag")]).toEqual([412, second.headers.get("etag")]);
    const headers = { "if-match": etag };
    expect((await api("DELETE", `${drafts}/${id}`, undefined, { token, headers })).status).toBe(412);
    const current = { "if-match": second.headers.get("etag") ?? "" };
    expect((await api("DELETE", `${drafts}/${id}`, undefined, { token, headers: current })).status).toBe(204);
    expect((await api("GET", `${drafts}/${id}`, undefined, { token })).status).toBe(404);
    expect((await api("DELETE", `${drafts}/${id}`, undefined, { token })).status).toBe(404);
    expect((await put("Four", "*")).status).toBe(404);
  });

  test("answers 304 to who has its version", async () => {
    const answer = await api("POST", drafts, { title: "One" }, { token });
    const { id } = await answer.json<Draft>();
    const headers = { "if-none-match": answer.headers.get("etag") ?? "" };
    expect((await api("GET", `${drafts}/${id}`, undefined, { token, headers })).status).toBe(304);
  });

  test("can be published by sending its fields", async () => {
    const {
      id,
      created_at: _c,
      updated_at: _u,
      updated_by: _b,
      ...fields
    } = await create({
      title: "A seminar",
      organizations: [slug],
      content_text: "All of it",
    });
    await json(api("POST", "/articles", fields, { token }), 201);
    expect((await api("DELETE", `${drafts}/${id}`, undefined, { token })).status).toBe(204);
  });

  test("may be of an article that stands, which stays as it is", async () => {
    const article = await newArticle(slug, { title: "Stands" });
    await create({ article: article.id, title: "Will stand" });
    expect(await json(api("GET", `/articles/${article.id}`), 200)).toMatchObject({ title: "Stands" });
  });

  test("is seen by nobody else: not in feeds, pages, lists, exports or KV", async () => {
    await create({ title: "Secret", organizations: [slug] });
    await publish(slug);
    for (const path of [`/${slug}`, `/${slug}/feed.json`]) {
      expect(await (await get(path)).text()).not.toContain("Secret");
    }
    expect(JSON.stringify(await exportAll())).not.toContain("Secret");
    const states = "state=published,scheduled,withdrawn";
    expect(
      await json<{ articles: unknown[] }>(api("GET", `/articles?organization=${slug}&${states}`), 200),
    ).toMatchObject({ articles: [] });
    expect(
      (await env.RECORDS.list({ prefix: "article:" })).keys.map(({ name }) => name).join(),
    ).not.toContain("drf_");
  });

  test("costs no KV write to save, and two rows, besides what the watchdog notes", async () => {
    const { id } = await create({ title: "One" });
    const costs = await costsOf(() => api("PUT", `${drafts}/${id}`, { title: "Two" }, { token }));
    expect([costs.kvReads, costs.kvWrites, costs.kvLists]).toEqual([0, 0, 0]);
    expect(costs.objectCalls).toEqual(["holder", "get", "save"]);
    expect(costs.sqlRowsWritten).toBeLessThanOrEqual(5);
  });

  test("goes with its organization: a later one with the slug does not have it", async () => {
    await create();
    await api("DELETE", `/organizations/${slug}`);
    await publish(slug);
    expect(await countRows(channelOf(env, slug), "drafts")).toBe(0);
    await json(api("PUT", `/organizations/${slug}`, { name: "Another" }), 201);
    expect(await json(api("GET", drafts), 200)).toEqual({ drafts: [], cursor: null });
  });
});

describe("drafts are refused", () => {
  test("to tokens that may not publish, and to those of others", async () => {
    const { id } = await create();
    const reading = await scopedToken(slug, "read");
    const other = await scopedToken(await newOrganization(), "publish", "read");
    for (const [who, status] of [
      [reading, 403],
      [other, 403],
    ] as const) {
      for (const path of [drafts, `${drafts}/${id}`]) {
        expect((await api("GET", path, undefined, { token: who })).status).toBe(status);
      }
    }
  });

  test("with organizations that the token may not act for", async () => {
    const other = await newOrganization();
    expect((await api("POST", drafts, { organizations: [other] }, { token })).status).toBe(403);
    const { id } = await create();
    expect((await api("PUT", `${drafts}/${id}`, { organizations: [other] }, { token })).status).toBe(403);
  });

  test.each([
    [{ colour: "red" }, "colour"],
    [{ title: 1 }, "title"],
    [{ title: "x".repeat(LIMITS.DRAFT_LINE_CHARACTERS + 1) }, "title"],
    [{ organizations: ["No Slug"] }, "organizations.0"],
    [{ tags: "a" }, "tags"],
  ])("with fields of another kind: %j", async (body, path) => {
    const { errors } = await json<ShownProblem>(api("POST", drafts, body, { token }), 422);
    expect(errors?.map((error) => error.path)).toEqual([path]);
  });

  test("beyond the limit of an organization", async () => {
    const channel = channelOf(env, slug);
    await rows(
      channel,
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${LIMITS.DRAFTS_PER_ORGANIZATION})
        INSERT INTO drafts (id, version, updated_ms, draft) SELECT 'drf_' || n, '', 0, '{}' FROM numbers`,
    );
    expect((await api("POST", drafts, { title: "One more" }, { token })).status).toBe(409);
  });
});
