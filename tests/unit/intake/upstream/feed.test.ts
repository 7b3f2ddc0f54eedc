import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentHtml, plainText } from "../../../../src/feeds/content.ts";
import { dateOf, draftOf } from "../../../../src/intake/upstream/article.ts";
import { decoded } from "../../../../src/intake/upstream/charset.ts";
import { readFeed } from "../../../../src/intake/upstream/feed.ts";
import { candidatesOf } from "../../../../src/intake/upstream/news.ts";
import { ArticleInput } from "../../../../src/model/article.ts";
import { LIMITS } from "../../../../src/model/limits.ts";
import { parse } from "../../../../src/model/parse.ts";
import { KINDS } from "../../../support/kinds.ts";

const ADDRESS = "https://up.example/blog/feed.xml";
const NAMESPACES = `xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
  xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:atom="http://www.w3.org/2005/Atom"`;

const inRss = (item: string, channel = "<title>Up</title><link>https://up.example/</link>"): string =>
  `<rss version="2.0" ${NAMESPACES}><channel>${channel}<item>${item}</item></channel></rss>`;
const inAtom = (entry: string, feed = "<title>Up</title>", attributes = ""): string =>
  `<feed xmlns="http://www.w3.org/2005/Atom" ${attributes}>${feed}<entry>${entry}</entry></feed>`;

/** The article that the first item of a feed is. */
function draft(text: string) {
  const feed = readFeed(text, ADDRESS);
  const item = feed?.items[0];
  return feed && item ? draftOf(item, feed, "up.example", plainText) : null;
}

/** The content of the first item, as it is shown. */
function shown(text: string): string | null {
  const article = draft(text);
  return article && contentHtml(article, "https://news.example/articles/x");
}

describe("a title", () => {
  test.each([
    ["plain", inRss("<title>Fish &amp; chips</title>"), "Fish & chips"],
    ["escaped twice", inRss("<title>Fish &amp;amp; chips</title>"), "Fish & chips"],
    ["with markup", inRss("<title><![CDATA[<b>Fish</b> <i>chips</i>]]></title>"), "Fish chips"],
    ["with what looks like markup", inRss("<title>1 &lt; 2</title>"), "1 < 2"],
    [
      "of text that would be markup",
      inAtom('<title type="text">The &lt;b&gt; element</title>'),
      "The <b> element",
    ],
    ["of HTML", inAtom('<title type="html">&lt;b&gt;Fish&lt;/b&gt; &amp;amp; chips</title>'), "Fish & chips"],
    [
      "of XHTML",
      inAtom(
        '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><b>Fish</b> &amp; chips</div></title>',
      ),
      "Fish & chips",
    ],
    ["on several lines", inRss("<title>\n Fish\n  and chips </title>"), "Fish and chips"],
    [
      "missing: the first words",
      inRss("<description>&lt;p&gt;Only words.&lt;/p&gt;</description>"),
      "Only words.",
    ],
    ["too long", inRss(`<title>${"long ".repeat(200)}</title>`), `${"long ".repeat(99)}long…`.slice(0, 500)],
  ])("%s", (_what, text, title) => {
    expect(draft(text)?.title).toBe(title);
  });

  test("missing, and no words either: that is no article", () => {
    expect(draft(inRss("<link>https://up.example/a</link>"))).toBeNull();
  });
});

