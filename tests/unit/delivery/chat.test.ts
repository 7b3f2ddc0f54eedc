import { type Schema, Validator } from "@cfworker/json-schema";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Message } from "../../../src/delivery/announcement.ts";
import { batchOf, formats } from "../../../src/delivery/formats.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { DISCORD, DISCORD_CHARACTERS, NTFY_BYTES, SLACK, TEAMS, TEAMS_BYTES } from "./chat-schemas.ts";

const bytes = (text: string): number => new TextEncoder().encode(text).length;

const messageOf = (article: Record<string, unknown>, name = "Acme"): Message => ({
  eventId: "evt_1",
  seq: 7,
  type: "article.published",
  article_id: "a1",
  at: Date.UTC(2025, 11, 17, 9, 11),
  data: JSON.stringify({
    organization: { slug: "acme", name, page_url: "https://news.example/acme" },
    article: { title: "News", page_url: "https://news.example/articles/a1", ...article },
  }),
});

/** What is wrong with a body by the service's own rules. */
function faults(format: "slack" | "discord" | "teams", message: Message): unknown[] {
  const body = formats[format].body(message);
  const schema: object = { slack: SLACK, discord: DISCORD, teams: TEAMS }[format];
  const { errors } = new Validator(schema as Schema, "2020-12", false).validate(JSON.parse(body));
  return [
    ...errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`),
    ...beyond(format, body),
  ];
}

function beyond(format: string, body: string): string[] {
  if (format === "teams") return bytes(body) > TEAMS_BYTES ? [`${bytes(body)} bytes`] : [];
  if (format !== "discord") return [];
  const [embed] = JSON.parse(body).embeds;
  const characters = [embed.title, embed.description ?? "", embed.author.name].join("").length;
  return characters > DISCORD_CHARACTERS ? [`${characters} characters`] : [];
}

const MENTIONS = [
  "<!channel>",
  "<!here>",
  "<!everyone>",
  "<@U123ABC>",
  "<#C123>",
  "<!subteam^S123>",
  "@everyone",
  "@here",
  "@channel",
  "@all",
  "<@123456789012345678>",
  "<@&123456789012345678>",
  "<at>Everyone</at>",
  "<AT>x</AT>",
  "[x](https://evil.example)",
  "<https://evil.example|x>",
];
const pieces = fc.constantFrom(
  ...MENTIONS,
  "&",
  "\\",
  '"',
  "ж",
  "👩🏽‍🚀",
  "𝕏",
  "\n",
  "word ",
  "|",
  "*_~`",
  "漢",
);
const words = (most: number) =>
  fc
    .array(pieces, { maxLength: most, size: "max" })
    .map((some) => some.join("").slice(0, most).toWellFormed().replace("\uFFFD", ""));
const anyMessage = fc
  .record({
    name: words(200),
    title: words(500),
    summary: words(5_000),
    content_text: words(3_000),
    url: fc.constantFrom("https://e.example/?a=1&b=|2", `https://e.example/${"%D0%B6".repeat(330)}`),
    image: fc.constantFrom("https://e.example/p.jpg", `https://e.example/${"%D0%B6".repeat(1_000)}`),
    brief: fc.boolean(),
  })
  .map(({ name, title, summary, brief, ...rest }) =>
    messageOf({ ...rest, title: title || "x", ...(brief ? {} : { summary }) }, name || "x"),
  );

describe("a body", () => {
  test.each(["slack", "discord", "teams"] as const)(
    "for %s is what the service's documentation allows",
    (format) => {
      fc.assert(
        fc.property(anyMessage, (message) => {
          expect(faults(format, message)).toEqual([]);
        }),
        { numRuns: 200 },
      );
    },
  );

  test.each(["slack", "discord", "teams", "text"] as const)("for %s has no half characters", (format) => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const body = formats[format].body(message);
        expect(body.isWellFormed()).toBe(true);
        expect(body).not.toMatch(/\\ud[89a-f]|\uFFFD/i);
      }),
      { numRuns: 100 },
    );
  });

  test("of text stays a message in ntfy", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(bytes(formats.text.body(message))).toBeLessThanOrEqual(NTFY_BYTES);
      }),
    );
    const full = formats.text.body(messageOf({ summary: "a".repeat(5_000) }));
    expect(bytes(full)).toBe(NTFY_BYTES);
  });
});

describe.each(MENTIONS)("%s", (mention) => {
  const message = messageOf({ title: mention, summary: mention }, mention);

  test("calls nobody in Slack, nor where its messages are taken", () => {
    const { text, blocks } = JSON.parse(formats.slack.body(message));
    expect(text).not.toMatch(/[<>]|@(all|channel|everyone|here)\b/);
    expect(faults("slack", message)).toEqual([]);
    expect(
      JSON.stringify(blocks.filter((block: { text?: { type: string } }) => block.text?.type === "mrkdwn")),
    ).not.toContain("evil");
  });

  test("is shown as it is in Discord, and calls nobody", () => {
    const { allowed_mentions, embeds, content } = JSON.parse(formats.discord.body(message));
    expect(allowed_mentions).toEqual({ parse: [] });
    expect(content).toBeUndefined();
    expect(embeds[0].title).not.toMatch(/(?<!\\)[<@[\]()]/);
    expect(embeds[0].title.replaceAll("\\", "")).toBe(mention);
  });

  test("is no mention in Teams", () => {
    expect(faults("teams", message)).toEqual([]);
  });
});

describe("a batch", () => {
  const list = formats.standard.list;
  const messages = (count: number, size: number) =>
    Array.from({ length: count }, (_, index) => ({
      ...messageOf({ title: "ж".repeat(size / 2) }),
      eventId: `evt_${index}`,
    }));

  test.each(["standard", "cloudevents"] as const)("of %s has at most a megabyte", (name) => {
    const { list: format } = formats[name];
    if (!format) throw new Error("has no list");
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 10, max: 300_000 }), { minLength: 1, maxLength: 12 }),
        (sizes) => {
          const all = sizes.flatMap((size) => messages(1, size));
          const some = batchOf(all, format);
          expect(some).toEqual(all.slice(0, some.length));
          const fits = (count: number) => bytes(format.body(all.slice(0, count))) <= LIMITS.BATCH_BYTES;
          expect(some.length === 1 || fits(some.length)).toBe(true);
          // It could take no more, but for the little that its frame is reckoned at.
          if (some.length < all.length) {
            expect(bytes(format.body(all.slice(0, some.length + 1)))).toBeGreaterThan(
              LIMITS.BATCH_BYTES - 200,
            );
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test("has at most a hundred messages, and one that is larger than all goes alone", () => {
    if (!list) throw new Error("has no list");
    expect(batchOf(messages(150, 10), list)).toHaveLength(LIMITS.BATCH_MESSAGES);
    expect(batchOf(messages(3, 2_000_000), list)).toHaveLength(1);
    expect(batchOf([], list)).toEqual([]);
  });
});
