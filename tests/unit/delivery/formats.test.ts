import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Message } from "../../../src/delivery/announcement.ts";
import { fitted } from "../../../src/delivery/fitted.ts";
import { formats } from "../../../src/delivery/formats.ts";

const ARTICLE = {
  id: "art_1",
  organizations: ["acme"],
  title: 'Tom & "Jerry" <@U123> *win*',
  summary: "A <b>summary</b> with @everyone & [a link](https://evil.example).",
  url: "https://example.org/a?x=1&y=a|b",
  page_url: "https://news.example/articles/art_1",
  published_at: "2025-12-17T09:11:00Z",
  updated_at: "2025-12-17T09:11:00Z",
};
const ORGANIZATION = { slug: "acme", name: "Acme & Sons", page_url: "https://news.example/acme" };

const message = (
  article: Record<string, unknown> = {},
  type: Message["type"] = "article.published",
): Message => ({
  eventId: "evt_1",
  seq: 7,
  type,
  article_id: "art_1",
  at: Date.UTC(2025, 11, 17, 9, 11),
  data: JSON.stringify({ organization: ORGANIZATION, article: { ...ARTICLE, ...article } }),
});

const about = (type: Message["type"], details: Record<string, unknown>): Message => ({
  ...message({}, type),
  article_id: "webhook:end_1",
  data: JSON.stringify({
    organization: ORGANIZATION,
    webhook: { id: "end_1", description: "Newsroom", origin: "https://hooks.example.com" },
    ...details,
  }),
});

const parsed = (format: keyof typeof formats, of: Message) => JSON.parse(formats[format].body(of));

describe("cloudevents", () => {
  test("is one event in structured mode", () => {
    expect(formats.cloudevents.contentType).toBe("application/cloudevents+json; charset=utf-8");
    expect(parsed("cloudevents", message())).toEqual({
      specversion: "1.0",
      id: "evt_1",
      sequence: "0000000000000007",
      source: "https://news.example/acme",
      type: "article.published",
      subject: "art_1",
      time: "2025-12-17T09:11:00Z",
      datacontenttype: "application/json",
      data: { organization: ORGANIZATION, article: ARTICLE },
    });
  });
});

describe("slack", () => {
  test("escapes what is markup there, and elsewhere uses plain text", () => {
    expect(parsed("slack", message())).toEqual({
      text: 'Acme &amp; Sons: Tom &amp; "Jerry" &lt;@U123&gt; *win*',
      unfurl_links: false,
      blocks: [
        { type: "header", text: { type: "plain_text", emoji: false, text: 'Tom & "Jerry" <@U123> *win*' } },
        { type: "section", text: { type: "plain_text", emoji: false, text: ARTICLE.summary } },
        {
          type: "section",
          text: { type: "mrkdwn", text: "<https://example.org/a?x=1&amp;y=a%7Cb|Read more>" },
        },
        { type: "context", elements: [{ type: "plain_text", emoji: false, text: "Acme & Sons" }] },
      ],
    });
  });

  test("has no empty block", () => {
    const { summary: _, ...bare } = ARTICLE;
    const data = JSON.stringify({ organization: ORGANIZATION, article: bare });
    const types = parsed("slack", { ...message(), data }).blocks.map(({ type }: { type: string }) => type);
    expect(types).toEqual(["header", "section", "context"]);
  });
});

describe("discord", () => {
  test("is an embed that mentions nobody and has no markup of the article's", () => {
    expect(parsed("discord", message({ image: "https://example.org/a.jpg" }))).toEqual({
      allowed_mentions: { parse: [] },
      embeds: [
        {
          author: { name: "Acme & Sons", url: "https://news.example/acme" },
          title: 'Tom & "Jerry" \\<\\@U123\\> \\*win\\*',
          description:
            "A \\<b\\>summary\\</b\\> with \\@everyone & \\[a link\\]\\(https\\://evil.example\\).",
          url: "https://example.org/a?x=1&y=a|b",
          image: { url: "https://example.org/a.jpg" },
          timestamp: "2025-12-17T09:11:00Z",
        },
      ],
    });
  });
});

describe("teams", () => {
  test("is an adaptive card whose text is shown as it is", () => {
    expect(parsed("teams", message())).toEqual({
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          contentUrl: null,
          content: {
            $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
            type: "AdaptiveCard",
            version: "1.4",
            body: [
              { type: "RichTextBlock", inlines: [{ type: "TextRun", text: "Acme & Sons", isSubtle: true }] },
              {
                type: "RichTextBlock",
                inlines: [{ type: "TextRun", text: ARTICLE.title, size: "Large", weight: "Bolder" }],
              },
              { type: "RichTextBlock", inlines: [{ type: "TextRun", text: ARTICLE.summary }] },
            ],
            actions: [{ type: "Action.OpenUrl", title: "Read more", url: ARTICLE.url }],
          },
        },
      ],
    });
  });
});

