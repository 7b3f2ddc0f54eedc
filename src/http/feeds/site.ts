import type { Context } from "hono";
import { configuration } from "../../env.ts";
import type { Format } from "../../feeds/formats.ts";
import { siteFeed } from "../../feeds/site.ts";
import { etagOf } from "../../model/digest.ts";
import type { Headline } from "../../model/headline.ts";
import { LIMITS } from "../../model/limits.ts";
import { directoryOf } from "../../objects/stubs.ts";
import { hotMs, recall } from "../../store/hot.ts";
import type { App } from "../context.ts";
import type { Reply } from "../methods.ts";
import { answer } from "./answer.ts";

/** Whether there is a feed of the whole service. */
export const hasSiteFeed = ({ env }: Pick<Context<App>, "env">): boolean => env.SITE_FEED === "on";

/** The newest headlines of all organizations. One object call, or none while this isolate has them. */
export async function siteHeadlines(c: Context<App>): Promise<readonly Headline[]> {
  const kept = await recall(
    "/feed",
    hotMs(c.env),
    async () => ({ headlines: await directoryOf(c.env).news.latest() }),
    () => LIMITS.FEED_ITEMS * LIMITS.HEADLINE_CHARACTERS * 4,
  );
  return kept?.headlines ?? [];
}

/** `/feed.{rss,atom,json}`: the newest articles of all listed organizations. */
export async function serveSiteFeed(c: Context<App>, format: Format): Promise<Reply> {
  const { site } = configuration(c.env);
  const body = siteFeed(format, await siteHeadlines(c), site);
  return answer(c, {
    format,
    etag: await etagOf(body),
    last_modified: null, // an article that is withdrawn makes the newest change an older one
    max_age: LIMITS.SITE_FEED_MAX_AGE_SECONDS,
    path: "/feed",
    query: "",
    previous: null,
    hubs: [],
    body: () => body,
  });
}
