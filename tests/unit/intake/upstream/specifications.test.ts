import { describe, expect, test } from "vitest";
import { plainText } from "../../../../src/feeds/content.ts";
import { draftOf } from "../../../../src/intake/upstream/article.ts";
import { readFeed } from "../../../../src/intake/upstream/feed.ts";

const ADDRESS = "https://up.example/dir/feed.xml";
const NAMESPACES = `xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:dcterms="http://purl.org/dc/terms/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"
  xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0"`;
const rss = (item: string, channel = "", attributes = ""): string =>
  `<rss version="2.0" ${NAMESPACES} ${attributes}><channel><title>Up</title><link>https://up.example/</link>${channel}
    <item><title>a</title>${item}</item></channel></rss>`;
const atom = (entry: string, attributes = ""): string =>
  `<feed xmlns="http://www.w3.org/2005/Atom" ${NAMESPACES} ${attributes}><title>Up</title>
    <entry><id>urn:1</id>${entry}</entry></feed>`;

/** The articles that a feed's items are. */
function drafts(text: string) {
  const feed = readFeed(text, ADDRESS);
  return feed?.items.map((item) => draftOf(item, feed, "up.example", plainText)) ?? null;
}
const draft = (text: string) => drafts(text)?.[0];

describe("a text construct of Atom (RFC 4287 §3.1)", () => {
  test.each(["", ' type="text"', ' type="TEXT"', ' type="text/plain"'])("<title%s> is text", (type) => {
    expect(draft(atom(`<title${type}>Why &lt;col&gt; &amp;amp; &lt;b&gt;</title>`))?.title).toBe(
      "Why <col> &amp; <b>",
    );
  });

  test.each(["summary", "content"])("a %s without a type is text", (name) => {
    const { summary, content_text, content_html } =
      draft(atom(`<title>a</title><${name}>1 &lt;i&gt; 2</${name}>`)) ?? {};
    expect(summary ?? content_text).toBe("1 <i> 2");
    expect(content_html).toBeUndefined();
  });

  test("of HTML is HTML, escaped or in a section", () => {
    expect(draft(atom('<title type="html">&lt;b&gt;a&lt;/b&gt; &amp;amp; b</title>'))?.title).toBe("a & b");
    expect(
      draft(atom('<title>a</title><content type="html"><![CDATA[<p>x & y</p>]]></content>'))?.content_html,
    ).toBe("<p>x & y</p>");
  });

  test("of XHTML is what stands in its div, under any prefix, as HTML has it", () => {
    const div = `<h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>x<h:a id="n"/> &lt; <![CDATA[<y>]]><h:br/></h:p></h:div>`;
    expect(draft(atom(`<title>a</title><content type="xhtml">${div}</content>`))?.content_html).toBe(
      '<p>x<a id="n"></a> &lt; &lt;y><br/></p>',
    );
  });
});

