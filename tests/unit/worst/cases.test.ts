import { describe, expect, test } from "vitest";
import { checkAddress } from "../../../src/delivery/addresses.ts";
import { batchOf, formats } from "../../../src/delivery/formats.ts";
import { chosenFrom, filteredDocument } from "../../../src/feeds/combine.ts";
import { blockText, contentHtml, plainText, safeText, summaryText } from "../../../src/feeds/content.ts";
import { documentOf, FORMATS } from "../../../src/feeds/formats.ts";
import { renderFragments } from "../../../src/feeds/fragments.ts";
import { safeArticle, shownHtml, storedArticle } from "../../../src/feeds/item.ts";
import { listingFrom } from "../../../src/feeds/listing.ts";
import { feedMetadata } from "../../../src/feeds/metadata.ts";
import { privateDocument } from "../../../src/feeds/private.ts";
import { choiceOf, topicAt } from "../../../src/feeds/topic.ts";
import { type Article, ArticleInput } from "../../../src/model/article.ts";
import { type Filter, matches, parseFilter } from "../../../src/model/filter.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { OrganizationInput } from "../../../src/model/organization.ts";
import { parse, parseJson } from "../../../src/model/parse.ts";
import { articleFromRecord } from "../../../src/model/record.ts";
import { TokenInput } from "../../../src/model/token.ts";
import { WebhookInput } from "../../../src/model/webhook.ts";
import { cpuMs } from "../../support/cpu.ts";
import { filled, HARD_HTML } from "./html.ts";

/** Milliseconds of CPU that nobody's request may cost, and that any other may. */
const ANONYMOUS_MS = 100;
const AUTHORIZED_MS = 500;

const SITE = { publicUrl: "https://news.example", tagAuthority: "news.example,2025" };
const ARTICLE: Omit<Article, "content_html" | "content_text" | "withdrawn_at" | "attributions"> = {
  id: "a1",
  organizations: ["acme"],
  title: "Opening",
  published_at: "2025-12-17T09:11:00Z",
  updated_at: "2025-12-17T09:11:00Z",
};

/** Asserts that a call takes less CPU time than it may. */
const expectWithin = (mayTakeMs: number, call: () => unknown) =>
  expect(cpuMs(call, mayTakeMs)).toBeLessThan(mayTakeMs);

const orReason = (call: () => unknown) => () => {
  try {
    return call();
  } catch (error) {
    return error; // HTML beyond its bounds is refused, and that too must be quick
  }
};

describe.each(Object.entries(HARD_HTML))("an article of %s", (_, html) => {
  test("is taken or refused within bounds", () => {
    expectWithin(AUTHORIZED_MS, () => {
      const input = parse(ArticleInput, { organizations: ["acme"], title: "t", content_html: html });
      const article = input.ok ? safeArticle({ ...ARTICLE, content_html: html }, SITE) : input;
      return article.ok && renderFragments(article.value, SITE);
    });
  });

  test("is read for names within bounds", () => {
    expectWithin(
      AUTHORIZED_MS / 2,
      orReason(() => blockText(html)),
    );
    expectWithin(
      AUTHORIZED_MS / 2,
      orReason(() => plainText(html)),
    );
  });

  test("as plain text is taken or refused within bounds", () => {
    expectWithin(AUTHORIZED_MS, () => renderFragments({ ...ARTICLE, content_text: html }, SITE));
  });

  test("is shown to anybody within bounds, once it is stored", () => {
    const safe = safeArticle({ ...ARTICLE, content_html: html }, SITE);
    if (!safe.ok) return;
    const record = JSON.stringify(safe.value);
    const shown = () => {
      const read = articleFromRecord("a1", record, 0);
      const article = read.ok ? storedArticle(read.value) : read;
      return article.ok && [shownHtml(article.value), summaryText(article.value)];
    };
    expect(shown()).toEqual([shownHtml(safe.value), summaryText(safe.value)]);
    expectWithin(ANONYMOUS_MS, shown);
  });

  test("is compared with a webhook's filters within bounds", () => {
    const html_ = orReason(() => contentHtml({ content_html: html }, ""))();
    const text = typeof html_ === "string" ? safeText(html_ as Parameters<typeof safeText>[0]) : html;
    const input = () => ({ organizations: [], tags: [], authors: [], language: "en", text });
    expectWithin(AUTHORIZED_MS, () => HARD_FILTERS.map((filter) => matches(filter, input())));
  });
});