describe("text", () => {
  test.each([
    [
      message(),
      `Acme & Sons: Tom & "Jerry" <@U123> *win*\n\n${ARTICLE.summary}\n\nhttps://example.org/a?x=1&y=a|b`,
    ],
    [
      message({ title: "News" }, "article.updated"),
      `Acme & Sons: Updated: News\n\n${ARTICLE.summary}\n\nhttps://example.org/a?x=1&y=a|b`,
    ],
    [
      message({ title: "News" }, "article.withdrawn"),
      "Acme & Sons: Withdrawn: News\n\nhttps://example.org/a?x=1&y=a|b",
    ],
    [about("webhook.test", {}), "Acme & Sons: A test\n\nAlerts arrive here.\n\nhttps://news.example/acme"],
    [
      about("endpoint.failing", { health: { failures: 12, progress_percent: 50, reason: "none" } }),
      "Acme & Sons: Webhook failing: Newsroom\n\n12 tries in a row have failed: 50 % of the way to being disabled.\n\nhttps://news.example/acme",
    ],
    [
      about("endpoint.disabled", { health: { failures: 1, progress_percent: 0, reason: "gone" } }),
      "Acme & Sons: Webhook disabled: Newsroom\n\nIt answered 410 Gone. What comes is kept until it is enabled.\n\nhttps://news.example/acme",
    ],
    [
      about("endpoint.recovered", { health: { failures: 0, progress_percent: 0, reason: "none" } }),
      "Acme & Sons: Webhook active again: Newsroom\n\nWhat waited for it is being sent.\n\nhttps://news.example/acme",
    ],
    [
      about("endpoint.secret_rotated", { former_signs_until: "2025-12-24T09:11:00Z" }),
      "Acme & Sons: Secret replaced: Newsroom\n\nIts deliveries are signed with a new secret.\n\nhttps://news.example/acme",
    ],
    [
      about("delivery.exhausted", { delivery: { id: "dlv_1" } }),
      "Acme & Sons: Not delivered to Newsroom\n\nDelivery dlv_1 has failed for good. It can be tried again.\n\nhttps://news.example/acme",
    ],
  ])("%# is what a person reads", (of, expected) => {
    expect(formats.text.contentType).toBe("text/plain; charset=utf-8");
    expect(formats.text.body(of)).toBe(expected);
  });

  test("falls back to the article's page when its own address is too long to send", () => {
    const url = `https://example.org/${"%D0%B6".repeat(400)}`;
    expect(formats.text.body(message({ url }))).toContain("\n\nhttps://news.example/articles/art_1");
  });
});

test("whatever an article says, the bounds of each service are kept", () => {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const words = (most: number) =>
    fc.string({
      unit: fc.constantFrom("&", "*", "ж", "👩🏽‍🚀", "<", "a ", "\n"),
      maxLength: most,
      size: "max",
    });
  fc.assert(
    fc.property(words(500), words(5_000), (title, summary) => {
      const of = message({ title: title || "x", summary });
      const slack = parsed("slack", of);
      for (const { text } of slack.blocks) expect(text?.text.length ?? 1).toBeLessThanOrEqual(3_000);
      expect(slack.blocks[0].text.text.length).toBeLessThanOrEqual(150);
      const [embed] = parsed("discord", of).embeds;
      expect(embed.title.length).toBeLessThanOrEqual(256);
      expect((embed.description ?? "").length).toBeLessThanOrEqual(4_096);
      expect(bytes(formats.teams.body(of))).toBeLessThan(28_000);
      expect(bytes(formats.text.body(of))).toBeLessThanOrEqual(4_095);
    }),
    { numRuns: 50 },
  );
});

describe("a text that does not fit", () => {
  test.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 5, "abcd…"],
    ["ab cdef", 4, "ab…"],
    ["👍👍👍", 5, "👍👍…"],
    ["", 0, ""],
  ])("%j in %i is %j", (text, most, expected) => {
    expect(fitted(text, most)).toBe(expected);
  });

  test("is counted as it is written, and no escape is cut in two", () => {
    expect(fitted("a&&", 7, (one) => (one === "&" ? "&amp;" : one))).toBe("a&amp;…");
  });
});
