import type { Bindings } from "../../env.ts";
import { understand } from "../../intake/document.ts";
import type { OpenQuestion, Understanding } from "../../intake/understanding.ts";
import { type ArticleFields, ArticleInput } from "../../model/article.ts";
import type { Attribution, Doubt } from "../../model/attribution.ts";
import { digest } from "../../model/digest.ts";
import { parse } from "../../model/parse.ts";
import { fail, type Result } from "../../model/result.ts";
import { findNames } from "../../objects/names.ts";
import { NONE_FOUND, organizationsFound, textsOf } from "../../objects/publishing/attribution.ts";
import { answer, type Caller, changing, type Handled, json, operation } from "./operation.ts";
import { answerPublished, publishOne } from "./publishing.ts";

/** What was recognized in a document: a body for `POST /articles`, and where each field comes from. */
interface Proposal extends Pick<Understanding, "doubts" | "left_out"> {
  article: Understanding["article"] & { organizations?: string[] };
  understood: Omit<Understanding["understood"], "organizations"> & { organizations: Attribution[] };
}

const PAGE = `The museum opens its archive
17 December 2025
Ten thousand photographs of Acme are free to use from today.
Read more
`;

/** An article from a text that was copied from a news page. */
export const importDocument = operation({
  id: "importDocument",
  method: "POST",
  path: "/articles/import",
  needs: "publish",
  action: "article.import",
  group: "Articles",
  summary: "Make an article from a copied page",
  detail:
    "Shows what was recognized, in which lines, and what is uncertain. The same text again is the same article.",
  parameters: {
    publish: { description: "`true` also publishes the article.", values: ["true", "false"] },
  },
  body: {
    "text/plain": { schema: "Text", example: PAGE },
    ...json("CopiedText", { text: PAGE }),
  },
  answers: { 200: "Proposal", 201: "Proposal" },
  problems: ["unrenderable"],
  async handler(call) {
    const text = typeof call.body === "string" ? call.body : call.body.text;
    const proposal = await proposalOf(call.env, text);
    return call.query.publish === "true"
      ? publishProposal(call, text, proposal)
      : changing([], answer(proposal));
  },
});

async function proposalOf(env: Bindings, text: string): Promise<Proposal> {
  const { article, understood, doubts, left_out } = understand(text);
  const texts = textsOf(article);
  const [findings = { attributions: [], doubts: [] }] = texts.ok ? await findNames(env, [texts.value]) : [];
  const { organizations, attributions } = organizationsFound(findings);
  const none: OpenQuestion[] =
    organizations.length > 0 ? [] : [{ field: "organizations", reason: "none was found in the text" }];
  return {
    article: { ...article, ...(organizations.length > 0 ? { organizations } : {}) },
    understood: { ...understood, organizations: attributions },
    doubts: [...doubts, ...none, ...findings.doubts.map(asked)],
    left_out,
  };
}

const REASONS: Record<Doubt["reason"], string> = {
  "shared-name": "more than one organization is called so",
  "unqualified-name": "nothing says whose it is",
  "qualified-otherwise": "the text says that it is another's",
};

const asked = ({ alias, where, reason, organizations }: Doubt): OpenQuestion => ({
  field: "organizations",
  reason: `"${alias}" in the ${where} is not taken for ${organizations.join(" or ")}: ${REASONS[reason]}`,
});

/** Publishes a proposal. Its id is derived from the text, so that the same document is the same article. */
async function publishProposal(call: Caller, text: string, proposal: Proposal): Promise<Handled> {
  const input: Result<ArticleFields> = parse(ArticleInput, proposal.article);
  if (!input.ok) return input;
  const { organizations, attributions: _, ...fields } = input.value;
  if (!organizations) return fail(NONE_FOUND);
  const attributions = proposal.understood.organizations;
  const { published, changes } = await publishOne(call, {
    id: `doc_${await digest(text)}`,
    input: { ...fields, organizations, attributions },
    fresh: false,
  });
  return changing(
    changes,
    answerPublished(call, published, (article) => ({ ...proposal, article })),
  );
}
