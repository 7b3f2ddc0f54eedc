import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainText } from "../../../../src/feeds/content.ts";
import { readFeed } from "../../../../src/intake/upstream/feed.ts";
import { candidatesOf, newsIn } from "../../../../src/intake/upstream/news.ts";

const SITE = { publicUrl: "https://news.example", tagAuthority: "communique.example,2025" };

interface Said {
  id?: string | undefined;
  link?: string | undefined;
  title: string;
  text?: string;
  date?: string | undefined;
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** The same items as a feed of each format. */
const FORMATS: Readonly<Record<string, (items: readonly Said[]) => string>> = {
  rss: (items) =>
    `<rss version="2.0"><channel><title>Up</title><link>https://up.example/</link>${items
      .map(
        ({ id, link, title, text = "", date }) => `<item><title>${escaped(title)}</title>
        ${id ? `<guid isPermaLink="false">${escaped(id)}</guid>` : ""}${link ? `<link>${escaped(link)}</link>` : ""}
        <description>${escaped(text)}</description>${date ? `<pubDate>${date}</pubDate>` : ""}</item>`,
      )
      .join("")}</channel></rss>`,
  atom: (items) =>
    `<feed xmlns="http://www.w3.org/2005/Atom"><title>Up</title>${items
      .map(
        ({ id, link, title, text = "", date }) => `<entry><title>${escaped(title)}</title>
        ${id ? `<id>${escaped(id)}</id>` : ""}${link ? `<link href="${escaped(link)}"/>` : ""}
        <content type="html">${escaped(text)}</content>${date ? `<published>${date}</published>` : ""}</entry>`,
      )
      .join("")}</feed>`,
  json: (items) =>
    JSON.stringify({
      version: "https://jsonfeed.org/version/1.1",
      title: "Up",
      items: items.map(({ id, link, title, text, date }) => ({
        id,
        url: link,
        title,
        content_html: text || undefined,
        date_published: date,
      })),
    }),
};

async function candidates(items: readonly Said[], format = "rss") {
  const feed = readFeed(FORMATS[format]?.(items) ?? "", "https://up.example/feed");
  return feed ? candidatesOf(feed, "up.example", SITE, plainText) : [];
}

const LINK = "https://up.example/notices";

describe.each(Object.keys(FORMATS))("in %s, no item is lost that differs in its words", (format) => {
  test.each<[string, Said[]]>([
    [
      "one link",
      [
        { link: LINK, title: "a" },
        { link: LINK, title: "b" },
      ],
    ],
    [
      "one link and title",
      [
        { link: LINK, title: "a", text: "1" },
        { link: LINK, title: "a", text: "2" },
      ],
    ],
    [
      "one id",
      [
        { id: "1", title: "a" },
        { id: "1", title: "b" },
      ],
    ],
    [
      "one id and link",
      [
        { id: "1", link: LINK, title: "a" },
        { id: "1", link: LINK, title: "b" },
      ],
    ],
    [
      "one id, and links of their own",
      [
        { id: "1", link: `${LINK}/1`, title: "a" },
        { id: "1", link: `${LINK}/2`, title: "a" },
      ],
    ],
    [
      "one link, and ids of their own",
      [
        { id: "1", link: LINK, title: "a", text: "1" },
        { id: "2", link: LINK, title: "a", text: "2" },
      ],
    ],
    [
      "links that differ by how a reader came",
      [
        { link: `${LINK}?utm_id=1`, title: "a" },
        { link: `${LINK}?utm_id=2`, title: "b" },
      ],
    ],
    ["neither", [{ title: "a" }, { title: "b" }]],
  ])("and has %s", async (_what, items) => {
    expect((await candidates(items, format)).map(({ draft }) => draft.title)).toEqual(
      items.map(({ title }) => title),
    );
  });

  test("whatever ids, links and dates they share; what is read twice is one, and no news when it comes again", async () => {
    const said = fc.record({
      id: fc.constantFrom(undefined, "1", "2"),
      link: fc.constantFrom(undefined, LINK, `${LINK}/2`, "https://up.example/"),
      title: fc.constantFrom("x", "y", "z"),
      text: fc.constantFrom("", "one", "<p>two</p>"),
      date: fc.constantFrom(undefined, "2030-01-01T00:00:00Z"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(said, { maxLength: 8 }), async (items) => {
        const first = await candidates(items, format);
        const different = new Set(items.map(({ title, text }) => JSON.stringify([title, text])));
        expect(
          new Set(
            first.map(({ draft }) => JSON.stringify([draft.title, draft.content_html, draft.content_text])),
          ).size,
        ).toBe(different.size);
        const { fresh } = newsIn(first, []);
        expect(new Set(fresh.map(({ content, draft }) => content ?? draft.title)).size).toBe(
          new Set(first.map(({ content, draft }) => content ?? draft.title)).size,
        );
        const again = newsIn(await candidates(items, format), fresh);
        expect([again.fresh, again.changed]).toEqual([[], []]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("what is read the same is no update", () => {
  const version = async (item: string): Promise<string | undefined> => {
    const feed = readFeed(
      `<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Up</title><item><guid isPermaLink="false">1</guid><title>a</title>${item}</item></channel></rss>`,
      "https://up.example/feed",
    );
    return feed ? (await candidatesOf(feed, "up.example", SITE, plainText))[0]?.version : undefined;
  };
  const html = (text: string) => `<description>${escaped(text)}</description>`;

  test.each([
    [
      "tags in another order",
      "<category>a</category><category>b</category>",
      "<category>b</category><category>A</category>",
    ],
    [
      "a way to come",
      "<link>https://x.example/1</link>",
      "<link>http://www.x.example/1/?utm_source=rss&amp;fbclid=x</link>",
    ],
    [
      "a way to come that says rss",
      "<link>https://x.example/1?a=1</link>",
      "<link>https://x.example/1?a=1&amp;ref=rss</link>",
    ],
    [
      "a way to come, in the text",
      html('<a href="https://x.example/1">y</a>'),
      html('<a href="https://x.example/1?utm_medium=feed">y</a>'),
    ],
    [
      "a counting pixel",
      html("<p>x</p>"),
      html('<p>x<img src="https://c.example/p.gif?n=1" width=1 height="1"></p>'),
    ],
    [
      "a counting pixel by its style",
      html("<p>x</p>"),
      html('<p>x</p><img style="display:none" src="https://c.example/2">'),
    ],
    ["what is new in a picture's address", html('<img src="/a.jpg?n=1">'), html('<img src="/a.jpg?n=2">')],
    [
      "what is new in a file's address",
      '<enclosure url="https://x.example/a.mp3?token=1"/>',
      '<enclosure url="https://x.example/a.mp3?token=2"/>',
    ],
    [
      "what is new in an image's address",
      '<media:thumbnail url="https://x.example/a.jpg?s=1"/>',
      '<media:thumbnail url="https://x.example/a.jpg?s=2"/>',
    ],
    ["a nonce", html('<a href="/p?id=1&amp;_=123">y</a>'), html('<a href="/p?id=1&amp;_=456">y</a>')],
    ["white space", html("<p>One two.</p><p>x</p>"), html("<p>One\n  two. </p>\n\n<p>x</p>\n")],
    [
      "attributes in another order",
      html('<a href="/x" title="t">y</a>'),
      html("<A TITLE='t' class=new HREF='/x'>y</A>"),
    ],
    ["how a letter is written", html("<p>caf\u00e9 &#8217; x</p>"), html("<p>cafe\u0301 \u2019&nbsp;x</p>")],
    ["comments and scripts", html("<p>x</p>"), html("<p>x</p><!-- 123 --><script>n=1</script>")],
    ["the date", "<pubDate>2030-01-01</pubDate>", "<pubDate>2030-01-02</pubDate>"],
  ])("%s", async (_what, before, after) => {
    expect(await version(after)).toBe(await version(before));
  });

  test.each([
    ["a word", html("<p>One two.</p>"), html("<p>One three.</p>")],
    ["where a link leads", html('<a href="/1">y</a>'), html('<a href="/2">y</a>')],
    ["a page by its query", "<link>https://x.example/?p=1</link>", "<link>https://x.example/?p=2</link>"],
    ["another picture", html('<img src="/a.jpg">'), html('<img src="/b.jpg">')],
    ["a new tag", "<category>a</category>", "<category>a</category><category>b</category>"],
    [
      "another file",
      '<enclosure url="https://x.example/a.mp3"/>',
      '<enclosure url="https://x.example/b.mp3"/>',
    ],
    ["emphasis", html("<p>x</p>"), html("<p><b>x</b></p>")],
  ])("but %s is", async (_what, before, after) => {
    expect(await version(after)).not.toBe(await version(before));
  });

  test("nor is what the feed calls itself", async () => {
    const feed = (title: string) =>
      FORMATS.rss?.([{ id: "1", title: "a" }]).replace("<title>Up<", `<title>${title}<`) ?? "";
    const [one, other] = await Promise.all(
      ["Up", "Renamed"].map(async (title) => {
        const read = readFeed(feed(title), "https://up.example/feed");
        return read && (await candidatesOf(read, "up.example", SITE, plainText))[0];
      }),
    );
    expect(other?.draft.source?.name).toBe("Renamed");
    expect(other?.version).toBe(one?.version);
  });
});