describe("xml:base counts", () => {
  const items = (
    root: string,
    channel: string,
    item: string,
    link = "",
  ) => `<rss version="2.0" ${root}><channel ${channel}>
    <title>Up</title><link>https://home.example/</link><item ${item}><title>a</title><link ${link}>p</link></item></channel></rss>`;
  test.each([
    ["on rss", items('xml:base="https://b.example/x/"', "", ""), "https://b.example/x/p"],
    ["on channel", items("", 'xml:base="https://b.example/x/"', ""), "https://b.example/x/p"],
    ["on item", items("", "", 'xml:base="https://b.example/x/"'), "https://b.example/x/p"],
    ["on link", items("", "", "", 'xml:base="https://b.example/x/"'), "https://b.example/x/p"],
    [
      "relative, at each level",
      items('xml:base="/x/"', 'xml:base="y/"', 'xml:base="z/"'),
      "https://up.example/x/y/z/p",
    ],
    [
      "on feed and entry",
      atom('<title>a</title><link xml:base="l/" href="p"/>', 'xml:base="/f/"'),
      "https://up.example/f/l/p",
    ],
    [
      "with references",
      items('xml:base="https://b.example/x/?a=1&amp;b=2"', "", "").replace(">p<", ">p?c=1&amp;d=2<"),
      "https://b.example/x/p?c=1&d=2",
    ],
    ["nowhere: then the channel's page does", items("", "", ""), "https://home.example/p"],
  ])("%s", (_where, text, url) => {
    expect(draft(text)?.url).toBe(url);
  });

  test("for addresses in content and for files, too", () => {
    const html = "&lt;a href=&quot;q&quot;&gt;r&lt;/a&gt;";
    const one = draft(
      rss(
        `<description>${html}</description><enclosure url="e.mp3"/>`,
        "",
        'xml:base="https://b.example/x/"',
      ),
    );
    expect(one?.content_html).toBe('<base href="https://b.example/x/"><a href="q">r</a>');
    expect(one?.attachments?.[0]?.url).toBe("https://b.example/x/e.mp3");
    const own = draft(rss(`<description xml:base="/own/">${html}</description>`))?.content_html;
    expect(own).toBe('<base href="https://up.example/own/"><a href="q">r</a>');
  });
});

describe("a prefix on the root", () => {
  test.each([
    ["RSS, of a known namespace", "r", "http://backend.userland.com/rss2"],
    ["RSS, of any", "my-rss", "urn:whatever"],
  ])("of %s", (_what, prefix, namespace) => {
    const text = `<p:rss version="2.0" xmlns:p="${namespace}"><p:channel><p:title>Up</p:title>
      <p:item><p:title>a</p:title><p:link>https://up.example/1</p:link></p:item></p:channel></p:rss>`;
    expect(draft(text.replaceAll("p:", `${prefix}:`))).toMatchObject({
      title: "a",
      url: "https://up.example/1",
    });
  });

  test("of RDF, and on what is in it", () => {
    const text = `<x:RDF xmlns:x="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:s="http://purl.org/rss/1.0/"
      xmlns:d="http://purl.org/dc/elements/1.1/"><s:channel><s:title>Up</s:title></s:channel>
      <s:item x:about="https://up.example/1"><s:title>a</s:title><d:creator>Ann</d:creator></s:item></x:RDF>`;
    expect(draft(text)).toMatchObject({
      title: "a",
      url: "https://up.example/1",
      authors: [{ name: "Ann" }],
    });
  });

  test("of modules may be any, and their namespace be written in any way", () => {
    const text = `<rss version="2.0" xmlns:m="https://search.yahoo.com/MRSS" xmlns:c="http://purl.org/rss/1.0/modules/content"
      xmlns:a10="http://www.w3.org/2005/Atom"><channel><title>Up</title><item><title>a</title><m:thumbnail url="/t.jpg"/>
      <c:encoded>&lt;p&gt;x&lt;/p&gt;</c:encoded><a10:author><a10:name>Ann</a10:name></a10:author>
      <link xmlns="http://www.w3.org/2005/Atom" href="/1"/></item></channel></rss>`;
    expect(draft(text)).toMatchObject({
      url: "https://up.example/1",
      image: "https://up.example/t.jpg",
      content_html: "<p>x</p>",
      authors: [{ name: "Ann" }],
    });
  });
});

