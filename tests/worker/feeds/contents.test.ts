import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";
import { beforeAll, describe, expect, test } from "vitest";
import { stopClock } from "../../support/clock.ts";
import { feedText, readItems, titlesInFeed } from "../../support/items.ts";
import { publish } from "../../support/objects.ts";
import { api, json, newArticle, newOrganization } from "../../support/service.ts";

beforeAll(() => {
  stopClock();
});

describe("the newest fifty", () => {
  test("of sixty stand in every format, newest first, whatever the order they came in", async () => {
    const slug = await newOrganization();
    // Seven and sixty have no common divisor: every minute once, in another order.
    const articles = Array.from({ length: 60 }, (_, index) => (index * 7) % 60).map((minute) => ({
      id: `${slug}-${minute}`,
      organizations: [slug],
      title: `Title ${minute}`,
      published_at: new Date(Date.UTC(2025, 0, 1, 0, minute)).toISOString(),
    }));
    expect(await json(api("POST", "/articles/batch", articles), 200)).toMatchObject({ accepted: 60 });
    await publish(slug);
    const newest = Array.from({ length: 50 }, (_, index) => `Title ${59 - index}`);
    const { rss, atom, json: items } = await readItems(slug);
    for (const feed of [rss, atom, items]) expect(feed.map((item) => item.title)).toEqual(newest);

    await api("DELETE", `/articles/${slug}-59`);
    expect(await titlesInFeed(slug)).toEqual([...newest.slice(1), "Title 9"]);
  });

  test("an article of long ago takes its place, or none", async () => {
    const slug = await newOrganization();
    await newArticle(slug, { title: "Second", published_at: "2025-02-01" });
    await newArticle(slug, { title: "First", published_at: "2025-03-01" });
    await newArticle(slug, { title: "Third", published_at: "2025-01-01" });
    expect(await titlesInFeed(slug)).toEqual(["First", "Second", "Third"]);
  });
});

describe("an item", () => {
  const FIELDS = {
    title: "All of it",
    url: "https://example.org/all?a=1&b=2#c",
    summary: "Short & <plain>.",
    content_html: '<p>Long &amp; <b>rich</b>, <a href="/more?x=1&amp;y=2">more</a>.</p>',
    language: "ar",
    authors: [{ name: "A. Author", url: "https://example.org/a" }, { name: "B. Author" }],
    tags: ["one", "two & three"],
    image: "https://example.org/picture.jpg?w=1&h=2",
    attachments: [
      { url: "https://example.org/a.mp3?x=1&y=2", mime_type: "audio/mpeg", size_in_bytes: 1234 },
      { url: "https://example.org/b.pdf", mime_type: "application/pdf", title: "Annex B" },
    ],
    published_at: "2025-12-17T13:11:00+04:00",
    source: { name: "A newspaper", url: "https://paper.example/" },
  };

  test("says the same in every format", async () => {
    const slug = await newOrganization();
    const { id } = await newArticle(slug, FIELDS);
    await publish(slug);
    const said = {
      id: `tag:communique.example,2025:article/${id}`,
      title: "All of it",
      summary: "Short & <plain>.",
      content:
        '<div dir="rtl"><p>Long &#x26; <b>rich</b>, <a href="https://example.org/more?x=1&#x26;y=2">more</a>.</p></div>',
      link: "https://example.org/all?a=1&b=2#c",
      tags: ["one", "two & three"],
      authors: ["A. Author", "B. Author"],
    };
    const { rss, atom, json: items } = await readItems(slug);
    expect(rss).toEqual([{ ...said, summary: "Short &amp; &lt;plain&gt;." }]);
    expect(atom).toEqual([said]);
    expect(items).toEqual([said]);
  });

  test("is read by feedsmith with its dates, attachments, picture and source", async () => {
    const slug = await newOrganization();
    const { updated_at } = await newArticle(slug, FIELDS);
    await publish(slug);
    const [rss] = parseRssFeed(await feedText(slug, "rss")).items ?? [];
    expect(rss).toMatchObject({
      pubDate: "Wed, 17 Dec 2025 09:11:00 GMT",
      guid: { isPermaLink: false },
      enclosures: [{ url: "https://example.org/a.mp3?x=1&y=2", length: 1234, type: "audio/mpeg" }],
      source: { title: "A newspaper", url: "https://paper.example/" },
    });
    const [atom] = parseAtomFeed(await feedText(slug, "atom")).entries ?? [];
    expect(atom).toMatchObject({ updated: expect.any(String), content: { type: "html" } });
    expect(Date.parse(String(atom?.published))).toBe(Date.UTC(2025, 11, 17, 9, 11));
    // To the second; the fraction is the article's own, for readers that sort by it.
    expect(atom?.updated?.toString().slice(0, 19)).toBe(updated_at.slice(0, 19));
    expect(atom?.links?.filter((link) => link.rel === "enclosure")).toEqual([
      { rel: "enclosure", href: "https://example.org/a.mp3?x=1&y=2", type: "audio/mpeg", length: 1234 },
      { rel: "enclosure", href: "https://example.org/b.pdf", type: "application/pdf", title: "Annex B" },
    ]);
    const [item] = parseJsonFeed(await feedText(slug, "json")).items ?? [];
    expect(item).toMatchObject({
      date_published: "2025-12-17T09:11:00Z",
      date_modified: updated_at,
      language: "ar",
      image: "https://example.org/picture.jpg?w=1&h=2",
      attachments: FIELDS.attachments,
    });
  });

  test("without an address leads to its page here; its id never changes", async () => {
    const slug = await newOrganization();
    const { id } = await newArticle(slug, { title: "Before" });
    await publish(slug);
    const before = await readItems(slug);
    expect(before.rss[0]?.link).toBe(`https://news.example/articles/${id}`);
    const moved = { organizations: [slug], title: "After", url: "https://example.org/after" };
    await json(api("PUT", `/articles/${id}`, moved), 200);
    await publish(slug);
    const after = await readItems(slug);
    expect(after.rss[0]).toMatchObject({ title: "After", link: "https://example.org/after" });
    for (const format of ["rss", "atom", "json"] as const) {
      expect(after[format][0]?.id).toBe(before.rss[0]?.id);
    }
  });

  test("carries only harmless HTML", async () => {
    const slug = await newOrganization();
    await newArticle(slug, {
      content_html:
        '<p onclick="a()">Hi<script>b()</script> <a href="javascript:c()">there</a> ]]> ]]> <img src=x onerror=d()></p>',
      url: "https://example.org/",
    });
    await publish(slug);
    const { rss, atom, json: items } = await readItems(slug);
    const content = '<p>Hi <a>there</a> ]]> ]]> <img src="https://example.org/x" /></p>';
    expect([rss[0]?.content, atom[0]?.content, items[0]?.content]).toEqual([content, content, content]);
  });
});

