import { type Bindings, configuration } from "../../env.ts";
import { safeHtml } from "../../feeds/sanitize.ts";
import { decidedBy } from "../../intake/decided.ts";
import { htmlText } from "../../intake/html/charset.ts";
import { pageOf, publisherNames } from "../../intake/html/page.ts";
import { parsePage } from "../../intake/html/parse-page.ts";
import { linesOf } from "../../intake/lines.ts";
import { parseLines } from "../../intake/parse-lines.ts";
import type { KnownPublisher, OpenQuestion, ParsedPage } from "../../intake/parsed-page.ts";
import { namesOf } from "../../intake/publisher.ts";
import { publisherForm } from "../../intake/publisher-form.ts";
import type { AmbiguousName, Attribution } from "../../model/attribution.ts";
import type { CopiedPage } from "../../model/copied.ts";
import { type Failure, fail, ok, type Result } from "../../model/result.ts";
import { findNames, organizationsCalled } from "../../objects/names.ts";
import { directoryOf } from "../../objects/stubs.ts";
import { organizationsFound, textsOf } from "../../publishing/attribution.ts";
import { fetchPage } from "../../store/page.ts";

/** What the service makes of a page: a body for `POST /articles`, and how it was arrived at. */
export interface Proposal extends Omit<ParsedPage, "article" | "understood"> {
  article: ParsedPage["article"] & { organizations?: string[] };
  understood: Omit<ParsedPage["understood"], "organizations"> & { organizations: Attribution[] };
}

/** The article that a page seems to be: one call for its publisher, one for the organizations that it names. */
export async function proposalOf(env: Bindings, page: CopiedPage): Promise<Result<Proposal>> {
  const parsed =
    page.text === undefined ? await ofHtml(env, page) : ok(await ofText(env, page.text, page.copied_at));
  if (!parsed.ok) return parsed;
  const decided = decidedBy(page, parsed.value);
  const { article, doubts } = decided;
  const texts = textsOf(article);
  if (!texts.ok) return texts;
  const [findings = { attributions: [], doubts: [] }] = await findNames(env, [texts.value]);
  const { organizations, attributions } = organizationsFound(findings);
  const none: OpenQuestion[] =
    organizations.length > 0 ? [] : [{ field: "organizations", reason: "none was found in the text" }];
  return ok({
    ...decided,
    article: { ...article, ...(organizations.length > 0 ? { organizations } : {}) },
    understood: { ...decided.understood, organizations: attributions },
    doubts: [...doubts, ...none, ...findings.doubts.map(questionOf)],
  });
}

async function ofText(env: Bindings, text: string, copiedAt: string | undefined): Promise<ParsedPage> {
  const lines = linesOf(text, copiedAt);
  const publishers = await publishersAmong(env, namesOf(lines.lines));
  return parseLines(lines, { publishers, nowMs: Date.now() });
}

/** The article of an HTML page that was sent, or that stands at an address. What it shows is made safe here. */
async function ofHtml(env: Bindings, { html, url, copied_at }: CopiedPage): Promise<Result<ParsedPage>> {
  const fetched = html === undefined ? await htmlAt(env, url ?? "") : ok({ html, url: url ?? null });
  if (!fetched.ok) return fetched;
  try {
    const page = pageOf(fetched.value.html, fetched.value.url, copied_at);
    const publishers = await publishersAmong(env, publisherNames(page));
    return ok(safe(parsePage(page, { publishers, nowMs: Date.now() }), fetched.value.url));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return fail({ tag: "unrenderable", detail: `The page cannot be read: ${error.message}.` });
  }
}

async function htmlAt(env: Bindings, address: string): Promise<Result<{ html: string; url: string }>> {
  const { allowLoopback, site } = configuration(env);
  const page = await fetchPage(address, { allowLoopback, site });
  if (!page.ok) return page;
  return ok({ html: htmlText(page.value.bytes, page.value.contentType), url: page.value.url });
}

function safe(page: ParsedPage, address: string | null): ParsedPage {
  const { content_html, ...article } = page.article;
  if (content_html === undefined) return page;
  const content = safeHtml(content_html, address ?? article.url ?? "");
  return { ...page, article: { ...article, ...(content ? { content_html: content } : {}) } };
}

/** Those of some names that a publisher of the operator's list or an organization has, by their {@link publisherForm}. */
async function publishersAmong(env: Bindings, names: string[]): Promise<Map<string, KnownPublisher>> {
  if (names.length === 0) return new Map();
  const organizations = await organizationsCalled(env, names);
  const listed = await directoryOf(env).publishers.known(names);
  return new Map<string, KnownPublisher>([
    ...[...organizations].map(([called, name]) => [publisherForm(called), { name, listed: false }] as const),
    ...listed.map(({ called, name }) => [publisherForm(called), { name, listed: true }] as const),
  ]);
}

/** What has to be decided before a proposal is published; null when nothing has. */
export function undecided({ ambiguities }: Proposal): Failure | null {
  const errors = ambiguities.map(({ field, reason }) => ({ path: field, message: reason }));
  return errors.length > 0 ? { tag: "ambiguous", errors } : null;
}

const REASONS: Record<AmbiguousName["reason"], string> = {
  "shared-name": "more than one organization is called so",
  "unqualified-name": "nothing says whose it is",
  "qualified-otherwise": "the text says that it is another's",
};

const questionOf = ({ alias, where, reason, organizations }: AmbiguousName): OpenQuestion => ({
  field: "organizations",
  reason: `"${alias}" in the ${where} is not taken for ${organizations.join(" or ")}: ${REASONS[reason]}`,
});
