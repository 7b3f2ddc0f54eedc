import type { Context } from "hono";
import { understand } from "../../intake/document.ts";
import type { OpenQuestion, Understanding } from "../../intake/understanding.ts";
import { type ArticleFields, ArticleInput } from "../../model/article.ts";
import type { Attribution, Doubt } from "../../model/attribution.ts";
import { digest } from "../../model/digest.ts";
import { parse } from "../../model/parse.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { findIn, NONE_FOUND, organizationsFound, textsOf } from "../../objects/publishing/attribution.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { publishOne, shown } from "./articles.ts";
import { changed } from "./audit.ts";
import { bodyText, jsonBody, mediaTypeOf } from "./body.ts";
import { choice } from "./query.ts";
import { CopiedText } from "./schemas.ts";

/** What the service makes of a document: a body for `POST /articles`, and how it was arrived at. */
interface Proposal extends Pick<Understanding, "doubts" | "left_out"> {
  article: Understanding["article"] & { organizations?: string[] };
  understood: Omit<Understanding["understood"], "organizations"> & { organizations: Attribution[] };
}

/** `POST /articles/import`: the article that a text copied from a news page seems to be; `?publish=true` stores it. */
export async function importDocument(c: Context<App>): Promise<Response> {
  const publish = choice(c, "publish", ["true", "false"]);
  if (!publish.ok) return refuse(c, publish.failure);
  const text = await documentText(c);
  if (!text.ok) return refuse(c, text.failure);
  const proposal = await proposalOf(c, text.value);
  if (publish.value === "true") return publishProposal(c, text.value, proposal);
  changed(c); // nothing: it is only a proposal
  return c.json(proposal);
}

async function documentText(c: Context<App>): Promise<Result<string>> {
  const type = mediaTypeOf(c);
  if (type !== "text/plain" && type !== "application/json") {
    return fail({ tag: "unsupported-media-type", accepted: ["text/plain", "application/json"] });
  }
  if (type === "text/plain") return bodyText(c);
  const body = await jsonBody(c, CopiedText);
  return body.ok ? ok(body.value.text) : body;
}

async function proposalOf(c: Context<App>, text: string): Promise<Proposal> {
  const { article, understood, doubts, left_out } = understand(text);
  const texts = textsOf(article);
  const [findings = { attributions: [], doubts: [] }] = texts.ok ? await findIn(c.env, [texts.value]) : [];
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

/** The id is made of the text, so that the same document sent again is the same article. */
async function publishProposal(c: Context<App>, text: string, proposal: Proposal): Promise<Response> {
  const input: Result<ArticleFields> = parse(ArticleInput, proposal.article);
  if (!input.ok) return refuse(c, input.failure);
  const { organizations, attributions: _, ...fields } = input.value;
  if (!organizations) return refuse(c, NONE_FOUND);
  const attributions = proposal.understood.organizations;
  const id = `doc_${await digest(text)}`;
  const published = await publishOne(c, {
    id,
    input: { ...fields, organizations, attributions },
    fresh: false,
  });
  if (!published.ok) return refuse(c, published.failure);
  if (published.value.created) c.header("location", `/api/v1/articles/${id}`);
  return c.json(
    { ...proposal, article: shown(c, published.value.article) },
    published.value.created ? 201 : 200,
  );
}