describe("authors", () => {
  const named = (item: string, channel = "") => draft(rss(item, channel))?.authors?.map(({ name }) => name);
  test.each([
    ["<author>me@up.example (Ann Lee)</author>", ["Ann Lee"]],
    ["<author>Ann Lee &lt;me@up.example&gt;</author>", ["Ann Lee"]],
    ["<author>me@up.example</author>", ["me@up.example"]],
    ["<dc:creator>me@up.example (Ann Lee)</dc:creator>", ["Ann Lee"]],
    ["<dc:creator>Ann Lee (me@up.example)</dc:creator><dc:creator>Bob</dc:creator>", ["Ann Lee", "Bob"]],
    ["<dc:creator>Lee, Ann; Ray, Bob</dc:creator>", ["Lee, Ann", "Ray, Bob"]],
    ["<dc:creator>Lee &amp; Ray</dc:creator>", ["Lee & Ray"]],
    ["<itunes:author>Ann</itunes:author>", ["Ann"]],
    ["<podcast:person role='host'>Ann</podcast:person><podcast:person>Bob</podcast:person>", ["Ann", "Bob"]],
    ["<dcterms:creator>Ann</dcterms:creator>", ["Ann"]],
    ["<media:credit role='author'>Ann</media:credit><media:credit role='editor'>Bob</media:credit>", ["Ann"]],
  ])("%s", (item, names) => {
    expect(named(item)).toEqual(names);
  });

  test("may be the podcast's", () => {
    expect(named("", "<itunes:author>The show</itunes:author>")).toEqual(["The show"]);
  });

  test.each(["dc:creator", "author", "itunes:author"])("of a long %s are parted, or cut", (element) => {
    const people = Array.from({ length: 30 }, (_, index) => `Ann Lee${index}`);
    expect(named(`<${element}>${people.join(", ")}</${element}>`)).toEqual(people);
    const journal = Array.from({ length: 30 }, (_, index) => `Surname${index}, N. A.`);
    expect(named(`<${element}>${journal.join(", ")}</${element}>`)).toEqual(journal);
    expect(named(`<${element}>${"word ".repeat(100)}</${element}>`)?.[0]).toMatch(/^word word.*…$/);
  });
});

describe("what is attached", () => {
  test.each([
    ['<enclosure url="/a.mp3?x=1"/>', "audio/mpeg"],
    ['<enclosure url="/a.M4A" type=""/>', "audio/mp4"],
    ['<enclosure url="/a.ogg" type="audio"/>', "audio/ogg"],
    ['<enclosure url="/a.mp4" type="application/octet-stream"/>', "video/mp4"],
    ['<enclosure url="/get?file=a.pdf" type="pdf"/>', "application/pdf"],
    ['<media:content url="/watch?v=1" medium="video"/>', "video/mp4"],
    ['<media:content url="/a.webm"/>', "video/webm"],
    ['<enclosure url="/a"/>', "application/octet-stream"],
    ['<enclosure url="/a" type="audio/x-special"/>', "audio/x-special"],
  ])("%s is %s", (element, type) => {
    expect(draft(rss(element))?.attachments?.map(({ mime_type }) => mime_type)).toEqual([type]);
  });

  test.each([
    '<media:content url="https://up.example/a.jpg"/>',
    '<media:content url="https://up.example/a.jpg" medium="image"/>',
    '<media:content url="https://up.example/a.jpg" type="image"/>',
    '<enclosure url="https://up.example/a.jpg" length="1"/>',
    '<enclosure url="https://up.example/a.jpg" type="application/octet-stream"/>',
    '<media:thumbnail url="https://up.example/a.jpg"/>',
    '<media:group><media:content url="https://up.example/a.jpg"/></media:group>',
    '<itunes:image href="https://up.example/a.jpg"/>',
  ])("%s is its image, and no file", (element) => {
    expect(draft(rss(element))).toMatchObject({ image: "https://up.example/a.jpg" });
    expect(draft(rss(element))).not.toHaveProperty("attachments");
  });

  test("in a group is one thing in several forms", () => {
    const group = `<media:group><media:content url="/a.webm"/><media:content url="/a.mp4" isDefault="true"/>
      <media:title>Clip</media:title><media:thumbnail url="/t.jpg"/></media:group>`;
    expect(draft(rss(group))).toMatchObject({
      image: "https://up.example/t.jpg",
      attachments: [{ url: "https://up.example/a.mp4", mime_type: "video/mp4", title: "Clip" }],
    });
  });

  test("to a JSON Feed without a type has that of its suffix", () => {
    const items = [
      { id: "1", title: "a", attachments: [{ url: "https://up.example/a.mp3" }, { url: "/b.png" }] },
    ];
    const text = JSON.stringify({ version: "https://jsonfeed.org/version/1.1", title: "Up", items });
    expect(draft(text)).toMatchObject({
      image: "https://up.example/b.png",
      attachments: [{ mime_type: "audio/mpeg" }],
    });
  });
});

