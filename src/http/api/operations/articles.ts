import { LIMITS } from "../../../model/limits.ts";
import { createArticle, getArticle, listAllArticles, putArticle, withdrawArticle } from "../articles.ts";
import { previewAttributions } from "../attributions.ts";
import { createBatch } from "../batch.ts";
import { importDocument } from "../import.ts";
import { alerts, CURSOR, json, type Operation } from "../operation.ts";

const group = "Articles";

const EXAMPLE = {
  organizations: ["acme"],
  title: "A museum opens its archive",
  url: "https://acme.example/news/archive",
  summary: "Ten thousand photographs are free to use.",
  content_html: "<p>Ten thousand photographs are <em>free</em> to use.</p>",
  language: "en",
  authors: [{ name: "Aynur Mammadova" }],
  tags: ["heritage", "archives"],
  published_at: "2025-12-17T13:11:00+04:00",
};

const PAGE = `The museum opens its archive
17 December 2025
Ten thousand photographs of Acme are free to use from today.
Read more
`;

const IDEMPOTENCY_KEY = {
  description: "Any text of yours. The same request with the same key within a day is the same article.",
  in: "header",
} as const;

/** What can be done with articles. */
export const ARTICLES: readonly Operation[] = [
  {
    id: "listArticles",
    method: "GET",
    path: "/articles",
    handler: listAllArticles,
    needs: "read",
    group,
    summary: "List articles",
    detail:
      "Of one organization newest first, also those that are under embargo. A token for one organization need not " +
      "name it; of all organizations, by id, only the operator sees the articles.",
    parameters: {
      organization: { description: "An organization's slug.", example: "acme" },
      ...CURSOR,
    },
    answers: { 200: "ArticlePage" },
    problems: ["malformed-query", "not-found"],
  },
  {
    id: "createArticle",
    method: "POST",
    path: "/articles",
    handler: createArticle,
    needs: "publish",
    action: "article.create",
    group,
    summary: "Publish a new article",
    detail:
      "Without `organizations` it goes to those that its texts name, by their names and aliases. A `published_at` to " +
      "come is an embargo.",
    parameters: { "Idempotency-Key": IDEMPOTENCY_KEY },
    body: json("ArticleInput", EXAMPLE),
    answers: { 201: "Article" },
    problems: ["unrenderable", "idempotency-key-reused"],
  },
  {
    id: "createBatch",
    method: "POST",
    path: "/articles/batch",
    handler: createBatch,
    needs: "publish",
    action: "article.put",
    group,
    summary: `Publish up to ${LIMITS.BATCH_LINES} articles`,
    detail: "Each line is taken or refused on its own, and has its result; the answer is 200 all the same.",
    parameters: alerts("all"),
    body: {
      ...json("ArticleList", [EXAMPLE, { organizations: ["nobody"], title: "Not to be had" }]),
      "application/x-ndjson": {
        schema: "Text",
        example: '{"organizations":["acme"],"title":"One"}\n{"organizations":["acme"],"title":"Two"}\n',
      },
    },
    bodyBytes: LIMITS.BATCH_BODY_BYTES,
    answers: { 200: "BatchResult" },
    problems: ["malformed-query"],
  },
  {
    id: "importDocument",
    method: "POST",
    path: "/articles/import",
    handler: importDocument,
    needs: "publish",
    action: "article.import",
    group,
    summary: "Make an article of a copied page",
    detail:
      "Shows what is understood, from which lines, and what is in doubt. The same text again is the same article.",
    parameters: {
      publish: { description: "`true` also publishes it as it is.", values: ["true", "false"] },
    },
    body: {
      "text/plain": { schema: "Text", example: PAGE },
      ...json("CopiedText", { text: PAGE }),
    },
    answers: { 200: "Proposal", 201: "Proposal" },
    problems: ["malformed-query", "unrenderable"],
  },
  {
    id: "getArticle",
    method: "GET",
    path: "/articles/:id",
    handler: getArticle,
    needs: "read",
    group,
    summary: "Read an article",
    answers: { 200: "Article" },
    problems: ["gone"],
  },
  {
    id: "putArticle",
    method: "PUT",
    path: "/articles/:id",
    handler: putArticle,
    needs: "publish",
    action: "article.put",
    group,
    summary: "Say what stands at an id from now on",
    detail: "The same content again is no new version, and alerts nobody.",
    body: json("ArticleInput", EXAMPLE),
    answers: { 200: "Article", 201: "Article" },
    problems: ["unrenderable"],
  },
  {
    id: "withdrawArticle",
    method: "DELETE",
    path: "/articles/:id",
    handler: withdrawArticle,
    needs: "publish",
    action: "article.withdraw",
    group,
    summary: "Withdraw an article",
    detail: "It leaves every feed, and subscribers are told. Doing it again changes nothing.",
    answers: { 204: null },
  },
  {
    id: "previewAttributions",
    method: "POST",
    path: "/attributions",
    handler: previewAttributions,
    needs: "read",
    action: null,
    group,
    summary: "See which organizations a text names",
    detail: "Nothing is stored.",
    body: json("AttributionInput", {
      title: "A seminar of Acme",
      content_text: "The Ministry of Culture took part.",
    }),
    answers: { 200: "Findings" },
  },
];