describe("words come out as they went in", () => {
  test.each([
    ["an ampersand and signs", "Fish & chips < 5 \"now\" 'here' >"],
    ["a tag that never ends", "5 <b 6 <b> 7"],
    ["the end of CDATA, twice", "a ]]> b ]]> c"],
    ["a whole CDATA section, twice", "<![CDATA[a]]> <![CDATA[b]]>"],
    ["literal references", "&amp; &lt; &#60; &#x26; &nbsp; &copy;"],
    ["references of references", "&amp;amp; &amp;lt;script&amp;gt;"],
    ["emoji", "\u{1F389} \u{1F468}\u200D\u{1F469}\u200D\u{1F467} \u{1F1E6}\u{1F1FF}"],
    [
      "Arabic, with marks of direction",
      "\u0627\u0644\u0628\u064A\u0627\u0646 \u200F(2025)\u200F \u2067abc\u2069",
    ],
    ["letters of many scripts", "\u0130\u0131\u015F\u0259 \u4E2D\u6587 \u0E44\u0E17\u0E22 e\u0301"],
    ["what looks like a comment or an instruction", "<!-- a --> <?php b ?> --> <!DOCTYPE c>"],
    ["JSON's own signs", '{"a":"b\\c"} \\u0041 \\n'],
  ])("%s", async (_name, text) => {
    const slug = await newOrganization();
    await newArticle(slug, { title: text, summary: text, tags: [text], authors: [{ name: text }] });
    await publish(slug);
    const { rss, atom, json: items } = await readItems(slug);
    const said = { title: text, summary: text, tags: [text], authors: [text] };
    const html = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    expect(rss).toMatchObject([{ ...said, summary: html }]);
    expect(atom).toMatchObject([said]);
    expect(items).toMatchObject([said]);
  });

  test("markup is shown, not obeyed: RSS, which readers take for HTML where a tag ends, has it as HTML", async () => {
    const slug = await newOrganization();
    const text = "Tea & <b>cake</b> <script>alert(1)</script>";
    await newArticle(slug, { title: text, summary: text });
    await publish(slug);
    const { rss, atom, json: items } = await readItems(slug);
    const html = "Tea &amp; &lt;b&gt;cake&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt;";
    expect(rss).toMatchObject([{ title: html, summary: html }]);
    expect(atom).toMatchObject([{ title: text, summary: text }]);
    expect(items).toMatchObject([{ title: text, summary: text }]);
  });

  test.each([
    ["control characters", "a\u0000b\u0007c\u001Bd\u007Fe\u009Ff", "abcdef"],
    ["noncharacters", "a\uFFFEb\uFFFFc\uFDD0d\u{1FFFF}e", "abcde"],
    ["half an emoji, and what others left of one", "a\uD83Db\uDC4Dc\uFFFDd", "abcd"],
  ])("%s, which no document should carry, are left out", async (_name, text, written) => {
    const slug = await newOrganization();
    await newArticle(slug, { title: text, summary: text, tags: [text], content_text: text });
    await publish(slug);
    const { rss, atom, json: items } = await readItems(slug);
    for (const feed of [rss, atom, items]) {
      expect(feed).toMatchObject([{ title: written, summary: written, tags: [written] }]);
    }
    expect([rss[0]?.content, atom[0]?.content]).toEqual([`<p>${written}</p>`, `<p>${written}</p>`]);
  });

  test("of an organization too", async () => {
    const name = 'A ]]> & < b > ]]> &amp; "\u{1F389}"';
    const slug = await newOrganization({ name, description: `About ${name}` });
    const rss = parseRssFeed(await feedText(slug, "rss"));
    expect(rss).toMatchObject({ title: name, description: `About ${name}` });
    const atom = parseAtomFeed(await feedText(slug, "atom"));
    expect(atom).toMatchObject({ title: { value: name }, subtitle: { value: `About ${name}` } });
    const feed = parseJsonFeed(await feedText(slug, "json"));
    expect(feed).toMatchObject({ title: name, description: `About ${name}` });
  });
});
