import { afterAll, beforeEach, expect, test, vi } from "vitest";
import type { ArticleVersion } from "../../../src/model/version.ts";
import { stopClock } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { api, json, newArticle, newOrganization, scopedToken } from "../../support/service.ts";

beforeEach(() => stopClock());
afterAll(() => vi.useRealTimers());

const versionsOf = async (slug: string, id: string): Promise<ArticleVersion[]> =>
  (
    await json<{ versions: ArticleVersion[] }>(
      api("GET", `/organizations/${slug}/articles/${id}/versions`),
      200,
    )
  ).versions;

const change = (slug: string, id: string, title: string) =>
  json(
    api("PUT", `/articles/${id}`, { organizations: [slug], title, content_text: `Text of ${title}` }),
    200,
  );

test("keeps each version as it was, also the withdrawn one, without contents in the list", async () => {
  const slug = await newOrganization();
  const { id } = await newArticle(slug, { title: "One", content_text: "Text of One" });
  await change(slug, id, "Two");
  await api("DELETE", `/articles/${id}`);
  const versions = await versionsOf(slug, id);
  expect(
    versions.map(({ revision, withdrawn, current, article }) => [
      revision,
      withdrawn,
      current,
      article.title,
    ]),
  ).toEqual([
    [3, true, true, "Two"],
    [2, false, false, "Two"],
    [1, false, false, "One"],
  ]);
  expect(JSON.stringify(versions)).not.toContain("Text of");
  const first = await json<ArticleVersion>(
    api("GET", `/organizations/${slug}/articles/${id}/versions/1`),
    200,
  );
  expect(first.article).toMatchObject({ title: "One", content_text: "Text of One" });
});

test("keeps the last 20 versions", async () => {
  const slug = await newOrganization();
  const { id } = await newArticle(slug, { title: "0" });
  for (let number = 1; number <= 24; number++) await change(slug, id, String(number));
  const versions = await versionsOf(slug, id);
  expect(versions.map(({ revision }) => revision)).toEqual(
    Array.from({ length: 20 }, (_, index) => 25 - index),
  );
  await json(api("GET", `/organizations/${slug}/articles/${id}/versions/5`), 404);
});

test("writes no row for a new article, and one for a change", async () => {
  const slug = await newOrganization();
  const cost = async (act: () => Promise<unknown>) => (await costsOf(act)).sqlRowsWritten;
  const { id } = await newArticle(slug, { title: "First" });
  await change(slug, id, "Second");
  const before = await versionsOf(slug, id);
  expect(before).toHaveLength(2);
  const same = await cost(() => change(slug, id, "Second"));
  expect(await versionsOf(slug, id)).toEqual(before);
  expect(same).toBeLessThan(await cost(() => change(slug, id, "Third")));
});

test("rejects a version that there is not, and whoever may not publish", async () => {
  const slug = await newOrganization();
  const { id } = await newArticle(slug);
  for (const wrong of ["0", "2", "x", "99999999999"])
    await json(api("GET", `/organizations/${slug}/articles/${id}/versions/${wrong}`), 404);
  await json(api("GET", `/organizations/${slug}/articles/nothing/versions`), 404);
  const token = await scopedToken(slug, "read");
  await json(api("GET", `/organizations/${slug}/articles/${id}/versions`, undefined, { token }), 403);
});
