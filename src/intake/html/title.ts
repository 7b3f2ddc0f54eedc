import { LIMITS } from "../../model/limits.ts";
import { calendarForm } from "../calendar.ts";
import { bare } from "../headline.ts";
import type { Evidence, PageContext, ParsedPage } from "../parsed-page.ts";
import { publisherForm } from "../publisher-form.ts";
import { type Field, ofText } from "./field.ts";
import type { HtmlPage } from "./page.ts";

/** A headline that a tag has. */
interface Headline {
  text: string;
  from: Evidence["from"];
  where: string;
}

/** The headline: as the tags have it that are for it; where they disagree, as most of them do, or an ambiguity. */
export function titleOf(page: HtmlPage, text: ParsedPage, { publishers }: PageContext): Field {
  const sites = siteNames(page, text, publishers);
  const headlines = headlinesOf(page, text).map((one) => ({
    ...one,
    text: withoutSite(bare(one.text, publishers), sites),
  }));
  const candidates = headlines.filter((one) => one.text !== "" && !sites.has(publisherForm(one.text)));
  const [best, ...others] = candidates
    .map((one) => ({ one, votes: candidates.filter((other) => isSame(one.text, other.text)).length }))
    .sort((a, b) => b.votes - a.votes)
    .map(({ one }) => one);
  if (!best) return ofText(text, "title");
  const agreeing = candidates.filter((one) => isSame(one.text, best.text));
  const shortest = agreeing.map((one) => one.text).reduce((a, b) => (b.length < a.length ? b : a));
  const title = shortest.slice(0, LIMITS.TITLE_CHARACTERS);
  const rivals = others.filter((one) => !isSame(one.text, best.text));
  const rivalVotes = Math.max(
    0,
    ...rivals.map((one) => candidates.filter((other) => isSame(one.text, other.text)).length),
  );
  const where = agreeing.map((one) => one.where);
  if (rivals.length === 0 || agreeing.length > rivalVotes) {
    const sure = rivals.length === 0 ? "certain" : "likely";
    return {
      article: { title },
      evidence: { from: best.from, where, sure },
      openQuestions: [],
      ambiguities: [],
    };
  }
  const titles = [...new Set([title, ...rivals.map((one) => one.text)])];
  const reason = `its tags have more than one headline: ${titles.map((each) => `"${each}"`).join(" or ")}`;
  return {
    article: { title },
    evidence: { from: best.from, where, sure: "ambiguous" },
    openQuestions: [{ field: "title", reason }],
    ambiguities: [{ field: "title", reason, candidates: titles }],
  };
}

function headlinesOf({ linked, head }: HtmlPage, { article, evidence }: ParsedPage): Headline[] {
  const tag = (name: string): Headline[] => {
    const one = head.meta.get(name);
    return one ? [{ ...one, from: "meta" }] : [];
  };
  const [heading, second] = head.headings;
  return [
    ...(linked?.headline ? [{ text: linked.headline, from: "json-ld" as const, where: "headline" }] : []),
    ...tag("og:title"),
    ...tag("twitter:title"),
    ...(heading && !second ? [{ ...heading, from: "element" as const }] : []),
    ...(head.title ? [{ ...head.title, from: "element" as const }] : []),
    ...(article.title && evidence.title?.sure === "certain"
      ? [{ text: article.title, from: "lines" as const, where: evidence.title?.where[0] ?? "" }]
      : []),
  ];
}

function siteNames(
  { linked, head, address }: HtmlPage,
  { article }: ParsedPage,
  publishers: PageContext["publishers"],
): Set<string> {
  const names = [
    article.source?.name,
    linked?.publisher,
    head.meta.get("og:site_name")?.text,
    address && new URL(address).host,
  ];
  const known = [...(publishers?.values() ?? [])].filter(({ listed }) => listed).map(({ name }) => name);
  return new Set([...names.flatMap((name) => name || []), ...known].map(publisherForm));
}

/** A headline without the site's name before or behind it, as the title of a browser's tab has it. */
function withoutSite(headline: string, sites: ReadonlySet<string>): string {
  const parts = headline.split(/\s[-|–—:•·]\s/u);
  if (parts.length < 2) return headline.trim();
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  if (sites.has(publisherForm(last)))
    return headline
      .slice(0, headline.lastIndexOf(last))
      .replace(/\s[-|–—:•·]\s$/u, "")
      .trim();
  if (sites.has(publisherForm(first)))
    return headline
      .slice(first.length)
      .replace(/^\s[-|–—:•·]\s/u, "")
      .trim();
  return headline.trim();
}

/** Whether two headlines are one: the same words, or one of them with something behind it, as a site's name. */
function isSame(a: string, b: string): boolean {
  const [short = "", long = ""] = [calendarForm(a), calendarForm(b)].sort((x, y) => x.length - y.length);
  return short !== "" && (long === short || long.startsWith(`${short} `));
}