describe("a link", () => {
  test.each([
    ["its own", inRss("<title>a</title><link>https://up.example/a</link>"), "https://up.example/a"],
    ["relative", inRss("<title>a</title><link>/a b?c=1&amp;d=2</link>"), "https://up.example/a%20b?c=1&d=2"],
    ["of the guid", inRss("<title>a</title><guid>https://up.example/g</guid>"), "https://up.example/g"],
    [
      "not of a guid that says it is none",
      inRss('<title>a</title><guid isPermaLink="false">https://up.example/g</guid>'),
      undefined,
    ],
    ["no script", inRss("<title>a</title><link>javascript:alert(1)</link>"), undefined],
    [
      "by xml:base",
      inAtom('<title>a</title><link href="a"/>', "", 'xml:base="https://up.example/x/"'),
      "https://up.example/x/a",
    ],
    [
      "the page among several",
      inAtom(
        '<title>a</title><link rel="self" href="/s"/><link rel="alternate" type="application/json" href="/j"/><link rel="alternate" type="text/html" href="/h"/>',
      ),
      "https://up.example/h",
    ],
    [
      "of an id that is an address",
      inAtom("<title>a</title><id>https://up.example/id</id>"),
      "https://up.example/id",
    ],
  ])("%s", (_what, text, url) => {
    expect(draft(text)?.url).toBe(url);
  });
});

describe("content", () => {
  test("encoded content before the description, which is its summary then", () => {
    const item =
      "<title>a</title><description>In &lt;i&gt;short&lt;/i&gt;</description><content:encoded><![CDATA[<p>At length</p>]]></content:encoded>";
    expect(draft(inRss(item))).toMatchObject({ summary: "In short", content_html: "<p>At length</p>" });
  });

  test("a summary with markup, where there is no content", () => {
    const text = inAtom(
      '<title>a</title><summary type="html">&lt;a href="https://x.example/"&gt;There&lt;/a&gt;</summary>',
    );
    expect(draft(text)).toMatchObject({ content_html: '<a href="https://x.example/">There</a>' });
    expect(draft(text)).not.toHaveProperty("summary");
  });

  test("plain text keeps its lines", () => {
    expect(shown(inRss("<title>a</title><description>One.\n\nTwo.</description>"))).toBe(
      "<p>One.</p><p>Two.</p>",
    );
  });

  test.each([
    [
      "the item's link",
      inRss(
        '<title>a</title><link>https://up.example/x/a</link><description>&lt;img src="b.png"&gt;</description>',
      ),
      "https://up.example/x/b.png",
    ],
    [
      "the feed's page, where it has none",
      inRss('<title>a</title><description>&lt;img src="b.png"&gt;</description>'),
      "https://up.example/b.png",
    ],
    [
      "xml:base",
      inAtom(
        '<title>a</title><link href="https://up.example/a"/><content type="html" xml:base="https://cdn.example/y/">&lt;img src="b.png"&gt;</content>',
      ),
      "https://cdn.example/y/b.png",
    ],
  ])("relative addresses begin at %s", (_what, text, address) => {
    expect(shown(text)).toBe(`<img src="${address}" />`);
  });

  test("is as safe as any", () => {
    const evil =
      "&lt;script&gt;alert(1)&lt;/script&gt;&lt;p onclick=x&gt;Words&lt;iframe src=//x&gt;&lt;/iframe&gt;&lt;/p&gt;";
    expect(shown(inRss(`<title>a</title><description>${evil}</description>`))).toBe("<p>Words</p>");
  });

  test("that is no text is left out", () => {
    expect(draft(inAtom('<title>a</title><content type="image/png">AAAA</content>'))).toEqual({
      title: "a",
      source: { name: "Up" },
    });
  });

  test("that is too long leaves its beginning as the summary", () => {
    const article = draft(inRss(`<title>a</title><description>${"words ".repeat(80_000)}</description>`));
    expect(article).not.toHaveProperty("content_text");
    expect(article?.summary).toHaveLength(LIMITS.SUMMARY_CHARACTERS);
  });
});

