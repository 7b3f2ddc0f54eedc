import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Gathered, isComplete, type Report, toldOf } from "../../../src/delivery/gathering.ts";
import type { ArticleEventType, EventData } from "../../../src/model/event.ts";

const report = (slug: string, what: string): Report => ({
  slug,
  name: slug.toUpperCase(),
  page_url: `https://news.example/${slug}`,
  sequence: slug.charCodeAt(0),
  revision: 2,
  event_id: `evt_${slug}`,
  type: `article.${what}` as ArticleEventType,
});

const article = (
  organizations: string[],
  more: Partial<EventData["article"]> = {},
): EventData["article"] => ({
  id: "one",
  title: "One",
  page_url: "https://news.example/articles/one",
  published_at: "2030-01-01T00:00:00Z",
  updated_at: "2030-01-01T00:00:00Z",
  revision: 1,
  organizations,
  ...more,
});

const summary = (gathered: Gathered, covered: "all" | string[] = "all") => {
  const told = toldOf(gathered, covered);
  return (
    told && [told.type.slice("article.".length), ...(told.data.organizations ?? []).map(({ slug }) => slug)]
  );
};

describe("what an article's organizations report together", () => {
  test.each<[string, string[], Record<string, string>, "all" | string[], (string | null)[]]>([
    ["published in both", ["a", "b"], { b: "published", a: "published" }, "all", ["published", "a", "b"]],
    ["new in a second one", ["a", "b"], { a: "updated", b: "published" }, "all", ["updated", "a", "b"]],
    ["moved to another", ["b"], { a: "withdrawn", b: "published" }, "all", ["updated", "b"]],
    ["out of one of two", ["a"], { a: "updated", b: "withdrawn" }, "all", ["updated", "a"]],
    ["out of the only one that counts", ["a"], { b: "withdrawn" }, ["b"], ["withdrawn", "b"]],
    ["in one that has not reported", ["a"], { b: "withdrawn" }, "all", ["updated", "b"]],
    ["withdrawn in both", ["a", "b"], { a: "withdrawn", b: "withdrawn" }, "all", ["withdrawn", "a", "b"]],
  ])("tells of one that is %s", (_how, organizations, reports, covered, told) => {
    const gathered = {
      article: article(organizations),
      reports: Object.entries(reports).map(([slug, what]) => report(slug, what)),
    };
    expect(summary(gathered, covered)).toEqual(told);
  });

  test("is withdrawn as a whole by one report", () => {
    const withdrawn = article(["a", "b"], { withdrawn_at: "2030-01-02T00:00:00Z" });
    expect(summary({ article: withdrawn, reports: [report("b", "withdrawn")] })).toEqual(["withdrawn", "b"]);
  });

  test("is complete when all that the webhook is for have reported", () => {
    const gathered = { article: article(["a", "b", "c"]), reports: [report("b", "published")] };
    expect(isComplete(gathered, "all")).toBe(false);
    expect(isComplete(gathered, ["b", "c"])).toBe(false);
    expect(isComplete(gathered, ["b", "z"])).toBe(true);
  });

  test("has the first organization's id and revision, in whatever order they report", () => {
    const slugs = ["a", "b", "c", "d"];
    const reports = slugs.map((slug) => report(slug, slug === "c" ? "updated" : "published"));
    fc.assert(
      fc.property(fc.shuffledSubarray(reports, { minLength: 4 }), (some) => {
        expect(toldOf({ article: article(slugs), reports: some }, "all")).toMatchObject({
          type: "article.updated",
          eventId: "evt_a",
          revision: 2,
          data: { organization: { slug: "a" }, organizations: slugs.map((slug) => ({ slug })) },
        });
      }),
    );
  });
});
