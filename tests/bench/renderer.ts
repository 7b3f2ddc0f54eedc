// Times one kind of rendering in a process of its own, so that its first run is a cold one.
import { Feed } from "feed";
import { documentOf, FORMATS } from "../../src/feeds/formats.ts";
import type { Fragments } from "../../src/feeds/fragments.ts";
import { feedMetadata } from "../../src/feeds/metadata.ts";
import type { Article } from "../../src/model/article.ts";
import type { Organization } from "../../src/model/organization.ts";
import type { Site } from "../../src/model/site.ts";
import { rendered as acceptedFragments } from "../support/rendering.ts";
import { answering } from "./peer.ts";
import { spread } from "./statistics.ts";

/** What to render: an article's fragments; documents from fragments; documents by the package `feed` alone. */
export type Task = { site: Site; organization: Organization } & (
  | { article: Article }
  | { fragments: Fragments[] }
  | { articles: Article[] }
);

/** Milliseconds of the first run, the median of those that follow, and what was made: RSS, Atom, JSON. */
export interface Timing {
  cold: number;
  warm: number;
  made: string[];
}

const WARM_RUNS = 50;
const UPDATED_MS = Date.UTC(2026, 0, 1);

answering<Task, Timing>(async (task) => {
  let made: string[] = [];
  const run = (): number => {
    const startMs = performance.now();
    made = render(task);
    return performance.now() - startMs;
  };
  const cold = run();
  const warm = spread(Array.from({ length: WARM_RUNS }, run)).median;
  return { cold, warm, made };
});

function render(task: Task): string[] {
  if ("article" in task) {
    const rendered = acceptedFragments(task.article, task.site);
    return rendered.ok ? FORMATS.map(({ name }) => rendered.value[name]) : [];
  }
  if ("articles" in task) return byFeedAlone(task.organization, task.articles, task.site);
  const head = feedMetadata(task.organization, task.site, UPDATED_MS);
  return FORMATS.map((format) =>
    documentOf(
      format,
      head,
      task.fragments.map((fragment) => fragment[format.name]),
    ),
  );
}

function byFeedAlone(organization: Organization, articles: readonly Article[], site: Site): string[] {
  const link = `${site.publicUrl}/${organization.slug}`;
  const feed = new Feed({
    ...{ id: link, link, title: organization.name, description: organization.description },
    ...{ language: organization.language, copyright: "", updated: new Date(UPDATED_MS) },
  });
  for (const article of articles) {
    feed.addItem({
      ...{ id: article.url ?? link, title: article.title, link: article.url ?? link },
      ...{ description: article.summary ?? "", content: article.content_html ?? "" },
      ...{ author: article.authors ?? [], category: article.tags?.map((name) => ({ name })) ?? [] },
      ...{ date: new Date(article.updated_at), published: new Date(article.published_at) },
      ...(article.image ? { image: article.image } : {}),
    });
  }
  return [feed.rss2(), feed.atom1(), feed.json1()];
}
