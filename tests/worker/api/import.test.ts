import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import seeds from "../../../seeds/organizations.json" with { type: "json" };
import publishers from "../../../seeds/publishers.json" with { type: "json" };
import { stopClock } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { DOCUMENTS } from "../../support/documents.ts";
import { publish, titlesIn } from "../../support/objects.ts";
import {
  ADMIN_TOKEN,
  api,
  json,
  newToken,
  type ShownArticle,
  type ShownProblem,
  send,
} from "../../support/service.ts";

interface Proposal {
  article: Partial<ShownArticle>;
  understood: Record<string, unknown[]>;
  doubts: { field: string; reason: string }[];
  left_out: { line: number; text: string }[];
}

beforeAll(async () => {
  stopClock();
  for (const { slug, ...organization } of seeds) {
    await json(api("PUT", `/organizations/${slug}`, organization), 201);
  }
  await json(api("PUT", "/publishers", { publishers }), 200);
});
afterAll(() => vi.useRealTimers());

const post = (text: string, query = "", token = ADMIN_TOKEN): Promise<Response> =>
  send("POST", `/api/v1/articles/import${query}`, {
    headers: { authorization: `Bearer ${token}`, "content-type": "text/plain; charset=utf-8" },
    body: text,
  });

describe("an imported page", () => {
  test("returns a proposed article with its evidence, and stores nothing", async () => {
    const costs = await costsOf(async () => {
      const proposal = await json<Proposal>(post(DOCUMENTS.unaoc), 200);
      expect(proposal.article).toEqual({
        title: "Culture Minister and High Representative discuss prospects for cooperation",
        content_text: expect.stringMatching(/^Azerbaijan Culture Minister[\s\S]*planned for 2027\.$/),
        language: "en",
        authors: [{ name: "Laman Ismayilova" }],
        published_at: "2025-12-17T13:11:00+04:00",
        published_precision: "time",
        source: { name: "Azernews" },
        organizations: ["azerbaijan-culture-ministry", "unaoc"],
      });
      expect(proposal.understood.organizations).toEqual([
        {
          organization: "azerbaijan-culture-ministry",
          alias: "Azerbaijan Culture Minister",
          where: "content",
          at: 0,
        },
        {
          organization: "unaoc",
          alias: "United Nations Alliance of Civilizations",
          where: "content",
          at: 86,
        },
      ]);
      expect(proposal.doubts).toEqual([]);
    });
    expect(costs).toMatchObject({
      kvReads: 0,
      kvWrites: 0,
      objectCalls: ["changesSince", "known", "changesSince"],
    });
  });

  test("accepts the page as JSON", async () => {
    const asText = await json(post(DOCUMENTS.isesco), 200);
    expect(await json(api("POST", "/articles/import", { text: DOCUMENTS.isesco }), 200)).toEqual(asText);
  });

  test("returns an article that can be published unchanged", async () => {
    const { article } = await json<Proposal>(post(DOCUMENTS.zomin), 200);
    const created = await json<ShownArticle>(api("POST", "/articles", article), 201);
    expect(created).toMatchObject({
      organizations: article.organizations,
      published_at: "2024-06-30T14:00:00Z",
    });
  });

  test("publishes with ?publish=true, and returns the same article when the page is sent again", async () => {
    const response = await post(DOCUMENTS.communique, "?publish=true");
    expect(response.status).toBe(201);
    const { article } = await response.json<Proposal>();
    expect(response.headers.get("location")).toBe(`/api/v1/articles/${article.id}`);
    expect(article).toMatchObject({
      organizations: ["oic"],
      attributions: [{ organization: "oic", alias: "OIC", where: "title", at: 54 }],
      published_at: "2025-12-09T00:00:00Z",
      published_precision: "day",
      source: { name: "Trend News Agency" },
    });
    expect((await json<Proposal>(post(DOCUMENTS.communique, "?publish=true"), 200)).article).toEqual(article);
    expect(await json(api("GET", `/articles/${article.id}`), 200)).toEqual(article);
    await publish("oic");
    expect((await titlesIn("oic")).filter((title) => title === article.title)).toHaveLength(1);
  });

  test("publishes a page without a date as undated, also when it is sent again", async () => {
    const { article } = await json<Proposal>(post(DOCUMENTS.isesco, "?publish=true"), 201);
    expect(article.published_precision).toBe("undated");
    expect((await json<Proposal>(post(DOCUMENTS.isesco, "?publish=true"), 200)).article).toEqual(article);
  });

  test("rejects a page with an ambiguous organization, and names it", async () => {
    const text = `A ministry announces its plans\n\nThe Ministry of Culture and Tourism of Uzbekistan will open a museum in the old town.`;
    const { article, doubts } = await json<Proposal>(post(text), 200);
    expect(article).not.toHaveProperty("organizations");
    expect(doubts).toEqual(
      expect.arrayContaining([
        { field: "organizations", reason: "none was found in the text" },
        {
          field: "organizations",
          reason:
            '"Ministry of Culture and Tourism" in the content is not taken for azerbaijan-culture-ministry: the text says that it is another\'s',
        },
      ]),
    );
    const problem = await json<ShownProblem>(post(text, "?publish=true"), 422);
    expect(problem.errors).toEqual([
      { path: "organizations", message: "none was named, and none was found in the text" },
    ]);
  });

  test("does not attribute a ministry that is next to another country", async () => {
    const text = `A ministry announces its plans for Azerbaijan\n\nThe Ministry of Culture and Tourism (Uzbekistan) will open a museum.`;
    const { article, doubts } = await json<Proposal>(post(text), 200);
    expect(article).not.toHaveProperty("organizations");
    expect(doubts.map(({ reason }) => reason)).toContain(
      '"Ministry of Culture and Tourism" in the content is not taken for azerbaijan-culture-ministry: nothing says whose it is',
    );
  });

  test("rejects a page without a headline", async () => {
    const text = "It is said that the OIC has met in the old town for two days, and nothing else is known.";
    expect((await json<ShownProblem>(post(text, "?publish=true"), 422)).errors).toEqual([
      { path: "title", message: "is required" },
    ]);
  });

  test("rejects a token that does not cover every organization in the page", async () => {
    const token = await newToken("unaoc");
    expect((await post(DOCUMENTS.seminar, "", token)).status).toBe(200);
    expect((await post(DOCUMENTS.seminar, "?publish=true", token)).status).toBe(403);
  });

  test("rejects a body that is not text, and other media types", async () => {
    expect((await api("POST", "/articles/import", { text: "" })).status).toBe(422);
    expect((await api("POST", "/articles/import", { words: "" })).status).toBe(422);
    expect((await post("x", "?publish=yes")).status).toBe(400);
    expect((await api("GET", "/articles/import")).status).toBe(405);
    const other = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "text/markdown" };
    expect((await send("POST", "/api/v1/articles/import", { headers: other, body: "x" })).status).toBe(415);
  });
});