const filterOf = (query: string): Filter => {
  const filter = parseFilter(new URLSearchParams(query));
  if (!filter.ok) throw new Error(JSON.stringify(filter.failure));
  return filter.value;
};
const LETTERS = [..."abcdefghijklmnopqrst"];
const HARD_FILTERS = [
  `exclude=${LETTERS}`,
  `exclude=${LETTERS.map((letter) => `${"a ".repeat(90)}${letter}`)}`,
].map(filterOf);

describe("a feed of ten feeds", () => {
  const slugs = LETTERS.slice(0, LIMITS.FILTER_ORGANIZATIONS);
  const texts = [
    "A paragraph, with words of all kinds. ",
    "Абзац со словами. ",
    "a b c d e f g h ",
    "u v w x y z ",
  ];
  const QUERIES = ["", `&exclude=${LETTERS}`, "&q=nowhere", `&exclude=${LETTERS.map((one) => `tag:${one}`)}`];

  describe.each(texts)("of %j", (text) => {
    test.each(FORMATS.map((format) => [format.title, format] as const))(
      "as %s is made within bounds",
      (_, format) => {
        const sources = slugs.map((organization) => {
          const head = feedMetadata({ ...parsedOrganization, slug: organization }, SITE, 0);
          const items = Array.from({ length: LIMITS.FEED_ITEMS }, (_one, index) => {
            const id = `${organization}${index}`;
            const made = renderFragments(
              { ...ARTICLE, id, content_text: filled(text, 3_000), tags: ["t"] },
              SITE,
            );
            return made.ok ? made.value[format.name] : "";
          });
          const body = documentOf(format, head, items);
          return {
            organization,
            body: new TextEncoder().encode(body),
            listing: listingFrom(format, body, 0),
          };
        });
        for (const query of QUERIES) {
          const filter = filterOf(`organization=${slugs}${query}`);
          const made = () => {
            const chosen = chosenFrom(format, sources, filter);
            return filteredDocument(format, sources, filter, chosen, { site: SITE, path: "/feed" });
          };
          expectWithin(ANONYMOUS_MS, made);
        }
      },
    );
  });

  const parsedOrganization = {
    slug: "",
    name: "Acme",
    description: "",
    language: "en",
    aliases: [],
    sources: [],
  };
});

describe("anybody's request", () => {
  const names = Array.from({ length: 3_000 }, (_, index) => `${index.toString(36)}=1`).join("&");
  const values = Array.from({ length: 4_000 }, (_, index) => index.toString(36)).join(",");
  const item = "<item><title>t</title><link>";

  test.each<[string, () => unknown]>([
    ["a query of many names", () => choiceOf(null, new URLSearchParams(names))],
    ["a query of many words", () => choiceOf("a", new URLSearchParams(`q=${values}`))],
    ["a query of many values", () => choiceOf("a", new URLSearchParams(`exclude=${values}`))],
    [
      "a query of marks",
      () => choiceOf("a", new URLSearchParams(`q=a${"\u0301".repeat(8_000)}${"\u0316".repeat(8_000)}`)),
    ],
    ["a topic", () => topicAt(`${SITE.publicUrl}/feed.rss?${names}`, SITE.publicUrl)],
    [
      "a callback",
      () => checkAddress(`https://${"é".repeat(LIMITS.URL_CHARACTERS)}`, { allowLoopback: false }),
    ],
    [
      "a private feed",
      () =>
        FORMATS.map((format) =>
          privateDocument(format, `\n${format.layout.opening}${filled(item)}\n${format.layout.end}`, {
            organization: "acme",
            address: "",
            site: SITE,
          }),
        ),
    ],
  ])("with %s is answered within bounds", (_, call) => {
    expectWithin(ANONYMOUS_MS, orReason(call));
  });
});

