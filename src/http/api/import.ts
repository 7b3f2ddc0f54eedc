import * as v from "valibot";
import { type ArticleFields, ArticleInput } from "../../model/article.ts";
import type { CopiedPage } from "../../model/copied.ts";
import { digest } from "../../model/digest.ts";
import { parse } from "../../model/parse.ts";
import { type Failure, fail, type Result } from "../../model/result.ts";
import { NONE_FOUND } from "../../publishing/attribution.ts";
import { answer, type Caller, changing, type Handled, json, operation } from "./operation.ts";
import { type Proposal, proposalOf, undecided } from "./proposal.ts";
import { answerPublished, publishOne } from "./publishing.ts";

const PAGE = `The museum opens its archive
17 December 2025
Ten thousand photographs of Acme are free to use from today.
Read more
`;

const HTML = `<!doctype html>
<html lang="en">
<head><title>The museum opens its archive</title><meta property="article:published_time" content="2025-12-17T13:11:00+04:00"></head>
<body><article><p>Ten thousand photographs of Acme are free to use from today.</p></article></body>
</html>
`;

/** A body of one text, as the page that it is. */
const pageIn = (field: "text" | "html") =>
  v.pipe(
    v.string(),
    v.transform((body): CopiedPage => ({ [field]: body })),
  );

/** An article from a news page: its text as it was copied, its HTML, or its address. */
export const importArticle = operation({
  id: "importArticle",
  method: "POST",
  path: "/articles/import",
  needs: "publish",
  action: "article.import",
  group: "Articles",
  summary: "Make an article from a copied page",
  detail:
    "Shows what was recognized, in which lines or tags, how sure that is, and what is uncertain. The same page again is " +
    "the same article. It is not published while its title or date is ambiguous; JSON can decide them beside the " +
    "`text`, `html` or `url`.",
  parameters: {
    publish: { description: "`true` also publishes the article.", values: ["true", "false"] },
  },
  body: {
    "text/plain": { schema: "Text", example: PAGE, read: pageIn("text") },
    "text/html": { schema: "Text", example: HTML, read: pageIn("html") },
    ...json("CopiedPage", { text: PAGE, title: "The museum opens its archive" }),
  },
  answers: { 200: "Proposal", 201: "Proposal" },
  answerHeaders: { 201: ["location"] },
  problems: ["unrenderable", "ambiguous"],
  async handler(call) {
    const proposal = await proposalOf(call.env, call.body);
    if (!proposal.ok) return proposal;
    return call.query.publish === "true"
      ? publishProposal(call, call.body, proposal.value)
      : changing([], answer(proposal.value));
  },
});

const NO_HEADLINE: Failure = { tag: "invalid", errors: [{ path: "title", message: "is required" }] };

/** Publishes a proposal. Its id is derived from the text, or from the page's address, so that the same page is the same article. */
async function publishProposal(call: Caller, page: CopiedPage, proposal: Proposal): Promise<Handled> {
  const open = undecided(proposal);
  if (open) return fail(open);
  // An article may have no title, but a page without a headline was not understood.
  if (!proposal.article.title) return fail(NO_HEADLINE);
  const input: Result<ArticleFields> = parse(ArticleInput, proposal.article);
  if (!input.ok) return input;
  if (!input.value.organizations) return fail(NONE_FOUND);
  const { published, changes } = await publishOne(call, {
    id: await idOfPage(page, proposal.article.url),
    idBy: "service",
    fields: input.value,
    evidence: proposal.understood.organizations,
  });
  return changing(
    changes,
    answerPublished(call, published, (article) => ({ ...proposal, article })),
  );
}

/** The id of the article that a page becomes: the same page is the same article. @param url the page's own address */
export const idOfPage = async ({ text, html }: CopiedPage, url: string | undefined): Promise<string> =>
  `doc_${await digest(text ?? url ?? html ?? "")}`;
