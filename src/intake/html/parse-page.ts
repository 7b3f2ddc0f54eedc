import * as v from "valibot";
import { ArticleInput } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import { parseLines } from "../parse-lines.ts";
import type { Evidence, OpenQuestion, PageContext, PageField, ParsedPage } from "../parsed-page.ts";
import { publisherForm } from "../publisher-form.ts";
import { dateOf } from "./date.ts";
import { type Field, ofText } from "./field.ts";
import type { TagText } from "./head.ts";
import type { HtmlPage } from "./page.ts";
import { readablePart } from "./readable.ts";
import { titleOf } from "./title.ts";

const NOTHING: Field = { article: {}, evidence: null, openQuestions: [], ambiguities: [] };

/**
 * Parses an HTML page: its tags have what copied text has lost. A field that no tag has is read from its text, as that of
 * a copied page is.
 */
export function parsePage(page: HtmlPage, about: PageContext): ParsedPage {
  const text = parseLines(page.lines, about);
  const fields: Partial<Record<PageField, Field>> = {
    title: titleOf(page, text, about),
    published_at: dateOf(page, text, about.nowMs),
    authors: authorsOf(page, text),
    source: sourceOf(page, text, about),
    url: addressOf(page),
    language: languageOf(page, text),
    summary: valid("summary", first(meta(page, "og:description", "description"))),
    image: imageOf(page),
    content_html: contentOf(page, text),
  };
  const all = Object.entries(fields) as [PageField, Field][];
  return {
    article: Object.assign({}, ...all.map(([, { article }]) => article)),
    understood: Object.fromEntries(
      all.flatMap(([field, { evidence }]) =>
        evidence?.from === "lines" ? [[field, text.understood[field] ?? []]] : [],
      ),
    ),
    evidence: Object.fromEntries(
      all.flatMap(([field, { evidence }]) => (evidence ? [[field, evidence]] : [])),
    ),
    ambiguities: all.flatMap(([, { ambiguities }]) => ambiguities),
    doubts: all.flatMap(([, { openQuestions }]) => openQuestions),
    left_out: [],
  };
}

const meta = ({ head }: HtmlPage, ...names: string[]): TagText[] =>
  names.flatMap((name) => head.meta.get(name) ?? []);
const first = (all: readonly TagText[]): TagText | null => all[0] ?? null;

/** A field that a tag says, if it is one that an article may have. */
function valid(
  field: "summary" | "image" | "language" | "url",
  tag: TagText | null,
  from: Evidence["from"] = "meta",
): Field {
  if (!tag) return NOTHING;
  const checked = v.safeParse(ArticleInput.entries[field], tag.text);
  if (!checked.success) return NOTHING;
  return { ...NOTHING, article: { [field]: checked.output }, evidence: certain(from, tag.where) };
}

const certain = (from: Evidence["from"], ...where: string[]): Evidence => ({ from, where, sure: "certain" });

const isAddress = (text: string): boolean => /^https?:|^www\.|^@|\//i.test(text);

function authorsOf(page: HtmlPage, text: ParsedPage): Field {
  const linked = page.linked?.authors.filter((name) => !isAddress(name)) ?? [];
  const tags = meta(page, "author", "parsely-author", "dc.creator").filter((one) => !isAddress(one.text));
  const names = linked.length > 0 ? linked : tags.slice(0, 1).map((one) => one.text);
  if (names.length === 0) return ofText(text, "authors");
  const authors = [...new Set(names)]
    .slice(0, LIMITS.AUTHORS)
    .map((name) => ({ name: name.slice(0, LIMITS.NAME_CHARACTERS) }));
  const evidence = linked.length > 0 ? certain("json-ld", "author") : certain("meta", tags[0]?.where ?? "");
  return { ...NOTHING, article: { authors }, evidence };
}

function sourceOf(page: HtmlPage, text: ParsedPage, { publishers }: PageContext): Field {
  const host = page.address && publishers?.get(publisherForm(new URL(page.address).host));
  const named = (name: string) => ({
    source: { name: publishers?.get(publisherForm(name))?.name ?? name.slice(0, LIMITS.NAME_CHARACTERS) },
  });
  if (host)
    return {
      ...NOTHING,
      article: { source: { name: host.name } },
      evidence: certain("address", new URL(page.address ?? "").host),
    };
  if (page.linked?.publisher)
    return { ...NOTHING, article: named(page.linked.publisher), evidence: certain("json-ld", "publisher") };
  const site = first(meta(page, "og:site_name", "application-name"));
  if (site) return { ...NOTHING, article: named(site.text), evidence: certain("meta", site.where) };
  return ofText(text, "source");
}

/** Where the page is: as it says itself, if that is at the host that it came from. */
function addressOf(page: HtmlPage): Field {
  const { address, head } = page;
  const tag = head.canonical ?? first(meta(page, "og:url"));
  const absolute =
    tag && URL.canParse(tag.text, address ?? undefined) ? new URL(tag.text, address ?? undefined) : null;
  if (absolute && tag && (!address || absolute.host === new URL(address).host)) {
    return valid(
      "url",
      { text: absolute.href, where: tag.where },
      tag.where.startsWith("link") ? "element" : "meta",
    );
  }
  if (!address) return NOTHING;
  const question: OpenQuestion = {
    field: "url",
    reason: `the page says that it is at ${absolute?.host}, and was fetched from elsewhere`,
  };
  return {
    ...valid("url", { text: address, where: address }, "address"),
    openQuestions: absolute ? [question] : [],
  };
}

function languageOf(page: HtmlPage, text: ParsedPage): Field {
  const linked = page.linked?.language;
  const locale = first(meta(page, "og:locale"));
  const tags = [
    page.head.language && { ...page.head.language, from: "element" as const },
    linked ? { text: linked, where: "inLanguage", from: "json-ld" as const } : null,
    locale && { text: locale.text.replace("_", "-"), where: locale.where, from: "meta" as const },
  ];
  const found = tags
    .flatMap((one) => (one ? [valid("language", one, one.from)] : []))
    .find((one) => one.evidence);
  return found ?? ofText(text, "language");
}

function imageOf(page: HtmlPage): Field {
  const linked = page.linked?.image;
  const tags = [
    ...meta(page, "og:image", "og:image:url", "twitter:image").map((one) => ({
      ...one,
      from: "meta" as const,
    })),
    ...(linked ? [{ text: linked, where: "image", from: "json-ld" as const }] : []),
  ];
  const base = page.address ?? page.head.canonical?.text;
  const found = tags.flatMap(({ text, where, from }) =>
    URL.canParse(text, base) ? [valid("image", { text: new URL(text, base).href, where }, from)] : [],
  );
  return found.find((one) => one.evidence) ?? NOTHING;
}

function contentOf({ tree, address, head }: HtmlPage, text: ParsedPage): Field {
  const content = readablePart(
    tree,
    address ?? head.canonical?.text ?? null,
    text.article.content_text ?? null,
  );
  if (content === null)
    return {
      ...NOTHING,
      openQuestions: [{ field: "content_html", reason: "no part of the page reads as its text" }],
    };
  return {
    ...NOTHING,
    article: { content_html: content },
    evidence: { from: "article", where: [], sure: "likely" },
  };
}