describe("what belongs to an item", () => {
  test("people, tags, pictures and files", () => {
    const item = `<title>a</title><dc:creator>Aynur</dc:creator><dc:creator>Ben</dc:creator><category>x</category><category> x </category>
      <category domain="d">y</category><enclosure url="/a.mp3" length="123" type="audio/mpeg"/><enclosure url="/b" length="" type="strange"/>
      <media:content url="/c.jpg" medium="image"/><itunes:image href="/d.png"/>`;
    expect(draft(inRss(item))).toMatchObject({
      authors: [{ name: "Aynur" }, { name: "Ben" }],
      tags: ["x", "y"],
      image: "https://up.example/d.png",
      attachments: [
        { url: "https://up.example/a.mp3", mime_type: "audio/mpeg", size_in_bytes: 123 },
        { url: "https://up.example/b", mime_type: "application/octet-stream" },
      ],
    });
  });

  test("an entry without an author has its feed's, and a language may be the feed's", () => {
    const text = inAtom(
      "<title>a</title>",
      "<title>Up</title><author><name>All of us</name><uri>/us</uri></author>",
      'xml:lang="pt_BR"',
    );
    expect(draft(text)).toMatchObject({
      authors: [{ name: "All of us", url: "https://up.example/us" }],
      language: "pt-BR",
    });
  });

  test("whose it is: the feed it was taken from, the feed it stands in, or the server", () => {
    expect(
      draft(inRss('<title>a</title><source url="https://x.example/feed">Another</source>'))?.source,
    ).toEqual({ name: "Another", url: "https://up.example/" });
    expect(draft(inRss("<title>a</title><link>https://up.example/a</link>"))?.source).toEqual({
      name: "Up",
      url: "https://up.example/a",
    });
    expect(draft(inRss("<title>a</title>", ""))?.source).toEqual({ name: "up.example" });
  });

  test("its date: the first that is one, and not the first day of 1970", () => {
    const date = (item: string) => {
      const [one] = readFeed(inRss(item), ADDRESS)?.items ?? [];
      return one ? (dateOf(one)?.ms ?? null) : undefined;
    };
    expect(date("<title>a</title><pubDate>soon</pubDate><dc:date>2030-01-01</dc:date>")).toBe(
      Date.UTC(2030, 0, 1),
    );
    expect(date("<title>a</title><pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>")).toBeNull();
  });
});

describe("a feed", () => {
  test("says how often it wants to be asked", () => {
    const kept = (channel: string) => readFeed(inRss("<title>a</title>", channel), ADDRESS)?.keptMinutes;
    expect(kept("<ttl>90</ttl>")).toBe(90);
    expect(kept("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>")).toBe(
      360,
    );
    expect(kept("<ttl>x</ttl><sy:updatePeriod>never</sy:updatePeriod>")).toBe(0);
    expect(
      readFeed(
        inRss("<title>a</title>", "<title>Up</title><skipHours><hour>3</hour><hour>4</hour></skipHours>"),
        ADDRESS,
      )?.skipHours,
    ).toEqual([3, 4]);
  });

  test("declares nothing that is believed", () => {
    const lines = Array.from(
      { length: 20 },
      (_, n) => `<!ENTITY l${n + 1} "&l${n};&l${n};&l${n};&l${n};">`,
    ).join("");
    const bomb = `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha"><!ENTITY x SYSTEM "file:///etc/passwd">${lines}]>`;
    const article = draft(bomb + inRss("<title>a</title><description>&l20;&x;</description>"));
    expect(article?.content_html ?? article?.content_text).toHaveLength("&l20;&x;".length);
  });

  test("with nothing in it has no items; one whose items cannot be found is broken", () => {
    expect(readFeed("<rss version='2.0'><channel></channel></rss>", ADDRESS)?.items).toEqual([]);
    expect(readFeed('<feed xmlns="http://www.w3.org/2005/Atom"></feed>', ADDRESS)?.items).toEqual([]);
    expect(
      readFeed(inRss("<title>a</title>", "<title>Up</title><itunes:category text='x'>"), ADDRESS),
    ).toBeNull();
  });

  test("of JSON may speak of feeds and tags", () => {
    const items = [{ id: "1", title: `<rss ${"<a '".repeat(100)}` }];
    const text = JSON.stringify({ version: "https://jsonfeed.org/version/1.1", title: "Up", items });
    expect(readFeed(text, ADDRESS)?.items).toHaveLength(1);
  });

  test("with a stray bracket is read; with many it is broken, and keeps nobody busy", () => {
    expect(draft(inRss("<title>a</title><description>1 < 2, it's said</description>"))?.title).toBe("a");
    const open = `<rss version="2.0"><channel><item><description>${"<a".repeat(900_000)}'</rss>`;
    // Hours, if each were looked for to the end: the test would not come to its own.
    expect(readFeed(open, ADDRESS)).toBeNull();
    expect(readFeed("<!-- <rss ".repeat(200_000), ADDRESS)).toBeNull();
  });

  test("within a page, or after comments, is found", () => {
    expect(draft(`<!DOCTYPE html><html><body>${inRss("<title>a</title>")}</body></html>`)?.title).toBe("a");
    expect(draft(`<!-- no <rss > --><?xml-stylesheet href="x"?>${inRss("<title>a</title>")}`)?.title).toBe(
      "a",
    );
  });

  test.each([
    "",
    "{}",
    "[]",
    "null",
    "<html><body><p>Hello</p></body></html>",
    '{"version":"1"}',
    "plain words",
    "<rss",
  ])("%j is none", (text) => {
    expect(readFeed(text, ADDRESS)).toBeNull();
  });
});