test("Dublin Core and Media RSS say what RSS leaves out", () => {
  const text = rss(
    `<dc:description>Words</dc:description><dc:subject>x</dc:subject><dc:language>de</dc:language>`,
  );
  expect(draft(text)).toMatchObject({ content_text: "Words", tags: ["x"], language: "de" });
  const media = `<media:title>b</media:title><media:description type="html">&lt;p&gt;x&lt;/p&gt;</media:description><media:keywords>k, l</media:keywords>`;
  expect(draft(rss(media).replace("<title>a</title>", ""))).toMatchObject({
    title: "b",
    content_html: "<p>x</p>",
    tags: ["k", "l"],
  });
});

test("a feed says where its older items are, and where it has moved to", () => {
  const next = `<atom:link rel="next" href="?page=2"/><itunes:new-feed-url>https://new.example/f</itunes:new-feed-url>`;
  expect(readFeed(rss("", next), ADDRESS)).toMatchObject({
    next: "https://up.example/dir/feed.xml?page=2",
    movedTo: "https://new.example/f",
  });
  const json = { version: "https://jsonfeed.org/version/1.1", title: "Up", next_url: "/2", items: [] };
  expect(readFeed(JSON.stringify(json), ADDRESS)?.next).toBe("https://up.example/2");
});

test("a language may be said of all, or of one", () => {
  const text = `<rss version="2.0" xml:lang="fr"><channel><title>Up</title><item xml:lang="de"><title>a</title></item>
    <item><title>b</title></item></channel></rss>`;
  expect(drafts(text)?.map((one) => one?.language)).toEqual(["de", "fr"]);
});

test("markup that was not escaped is HTML, and content as a page has it is content", () => {
  expect(draft(rss("<description><p>x <b>y</b> &amp;</p></description>"))?.content_html).toBe(
    "<p>x <b>y</b> &amp;</p>",
  );
  expect(draft(rss('<body xmlns="http://www.w3.org/1999/xhtml"><p>x</p></body>'))?.content_html).toBe(
    "<p>x</p>",
  );
});

test("an element that says nothing does not hide the one that does", () => {
  const text = `<rss version="2.0"><channel><title/><title>Up</title><link href="https://up.example/feed" rel="self"/>
    <link>https://up.example/</link><item><title></title><title>a</title><link/><link>/1</link><pubDate/></item></channel></rss>`;
  expect(drafts(text)).toMatchObject([{ title: "a", url: "https://up.example/1", source: { name: "Up" } }]);
});

test.each(["1 < 2", "1 <2", "a <日本", "it's <b or not", "x<y>z"])(
  "a title with a stray bracket ends where it ends: %s",
  (title) => {
    const text = `<rss version="2.0"><channel><title>Up</title><item><title>${title}</title><link>/1</link></item></channel></rss>`;
    expect(draft(text)).toMatchObject({ url: "https://up.example/1" });
  },
);

describe("an end tag that is missing costs no other item", () => {
  const titles = (items: string) =>
    drafts(`<rss version="2.0"><channel><title>Up</title>${items}</channel></rss>`)?.map((one) => one?.title);
  test.each([
    ["of an item", "<item><title>a</title><item><title>b</title></item>"],
    ["of a title", "<item><title>a<link>/1</link></item><item><title>b</title></item>"],
    ["of something unknown", "<item><br><x:y><title>a</title></item><item><title>b</title></item>"],
    ["of many things", `<item><title>a</title>${"<hr>".repeat(100)}</item><item><title>b</title></item>`],
  ])("%s", (_what, items) => {
    expect(titles(items)).toEqual(["a", "b"]);
  });
});
