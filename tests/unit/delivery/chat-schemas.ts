// What each chat service takes, by its own documentation, as JSON Schemas (2020-12). Nothing that is not named is sent.

const closed = (properties: Record<string, object>, required: readonly string[]) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const text = (maxLength: number) => ({ type: "string", minLength: 1, maxLength });
const address = (maxLength: number) => ({ type: "string", pattern: "^https?://", maxLength });

const slackPlain = (maxLength: number) =>
  closed({ type: { const: "plain_text" }, emoji: { type: "boolean" }, text: text(maxLength) }, [
    "type",
    "text",
  ]);

/**
 * Slack, "Sending messages using incoming webhooks" (text: at most 40,000 characters) and "Reference: blocks" (at most
 * 50; header: 150 characters of plain text; section: 3,000; context: at most 10 elements).
 */
export const SLACK = closed(
  {
    text: text(40_000),
    unfurl_links: { type: "boolean" },
    blocks: {
      type: "array",
      minItems: 1,
      maxItems: 50,
      items: {
        oneOf: [
          closed({ type: { const: "header" }, text: slackPlain(150) }, ["type", "text"]),
          closed({ type: { const: "section" }, text: slackPlain(3_000) }, ["type", "text"]),
          closed(
            {
              type: { const: "section" },
              text: closed(
                {
                  type: { const: "mrkdwn" },
                  // One link, and no mention: `<!channel>`, `<@U…>`, `<#C…>`, `<!subteam^…>`.
                  text: { ...text(3_000), pattern: "^<https?://[^<>|]+\\|Read more>$" },
                },
                ["type", "text"],
              ),
            },
            ["type", "text"],
          ),
          closed(
            {
              type: { const: "context" },
              elements: { type: "array", minItems: 1, maxItems: 10, items: slackPlain(3_000) },
            },
            ["type", "elements"],
          ),
        ],
      },
    },
  },
  ["text", "blocks"],
);

/** Discord, "Execute webhook", "Embed limits" and "Allowed mentions". */
export const DISCORD = closed(
  {
    content: text(2_000),
    allowed_mentions: closed({ parse: { type: "array", maxItems: 0 } }, ["parse"]),
    embeds: {
      type: "array",
      minItems: 1,
      maxItems: 10,
      items: closed(
        {
          title: text(256),
          description: text(4_096),
          url: address(2_048),
          timestamp: { type: "string", format: "date-time" },
          author: closed({ name: text(256), url: address(2_048) }, ["name"]),
          image: closed({ url: address(2_048) }, ["url"]),
        },
        ["title"],
      ),
    },
  },
  ["allowed_mentions", "embeds"],
);

/** Microsoft Teams, "Create incoming webhooks with Workflows", and the schema of Adaptive Cards 1.4. */
export const TEAMS = closed(
  {
    type: { const: "message" },
    attachments: {
      type: "array",
      minItems: 1,
      maxItems: 1,
      items: closed(
        {
          contentType: { const: "application/vnd.microsoft.card.adaptive" },
          contentUrl: { type: "null" },
          // No `msteams.entities`: without them nothing is a mention.
          content: closed(
            {
              $schema: { type: "string" },
              type: { const: "AdaptiveCard" },
              version: { const: "1.4" },
              body: {
                type: "array",
                minItems: 1,
                items: closed(
                  {
                    type: { const: "RichTextBlock" },
                    inlines: {
                      type: "array",
                      minItems: 1,
                      items: closed(
                        {
                          type: { const: "TextRun" },
                          text: { type: "string", minLength: 1, not: { pattern: "</?[aA][tT]\\b" } },
                          size: { enum: ["Default", "Small", "Medium", "Large", "ExtraLarge"] },
                          weight: { enum: ["Default", "Lighter", "Bolder"] },
                          isSubtle: { type: "boolean" },
                        },
                        ["type", "text"],
                      ),
                    },
                  },
                  ["type", "inlines"],
                ),
              },
              actions: {
                type: "array",
                items: closed({ type: { const: "Action.OpenUrl" }, title: text(100), url: address(2_048) }, [
                  "type",
                  "title",
                  "url",
                ]),
              },
            },
            ["type", "version", "body"],
          ),
        },
        ["contentType", "content"],
      ),
    },
  },
  ["type", "attachments"],
);

/** The most bytes of a message to Teams; ntfy makes an attachment of what is longer than the second. */
export const TEAMS_BYTES = 28_000;
export const NTFY_BYTES = 4_095;
/** What title, description, author, footer and fields of a message to Discord may have together. */
export const DISCORD_CHARACTERS = 6_000;
