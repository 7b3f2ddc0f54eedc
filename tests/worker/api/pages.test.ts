import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import seeds from "../../../seeds/organizations.json" with { type: "json" };
import { stopClock } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { LAYOUTS, SITES, type Site } from "../../support/pages.ts";
import { receive } from "../../support/receiver.ts";
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
  evidence: Record<string, { from: string; where: string[]; sure: string }>;
  ambiguities: { field: string; reason: string; candidates: string[] }[];
  doubts: { field: string; reason: string }[];
}

beforeAll(async () => {
  stopClock();
  for (const { slug, ...organization } of seeds) {
    await json(api("PUT", `/organizations/${slug}`, organization), 201);
  }
});
afterAll(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const post = (type: string, body: string, query = "", token = ADMIN_TOKEN): Promise<Response> =>
  send("POST", `/api/v1/articles/import${query}`, {
    headers: { authorization: `Bearer ${token}`, "content-type": type },
    body,
  });
const posted = (body: Record<string, unknown>, query = "") => api("POST", `/articles/import${query}`, body);

describe.each(SITES)("a copied page in $language", (site) => {
  test.each(Object.entries(LAYOUTS))(
    "%s: finds the headline, the day and the organizations",
    async (_name, layout) => {
      const { article, ambiguities } = await json<Proposal>(post("text/plain", layout.text(site)), 200);
      const open = ambiguities.find(({ field }) => field === "title");
      expect(open?.candidates ?? [article.title]).toContain(site.title);
      expect(article.published_at).toBe(layout.dated ? "2026-11-24" : undefined);
      expect(article.organizations).toEqual(["turksoy"]);
    },
  );
});

const TEXT =
  "A seminar on digital archives was held in the library with the support of TURKSOY, its director said.";
const OPEN = `Seminar on digital archives held in the library\n\nA digital seminar held on archives in the library\n\n${TEXT}\n${TEXT}\n\n5 November 2026`;

describe("a page with an ambiguous headline and date", () => {
  test("is rejected, with the fields to decide", async () => {
    const { ambiguities } = await json<Proposal>(post("text/plain", OPEN), 200);
    expect(ambiguities.map(({ field }) => field)).toEqual(["title", "published_at"]);
    const problem = await json<ShownProblem>(post("text/plain", OPEN, "?publish=true"), 409);
    expect(problem).toMatchObject({
      type: "urn:communique:problem:ambiguous",
      detail: "The page leaves open: title and published_at. Send each of them beside the page, as JSON.",
      errors: ambiguities.map(({ field, reason }) => ({ path: field, message: reason })),
    });
  });

  test("is published when the request decides both", async () => {
    const half = await json<ShownProblem>(
      posted({ text: OPEN, title: "A seminar is held" }, "?publish=true"),
      409,
    );
    expect(half.errors?.map(({ path }) => path)).toEqual(["published_at"]);
    const decided = { text: OPEN, title: "A seminar is held", published_at: "2026-11-05" };
    const { article, evidence, ambiguities, doubts } = await json<Proposal>(
      posted(decided, "?publish=true"),
      201,
    );
    expect(article).toMatchObject({
      title: "A seminar is held",
      published_at: "2026-11-05T00:00:00Z",
      published_precision: "day",
    });
    expect([evidence.title, evidence.published_at]).toEqual(
      Array(2).fill({ from: "request", where: [], sure: "certain" }),
    );
    expect(ambiguities).toEqual([]);
    expect(doubts.map(({ field }) => field)).toEqual(["source"]);
    const undated = { text: OPEN, title: "A seminar is held", published_precision: "undated" };
    const again = await json<Proposal>(posted(undated, "?publish=true"), 200);
    expect(again.article).toMatchObject({ id: article.id, published_precision: "undated" });
  });

  test.each([
    [{}, ""],
    [{ title: "x" }, ""],
    [{ text: "x", html: "<p>x" }, ""],
    [{ text: "x", published_at: "yesterday" }, "published_at"],
    [{ text: "x", copied_at: "today" }, "copied_at"],
    [{ url: "ftp://a.example/" }, "url"],
  ])("rejects %j", async (body, path) => {
    const { errors } = await json<ShownProblem>(posted(body), 422);
    expect(errors?.map((error) => error.path)).toEqual([path]);
  });
});

test("reads a relative time as a day when copied_at is given", async () => {
  const text = `Seminar on digital archives held\n3 hours ago\n${TEXT}`;
  const { article } = await json<Proposal>(posted({ text, copied_at: "2026-11-26T01:10:00+04:00" }), 200);
  expect(article).toMatchObject({ published_at: "2026-11-25", published_precision: "day" });
  expect((await json<Proposal>(posted({ text }), 200)).article).toMatchObject({
    published_precision: "undated",
  });
});

describe("the operator's list of publishers", () => {
  const list = [{ name: "Silk Road Courier", aliases: ["SRC"], domains: ["src.example"] }];

  test("recognizes publishers by name, alias and host", async () => {
    await json(api("PUT", "/publishers", { publishers: list }), 200);
    expect(await json(api("GET", "/publishers"), 200)).toEqual({ publishers: list });
    const page = (line: string) => post("text/plain", `${line}\nSeminar on digital archives held\n${TEXT}`);
    for (const line of ["SRC", "https://www.src.example/news/1", "Source: SRC"]) {
      const { article } = await json<Proposal>(page(line), 200);
      expect(article).toMatchObject({
        title: "Seminar on digital archives held",
        source: { name: "Silk Road Courier" },
      });
    }
    const passing = `${TEXT.slice(0, -1)}, SRC reports.`;
    expect(
      (await json<Proposal>(post("text/plain", `Seminar held\n${passing}`), 200)).article.source,
    ).toEqual({
      name: "Silk Road Courier",
    });
  });

  test("recognizes organizations, and no other publishers", async () => {
    await json(api("PUT", "/publishers", { publishers: [] }), 200);
    const page = (line: string) => post("text/plain", `${line}\nSeminar on digital archives held\n${TEXT}`);
    expect((await json<Proposal>(page("SRC"), 200)).article).not.toHaveProperty("source");
    expect((await json<Proposal>(page("Islamic Development Bank"), 200)).article.source).toEqual({
      name: "Islamic Development Bank",
    });
  });

  test("is replaced only by the operator, with valid entries", async () => {
    const token = await newToken("unaoc");
    const put = (body: unknown, by: string) =>
      send("PUT", "/api/v1/publishers", {
        headers: { authorization: `Bearer ${by}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    expect((await put({ publishers: [] }, token)).status).toBe(403);
    expect((await put({ publishers: [{ aliases: [] }] }, ADMIN_TOKEN)).status).toBe(422);
    expect((await put({ publishers: Array(501).fill({ name: "A" }) }, ADMIN_TOKEN)).status).toBe(422);
  });
});

/** A site's article as an HTML page. */
const html = (
  site: Site,
  head = "",
) => `<!doctype html><html lang="${site.language}"><head><meta charset="utf-8">
<title>${site.title} | ${site.name}</title>${head}</head><body>
<header><nav>${site.menu.map((item) => `<a href="/">${item}</a>`).join(" ")}</nav>${site.today}</header>
<main><article><h1>${site.title}</h1><p>${site.byline}</p>${site.paragraphs.map((text) => `<p>${text}</p>`).join("")}
<script>alert(1)</script><p onclick="x()"><a href="/more">${site.paragraphs[0]}</a></p>
<h3>${site.related}</h3>${site.headlines.map((text) => `<p><a href="/x">${text}</a></p>`).join("")}</article>
<section><h3>${site.comments}</h3><p>Guest</p><p>${site.comment}</p></section></main>
<footer><p>${site.rights}</p></footer></body></html>`;
const LINKED = (fields: object) => `<script type="application/ld+json">${JSON.stringify(fields)}</script>`;
const [ENGLISH] = SITES as [Site];

describe("an HTML page", () => {
  test.each(SITES)("in $language is read by its tags, with the organizations in its text", async (site) => {
    const head = '<meta property="article:published_time" content="2026-11-24T18:45:00+04:00">';
    const { article, evidence } = await json<Proposal>(post("text/html", html(site, head)), 200);
    expect(article).toMatchObject({
      title: site.title,
      published_at: "2026-11-24T18:45:00+04:00",
      published_precision: "time",
      authors: [{ name: site.author }],
      source: { name: site.name },
      organizations: ["turksoy"],
    });
    expect(evidence.published_at).toEqual({
      from: "meta",
      where: ['meta[property="article:published_time"]'],
      sure: "certain",
    });
    expect(article.content_html).toContain(site.paragraphs[2]);
    for (const foreign of [
      "<script",
      "onclick",
      ...site.headlines,
      site.comment,
      ...site.menu.slice(0, 1).map((item) => `>${item}<`),
    ]) {
      expect(article.content_html).not.toContain(foreign);
    }
  });

  test("is read by its JSON-LD first", async () => {
    const head = `<link rel="canonical" href="https://silkroad.example/news/1"><meta property="og:image" content="/a.jpg">
      <meta name="description" content="${ENGLISH.dek}">
      ${LINKED({
        "@graph": [
          { "@type": "WebSite", name: "x" },
          {
            "@type": "NewsArticle",
            headline: ENGLISH.title,
            datePublished: "2026-11-24T18:45:00Z",
            author: [{ name: "A. Writer" }],
            publisher: { "@id": "#p" },
          },
          { "@id": "#p", name: "The Courier" },
        ],
      })}`;
    const { article, evidence } = await json<Proposal>(post("text/html", html(ENGLISH, head)), 200);
    expect(article).toMatchObject({
      title: ENGLISH.title,
      url: "https://silkroad.example/news/1",
      image: "https://silkroad.example/a.jpg",
      summary: ENGLISH.dek,
      authors: [{ name: "A. Writer" }],
      source: { name: "The Courier" },
      published_at: "2026-11-24T18:45:00Z",
    });
    expect(evidence.authors).toEqual({ from: "json-ld", where: ["author"], sure: "certain" });
    expect(evidence.title?.where).toEqual(expect.arrayContaining(["headline", "h1", "title"]));
  });

  test.each([
    [
      "disagree",
      `<meta property="article:published_time" content="2026-11-20T08:00:00Z">${LINKED({ "@type": "Article", datePublished: "2026-11-24" })}`,
    ],
    ["say a day to come", '<meta property="article:published_time" content="2041-01-01T00:00:00Z">'],
  ])("is rejected with an ambiguous date when its tags %s", async (_what, head) => {
    const { article, ambiguities } = await json<Proposal>(post("text/html", html(ENGLISH, head)), 200);
    expect(article).not.toHaveProperty("published_at");
    expect(ambiguities.map(({ field }) => field)).toEqual(["published_at"]);
    expect((await post("text/html", html(ENGLISH, head), "?publish=true")).status).toBe(409);
  });

  test("has an ambiguous headline when its tags differ", async () => {
    const page = `<title>One thing</title><meta property="og:title" content="Quite another"><p>${TEXT}</p>`;
    const { ambiguities } = await json<Proposal>(post("text/html", page), 200);
    expect(ambiguities).toEqual([
      expect.objectContaining({ field: "title", candidates: ["Quite another", "One thing"] }),
    ]);
  });

  test("is rejected when it grows too large, and reported when it is empty", async () => {
    expect((await post("text/html", "<div>".repeat(300))).status).toBe(422);
    const { doubts } = await json<Proposal>(post("text/html", "<html></html>"), 200);
    expect(doubts.map(({ field }) => field)).toEqual(
      expect.arrayContaining(["title", "content_html", "organizations"]),
    );
  });
});

describe("the address of a page", () => {
  const URL_OF = "https://silkroad.example/news/1?from=feed";
  const head =
    '<link rel="canonical" href="/news/1"><meta property="article:published_time" content="2026-11-24T18:45:00+04:00">';
  const served = (
    body: BodyInit,
    headers: Record<string, string> = { "content-type": "text/html; charset=utf-8" },
  ) => receive(() => new Response(body, { headers }));

  test("is fetched, parsed and published under its canonical address", async () => {
    const { received } = served(html(ENGLISH, head));
    const costs = await costsOf(async () => {
      const { article, evidence } = await json<Proposal>(posted({ url: URL_OF }), 200);
      expect(article).toMatchObject({ title: ENGLISH.title, url: "https://silkroad.example/news/1" });
      expect(article.content_html).toContain('href="https://silkroad.example/more"');
      expect(evidence.url).toEqual({ from: "element", where: ['link[rel="canonical"]'], sure: "certain" });
    });
    expect(costs).toMatchObject({
      kvReads: 0,
      kvWrites: 0,
      objectCalls: ["changesSince", "known", "changesSince"],
    });
    expect(received.map(({ url }) => url)).toEqual([URL_OF]);
    const { article } = await json<Proposal>(posted({ url: URL_OF }, "?publish=true"), 201);
    served(html(ENGLISH, head));
    const again = await json<Proposal>(
      posted({ url: "https://silkroad.example/news/1" }, "?publish=true"),
      200,
    );
    expect(again.article.id).toBe(article.id);
  });

  test("is decoded in the charset of its page", async () => {
    const text = html({ ...ENGLISH, title: "Музей открыт для всех посетителей" }).replace(
      "utf-8",
      "windows-1251",
    );
    const bytes = Uint8Array.from(text, (letter) => {
      const code = letter.charCodeAt(0);
      return code >= 0x410 && code <= 0x44f ? code - 0x350 : code > 0x7f ? 0x3f : code;
    });
    served(bytes, { "content-type": "text/html" });
    expect((await json<Proposal>(posted({ url: URL_OF }), 200)).article.title).toBe(
      "Музей открыт для всех посетителей",
    );
  });

  test.each([
    ["http://169.254.169.254/latest", /must/],
    ["http://10.0.0.1/", /must/],
    ["http://[::ffff:10.0.0.1]/", /must/],
    ["https://news.example/articles/x", /must not lead to this service itself/],
  ])("rejects %s", async (url, message) => {
    const { received } = served("");
    const { errors } = await json<ShownProblem>(posted({ url }), 422);
    expect(errors).toEqual([{ path: "url", message: expect.stringMatching(message) }]);
    expect(received).toEqual([]);
  });

  test("rejects redirects to forbidden addresses and redirect loops", async () => {
    receive(() => new Response(null, { status: 302, headers: { location: "http://10.0.0.1/" } }));
    expect((await posted({ url: URL_OF })).status).toBe(422);
    receive(() => new Response(null, { status: 302, headers: { location: "/again" } }));
    const { errors } = await json<ShownProblem>(posted({ url: URL_OF }), 422);
    expect(errors?.[0]?.message).toBe("redirects more than 5 times");
  });

  test.each<[string, () => Response, string]>([
    [
      "no page",
      () => new Response("{}", { headers: { "content-type": "application/json" } }),
      "leads to no HTML page, but to application/json",
    ],
    ["an error", () => new Response("", { status: 404 }), "cannot be fetched: it answered 404"],
    [
      "too much",
      () => new Response("x".repeat(1_000_001), { headers: { "content-type": "text/html" } }),
      "cannot be fetched: It has more than 1000000 bytes.",
    ],
  ])("reports %s", async (_what, answer, message) => {
    receive(answer);
    const { errors } = await json<ShownProblem>(posted({ url: URL_OF }), 422);
    expect(errors).toEqual([{ path: "url", message }]);
  });
});
