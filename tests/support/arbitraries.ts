import fc from "fast-check";
import { type Article, ArticleInput, articleFrom } from "../../src/model/article.ts";
import { type Organization, OrganizationInput, organizationFrom } from "../../src/model/organization.ts";
import { parse } from "../../src/model/parse.ts";

/** Bits of text that have broken a feed somewhere. */
const TROUBLE = [
  "]]>",
  "<![CDATA[",
  "&",
  "&amp;",
  "&amp;amp;",
  "&#10;",
  "&nbsp;",
  "<b>",
  "</title>",
  "<!--",
  "<?xml?>",
  '"',
  "'",
  "\u0000",
  "\u001B",
  "\u0085",
  "\u2028",
  "\r\n",
  "\t",
  "\uD83D",
  "\uFFFE",
  "\uFFFD",
  "\u{1FFFF}",
  "\u202Eالعربية",
  "👩🏽‍🚀",
  "__proto__",
];

/** Any text at all, well-formed or not, with trouble in it more often than chance would have it. */
export const anyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...TROUBLE),
      fc.string({ unit: "grapheme", maxLength: 5 }),
      fc.string({ unit: "binary", maxLength: 5 }),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

const MARKUP = [
  "<p>",
  "</p>",
  "<br>",
  "<a href='?a&b'>",
  "</a>",
  "<img src=x.png>",
  "<ul><li>",
  "<pre>",
  "&lt;",
];

/** HTML as people write it. */
const anyHtml = fc
  .array(fc.oneof(fc.constantFrom(...MARKUP, "<script>", "&#0;", "&#1;", "&#xFFFF;", "&#13;"), anyText), {
    maxLength: 12,
  })
  .map((parts) => parts.join(""));

const anyAddress = fc.oneof(
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  anyText.map((text) => `https://example.org/a?q=${text}&b='<>"`),
);

const mimeType = fc.stringMatching(/^[a-z0-9][a-z0-9!#$&^_.+-]{0,9}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,9}$/);

const anyDate = fc
  .date({ min: new Date("0000-01-01"), max: new Date("2188-12-31T23:59:59Z"), noInvalidDate: true })
  .map((date) => date.toISOString());

const language = fc.constantFrom("en", "ar", "az-Latn", "zh-hant-TW", "he", "und");

/** What a publisher may send; most of it is accepted. */
const articleInput = fc.record(
  {
    organizations: fc.constant(["icesco"]),
    title: anyText,
    url: anyAddress,
    summary: anyText,
    content: fc.oneof(
      anyHtml.map((content_html) => ({ content_html })),
      anyText.map((content_text) => ({ content_text })),
    ),
    language,
    authors: fc.array(fc.record({ name: anyText, url: anyAddress }, { requiredKeys: ["name"] }), {
      maxLength: 3,
    }),
    tags: fc.array(anyText, { maxLength: 3 }),
    image: anyAddress,
    attachments: fc.array(
      fc.record(
        { url: anyAddress, mime_type: mimeType, size_in_bytes: fc.maxSafeNat(), title: anyText },
        { requiredKeys: ["url", "mime_type"] },
      ),
      { maxLength: 3 },
    ),
    published_at: anyDate,
    published_precision: fc.constantFrom("time", "day", "month", "year", "undated"),
    source: fc.record({ name: anyText, url: anyAddress }, { requiredKeys: ["name"] }),
  },
  { requiredKeys: ["organizations", "title"] },
);

/** Articles that the service has accepted: each field anything that its schema lets through. */
export const anyArticle: fc.Arbitrary<Article> = articleInput
  .map(({ content, ...fields }) => parse(ArticleInput, { ...fields, ...content }))
  .filter((input) => input.ok)
  .map((input) => articleFrom("a1", input.value, null, Date.parse("2025-12-17T09:11:00Z")));

/** Organizations that the service has accepted. */
export const anyOrganization: fc.Arbitrary<Organization> = fc
  .record(
    { name: anyText, description: anyText, homepage: anyAddress, language, logo: anyAddress },
    { requiredKeys: ["name"] },
  )
  .map((fields) => parse(OrganizationInput, fields))
  .filter((input) => input.ok)
  .map((input) => organizationFrom("icesco", input.value));
