/** Publishers as their own pages write them, and what they are called here. */
const KNOWN: ReadonlyMap<string, string> = new Map([
  ...["azernews", "azernews.az", "azernews newspaper"].map((form) => [form, "Azernews"] as const),
  ...["trend", "trend.az", "en.trend.az", "trend news agency", "trend news agency azerbaijan"].map(
    (form) => [form, "Trend News Agency"] as const,
  ),
  ...[
    "ministry of culture of azerbaijan",
    "ministry of culture of the republic of azerbaijan",
    "ministry of culture and tourism of the republic of azerbaijan",
    "the ministry of culture of the republic of azerbaijan",
    "ministry of culture republic of azerbaijan",
    "culture.gov.az",
    "mct.gov.az",
  ].map((form) => [form, "Ministry of Culture of Azerbaijan"] as const),
  ...["azertac", "azertag", "azerbaijan state news agency"].map((form) => [form, "AZERTAC"] as const),
]);

const known = (name: string): string | null =>
  KNOWN.get(
    name
      .toLowerCase()
      .replace(/^(?:https?:\/\/)?(?:www\.)?/, "")
      .replace(/^@|\/.*$|['’]s?$/g, "")
      .trim(),
  ) ?? null;

/** A publisher that a line names, and how surely: 2 where the line is about that alone, 1 where it says so in passing. */
export interface PublisherFound {
  name: string;
  certainty: 1 | 2;
}

const SOURCE = /^(?:source|publisher|published by)\s*:\s*(\S.{1,99})$/i;
const COPYRIGHT =
  /^(?:copyright\s*)?(?:©|\(c\)|copyright)\s*(?:copyright\s*)?(?:\d{4}(?:\s*[-–]\s*\d{4})?)?[,.\s]*(?:by\s+)?(\p{L}.{1,99}?)[.,|]?\s*(?:\d{4}\s*)?(?:all rights reserved.*)?$/iu;
const PASSING: readonly RegExp[] = [
  /(?:^|[,.”"»*]\s*|\bas )["“*_]*(\p{Lu}[\p{L}.]{2,20}(?: \p{Lu}[\p{L}.]{2,20}){0,2})["”*_]* (?:reports?|informs?|writes)(?=[\s,.:])/u,
  /\b(?:told|reports) ["“*_]*(\p{Lu}[\p{L}]{2,20})(?!\p{L})/u,
  /\s[-|–—]\s([\p{L}. ]{3,40})$/u, // as the title of a browser's tab ends
];
const FOLLOW = /\bfollow @?(\p{L}{4,20})\b|\b(\p{L}{4,20})['’]s? staff (?:journalist|writer|reporter)/iu;

/** A headline without the publisher behind it, as the title of a browser's tab ends. */
export function withoutPublisher(headline: string): string {
  const at = headline.search(/\s[-|–—]\s[^-|–—]*$/u);
  return at > 0 && known(headline.slice(at + 3)) ? headline.slice(0, at) : headline;
}

/** The publisher that a line of a page names; null when it names none. What is merely spoken of is no publisher. */
export function publisherIn(line: string): PublisherFound | null {
  if (line.length <= 100) {
    const whole =
      known(line) ?? (/^https?:\/\/\S+$/i.test(line) ? known(new URL(line, "http://x").host) : null);
    if (whole) return { name: whole, certainty: 2 };
    const said = SOURCE.exec(line)?.[1] ?? COPYRIGHT.exec(line)?.[1];
    if (said) return { name: known(said) ?? said.trim(), certainty: 2 };
  }
  const [, follow, staff] = FOLLOW.exec(line.slice(0, 300)) ?? [];
  const names = [...PASSING.map((form) => form.exec(line)?.[1]), follow, staff];
  const passing = names.map((name) => known(name ?? "")).find((name) => name !== null);
  return passing ? { name: passing, certainty: 1 } : null;
}
