import type { Headline } from "../model/headline.ts";
import type { Site } from "../model/site.ts";
import { documentOf, type Format } from "./formats.ts";
import { itemOf } from "./item.ts";
import type { FeedMetadata } from "./metadata.ts";

/** The feed of the whole service: headlines and summaries, which lead to the articles. An item has the id that it has everywhere. */
export function siteFeed(format: Format, headlines: readonly Headline[], site: Site): string {
  const items = headlines.map(({ organization, ...headline }) =>
    format.item(itemOf({ ...headline, organizations: [organization.slug] }, site)),
  );
  return documentOf(format, siteMetadata(headlines, site), items);
}

function siteMetadata(headlines: readonly Headline[], { publicUrl, tagAuthority }: Site): FeedMetadata {
  const changes = headlines.map(({ updated_at }) => Date.parse(updated_at));
  return {
    id: `tag:${tagAuthority}:feed`,
    title: "Communiqué",
    description: "News of all organizations",
    homepage: `${publicUrl}/`,
    language: "en",
    author: { name: "Communiqué", url: `${publicUrl}/` },
    address: `${publicUrl}/feed`,
    hubs: [], // a hub would have to watch every organization
    updatedMs: Math.floor(Math.max(0, ...changes) / 1000) * 1000,
    pollMinutes: POLL_MINUTES,
  };
}

const POLL_MINUTES = 15;