describe("whatever strangers send", () => {
  const pieces = fc.constantFrom(
    "<rss version='2.0'>",
    "<channel>",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<link>",
    "<description>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<feed xmlns='http://www.w3.org/2005/Atom'>",
    "<entry>",
    "</entry>",
    "<content type='xhtml'>",
    "<div>",
    "</div>",
    "&lt;b&gt;",
    "&",
    "&#0;",
    "&#x110000;",
    "&bogus;",
    "<link href='//'/>",
    "<link href='http://[/'/>",
    "<guid>1</guid>",
    "<pubDate>",
    "\u0000",
    "\uD800",
    "__proto__",
    "<constructor>",
    "<__proto__>",
    "<enclosure url='http://a b/' length='-1' type=''/>",
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>",
    '{"version":"https://jsonfeed.org/version/1.1","items":[',
    '{"id":{},"title":[1]}',
    "]}",
    "<!DOCTYPE x [",
    ">",
  );
  const soup = fc
    .array(fc.oneof(pieces, fc.string({ unit: "binary", maxLength: 10 })), { maxLength: 40 })
    .map((some) => some.join(""));
  const site = { publicUrl: "https://news.example", tagAuthority: "communique.example,2025" };

  /** Reads bytes as a poll does; every draft that comes of it is an article's input. */
  async function take(bytes: Uint8Array, contentType: string): Promise<void> {
    const feed = readFeed(decoded(bytes, contentType), ADDRESS);
    const candidates = feed ? await candidatesOf(feed, "up.example", site, plainText) : [];
    for (const { draft: one } of candidates) expect(parse(ArticleInput, one)).toMatchObject({ ok: true });
  }

  test("tag soup takes nothing down", async () => {
    await fc.assert(
      fc.asyncProperty(soup, (text) => take(new TextEncoder().encode(text), "text/xml")),
      { numRuns: 500 },
    );
  });

  test("nor do feeds with bytes changed, cut or put in", async () => {
    const kind = fc.constantFrom(...KINDS);
    const edits = fc.array(fc.tuple(fc.nat(2_000), fc.nat(3), fc.uint8Array({ maxLength: 6 })), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(
        kind,
        edits,
        fc.constantFrom("", "text/xml; charset=utf-16", "x; charset=gb18030", "x;charset=x"),
        async ({ bytes }, some, contentType) => {
          let changed = [...bytes];
          for (const [at, count, put] of some)
            changed = changed.toSpliced(at % (changed.length + 1), count, ...put);
          await take(Uint8Array.from(changed), contentType);
        },
      ),
      { numRuns: 500 },
    );
  });
});