describe("a body", () => {
  const many = (one: unknown) =>
    Array.from({ length: LIMITS.BODY_BYTES / (JSON.stringify(one).length + 2) }, () => one);
  const long = (piece: string) => filled(piece, LIMITS.BODY_BYTES - 100);
  const fields = (value: unknown) =>
    Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`k${index}`, value]));

  test.each<[string, Parameters<typeof parse>[0], Record<string, unknown>]>([
    ["of empty tags", ArticleInput, { title: "t", tags: many("") }],
    ["of tags that are numbers", ArticleInput, { title: "t", tags: many(1) }],
    ["of authors", ArticleInput, { title: "t", authors: many({}) }],
    ["of attachments", ArticleInput, { title: "t", attachments: many({ url: "x", mime_type: "" }) }],
    ["of organizations", ArticleInput, { title: "t", organizations: many("-") }],
    ["of attributions", ArticleInput, { title: "t", attributions: many({}) }],
    ["of unknown fields", ArticleInput, fields(1)],
    ["with a title of spaces", ArticleInput, { title: `a${long(" ")}b` }],
    ["with a language of subtags", ArticleInput, { title: "t", language: `en-${long("abcde-")}` }],
    ["with a host of letters", ArticleInput, { title: "t", url: `https://${filled("é", 200_000)}` }],
    ["with a date of digits", ArticleInput, { title: "t", published_at: `2025-12-17T09:11:00.${long("2")}` }],
    ["with a slug of parts", ArticleInput, { title: "t", organizations: [`${long("a-")}!`] }],
    ["of aliases", OrganizationInput, { name: "n", aliases: many("") }],
    ["of hubs", OrganizationInput, { name: "n", hubs: many("https://a.example/") }],
    ["of sources", OrganizationInput, { name: "n", sources: many("https://a.example/") }],
    ["of events", WebhookInput, { url: "x", events: many("x") }],
    ["of headers", WebhookInput, { url: "x", headers: fields("é") }],
    ["with a long header", WebhookInput, { url: "x", headers: { a: `${long("a ")}é` } }],
    ["of waits", WebhookInput, { url: "x", retry_seconds: many("") }],
    ["with a filter of parameters", WebhookInput, { url: "x", filter: long("tag=a&") }],
    [
      "with a filter of marks",
      WebhookInput,
      { url: "x", filter: `q=a${filled("\u0301", 100_000)}${filled("\u0316", 100_000)}` },
    ],
    ["of scopes", TokenInput, { organizations: ["a"], scopes: many("x") }],
  ])("%s is read or refused within bounds", (_, schema, body) => {
    const text = JSON.stringify(body);
    expectWithin(AUTHORIZED_MS / 2, () => {
      const value = parseJson(text);
      return value.ok && parse(schema, value.value);
    });
  });

  test.each([
    ["arrays in arrays", "[".repeat(LIMITS.BATCH_BODY_BYTES)],
    ["objects in objects", '{"a":'.repeat(LIMITS.BATCH_BODY_BYTES / 5)],
    ["a string of escapes", `"${"\\\\".repeat(LIMITS.BATCH_BODY_BYTES / 2)}"`],
    ["quotes", '"'.repeat(LIMITS.BATCH_BODY_BYTES)],
  ])("of %s is read or refused within bounds", (_, text) => {
    expectWithin(AUTHORIZED_MS, () => parseJson(text));
  });
});

describe("an alert", () => {
  const data = (words: string) =>
    JSON.stringify({
      organization: { slug: "acme", name: "Acme", page_url: "https://news.example/acme" },
      article: { ...ARTICLE, page_url: "https://news.example/articles/a1", content_text: words },
    });

  test.each(["@", "<", "&", "ж", "👩🏽‍🚀", "\n", "a\u0301"])(
    "of %j is written within bounds",
    (character) => {
      const event = { eventId: "evt_1", seq: 1, type: "article.published" as const, article_id: "a1", at: 0 };
      const message = { ...event, data: data(filled(character)) };
      for (const { body } of Object.values(formats)) {
        expectWithin(ANONYMOUS_MS, () => body(message));
      }
      const batch = Array.from({ length: LIMITS.BATCH_MESSAGES }, () => ({
        ...message,
        data: data("a".repeat(9_000)),
      }));
      const { list } = formats.cloudevents;
      if (list) expectWithin(AUTHORIZED_MS, () => list.body(batchOf(batch, list)));
    },
  );
});
