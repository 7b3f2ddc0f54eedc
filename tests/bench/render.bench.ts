import { equal } from "node:assert/strict";
import * as v from "valibot";
import { ArticleInput, articleFrom } from "../../src/model/article.ts";
import { OrganizationInput, organizationFrom } from "../../src/model/organization.ts";
import { rendered as acceptedFragments } from "../support/rendering.ts";
import { articles as inputs, ORGANIZATION } from "./articles.ts";
import { peer } from "./peer.ts";
import type { Task, Timing } from "./renderer.ts";
import type { Comparison } from "./report.ts";
import { alternate } from "./statistics.ts";

const ITEMS = 50;
const SITE = { publicUrl: "https://bench.example", tagAuthority: "bench.example,2025" };

/** Milliseconds to render one article and to rebuild its documents, beside `feed` rendering everything anew. */
export async function render(rounds: number): Promise<Comparison[]> {
  const organization = organizationFrom(ORGANIZATION.slug, v.parse(OrganizationInput, ORGANIZATION));
  const articles = inputs(ITEMS).map((input) => articleFrom(input.id, v.parse(ArticleInput, input), null, 0));
  const [article] = articles;
  if (!article) return [];
  const fragments = articles.map((each) => {
    const rendered = acceptedFragments(each, SITE);
    if (!rendered.ok) throw new Error(`${each.id} cannot be rendered`);
    return rendered.value;
  });
  const tasks: Task[] = [{ article }, { fragments }, { articles }].map((of) => ({
    site: SITE,
    organization,
    ...of,
  }));
  const [one = [], rebuild = [], feed = []] = await alternate(
    rounds,
    tasks.map((task) => () => timing(task)),
  );
  return (["cold", "warm"] as const).flatMap((state) => {
    const ms = (timings: Timing[]) => timings.map((each) => each[state]);
    const beside = { other: "feed 6.0.0, 50 items x 3", others: ms(feed), unit: "ms" };
    return [
      { name: `render 1 item x 3, ${state}`, ours: ms(one), ...beside },
      { name: `rebuild 50 items x 3, ${state}`, ours: ms(rebuild), ...beside },
    ];
  });
}

/** Times a task in a fresh process. */
async function timing(task: Task): Promise<Timing> {
  await using renderer = peer<Task, Timing>("renderer.ts");
  const timing = await renderer.ask(task);
  const items = "article" in task ? 1 : ITEMS;
  for (const made of timing.made)
    equal(made.split("/communiques/").length > items, true, "an item is missing");
  return timing;
}
