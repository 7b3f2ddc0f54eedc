import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";
import { describe, expect, test } from "vitest";
import { documentOf, type FormatName, formatNamed } from "../../../src/feeds/formats.ts";
import { renderFragments } from "../../../src/feeds/fragments.ts";
import { safeArticle } from "../../../src/feeds/item.ts";
import { feedMetadata } from "../../../src/feeds/metadata.ts";
import { podcastGuid, withPodcast } from "../../../src/feeds/podcast.ts";
import type { Article } from "../../../src/model/article.ts";

const SITE = { publicUrl: "https://news.example", tagAuthority: "news.example,2025" };
const ORGANIZATION = {
  slug: "museum",
  name: "The Museum",
  description: "What the museum has to tell.",
  language: "en",
  logo: "https://museum.example/logo.png",
  aliases: [],
  sources: [],
};
const AUDIO = {
  url: "https://museum.example/one.mp3",
  mime_type: "audio/mpeg",
  size_in_bytes: 1234,
  duration_in_seconds: 61.4,
};
const PAPER = { url: "https://museum.example/one.pdf", mime_type: "application/pdf", size_in_bytes: 9 };
const EPISODE: Article = {
  id: "one",
  organizations: ["museum"],
  title: "Episode one",
  authors: [{ name: "Leyla" }],
  image: "https://museum.example/one.jpg",
  attachments: [PAPER, AUDIO],
  published_at: "2025-12-01T09:00:00Z",
  updated_at: "2025-12-01T09:00:00Z",
};

/** A feed of articles in a format, as the channel writes it. */
async function feed(name: FormatName, articles: readonly Article[]): Promise<string> {
  const format = formatNamed(name);
  if (!format) throw new Error(name);
  const items = articles.map((article) => {
    const safe = safeArticle(article, SITE);
    const rendered = safe.ok ? renderFragments(safe.value, SITE) : null;
    if (!rendered?.ok) throw new Error("unrenderable");
    return rendered.value[name];
  });
  return documentOf(format, await withPodcast(feedMetadata(ORGANIZATION, SITE, 0), items), items);
}

describe("a feed with audio", () => {
  test("has what a podcast directory requires of a show", async () => {
    const { itunes, podcast, language, link } = parseRssFeed(await feed("rss", [EPISODE]));
    expect({ language, link }).toEqual({ language: "en", link: "https://news.example/museum" });
    expect(itunes).toMatchObject({
      author: "The Museum",
      image: "https://museum.example/logo.png",
      explicit: false,
      type: "episodic",
      categories: [{ text: "News" }],
      owner: { name: "The Museum" },
    });
    expect(podcast).toMatchObject({
      guid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      locked: { value: false },
    });
  });

  test("has what a podcast directory requires of an episode", async () => {
    const [item] = parseRssFeed(await feed("rss", [EPISODE])).items ?? [];
    expect(item?.enclosures).toEqual([{ url: AUDIO.url, length: 1234, type: "audio/mpeg" }]);
    expect(item?.itunes).toMatchObject({
      duration: 61,
      episodeType: "full",
      author: "Leyla",
      image: "https://museum.example/one.jpg",
    });
    expect(item?.media?.contents?.map(({ url, duration }) => [url, duration])).toEqual([
      [EPISODE.image, undefined],
      [PAPER.url, undefined],
      [AUDIO.url, 61.4],
    ]);
  });

  test("keeps the duration in JSON", async () => {
    const [item] = parseJsonFeed(await feed("json", [EPISODE])).items ?? [];
    expect(item?.attachments).toMatchObject([{ url: PAPER.url }, { duration_in_seconds: 61.4 }]);
  });
});

describe("a feed without audio", () => {
  test("is no podcast", async () => {
    const paper = { ...EPISODE, attachments: [PAPER] };
    const { itunes, podcast, items } = parseRssFeed(await feed("rss", [paper]));
    expect({ itunes, podcast, item: items?.[0]?.itunes }).toEqual({});
    expect(items?.[0]?.enclosures).toMatchObject([{ url: PAPER.url }]);
  });
});

test("the image of an article is a thumbnail in RSS and Atom", async () => {
  const rss = parseRssFeed(await feed("rss", [EPISODE]));
  const atom = parseAtomFeed(await feed("atom", [EPISODE]));
  for (const item of [rss.items?.[0], atom.entries?.[0]]) {
    expect(item?.media?.thumbnails).toMatchObject([{ url: EPISODE.image }]);
  }
  expect({ icon: atom.icon, logo: atom.logo }).toEqual({ icon: ORGANIZATION.logo, logo: ORGANIZATION.logo });
});

test("podcastGuid returns the UUID that the Podcast Index gives as its example", async () => {
  expect(await podcastGuid("https://mp3s.nashownotes.com/pc20rss.xml")).toBe(
    "917393e3-1b1e-5cef-ace4-edaa54e1f810",
  );
});
