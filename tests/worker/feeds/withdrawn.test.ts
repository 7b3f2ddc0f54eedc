import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { JsonFeed } from "../../../src/feeds/json.ts";
import { stopClock } from "../../support/clock.ts";
import { editArticle, FORMAT_NAMES, itemIds, newArticles, readDocumentText } from "../../support/feeds.ts";
import { feedText } from "../../support/items.ts";
import { publish } from "../../support/objects.ts";
import { all, readXml } from "../../support/reading.ts";
import { api, get, json, newArticle, newOrganization } from "../../support/service.ts";

beforeEach(() => stopClock());

const documentOf = async (slug: string, format: string) =>
  readDocumentText(format, await feedText(slug, format));
const withdraw = (slug: string, number: number) => api("DELETE", `/articles/${slug}-${number}`);

describe("an article that was withdrawn", () => {
  let slug: string;

  beforeAll(async () => {
    stopClock();
    slug = await newOrganization();
    await newArticles(slug, 3);
    await publish(slug);
    await withdraw(slug, 2);
    await publish(slug);
  });

  test.each(FORMAT_NAMES)("is gone from %s", async (format) => {
    expect((await documentOf(slug, format)).ids).toEqual(itemIds(slug, [3, 1]));
  });

  test("leaves a tombstone in Atom (RFC 6721): which, and when", async () => {
    const atom = await feedText(slug, "atom");
    const { byXmldom: feed } = readXml(atom);
    expect(all(feed, "at:deleted-entry").map(({ attributes }) => attributes)).toEqual([
      { ref: itemIds(slug, [2])[0], when: "2040-01-01T00:00:05.000Z" },
    ]);
    expect(feed.attributes["xmlns:at"]).toBe("http://purl.org/atompub/tombstones/1.0");
  });

  test("is named in JSON Feed's extension", async () => {
    const feed = JSON.parse(await feedText(slug, "json")) as JsonFeed;
    expect(feed._communique).toEqual({
      withdrawn: [{ id: itemIds(slug, [2])[0], withdrawn_at: "2040-01-01T00:00:05Z" }],
    });
  });

  test("is 410 on its page", async () => {
    expect((await get(`/articles/${slug}-2`)).status).toBe(410);
    expect((await get(`/articles/${slug}-3`)).status).toBe(200);
  });
});

test("an article that is published again has no tombstone any more", async () => {
  const slug = await newOrganization();
  await newArticles(slug, 2);
  await withdraw(slug, 1);
  await publish(slug);
  expect((await documentOf(slug, "atom")).withdrawn).toEqual(itemIds(slug, [1]));
  await editArticle(slug, 1, "Back");
  await publish(slug);
  for (const format of FORMAT_NAMES) {
    expect(await documentOf(slug, format)).toMatchObject({ ids: itemIds(slug, [2, 1]), withdrawn: [] });
  }
  expect((await get(`/articles/${slug}-1`)).status).toBe(200);
});

test("a feed from which nothing was withdrawn says nothing of it", async () => {
  const slug = await newOrganization();
  await newArticles(slug, 1);
  await publish(slug);
  expect(await feedText(slug, "atom")).not.toContain("deleted-entry");
  expect(JSON.parse(await feedText(slug, "json"))).not.toHaveProperty("_communique");
});

test("an article that goes on in another organization is withdrawn from the one it left", async () => {
  const [left, stays] = [await newOrganization(), await newOrganization()];
  const { id } = await newArticle([left, stays], { title: "Shared" });
  await json(api("PUT", `/articles/${id}`, { organizations: [stays], title: "Shared" }), 200);
  await publish(left);
  await publish(stays);
  const item = `tag:communique.example,2025:article/${id}`;
  expect(await documentOf(left, "atom")).toMatchObject({ ids: [], withdrawn: [item] });
  expect(await documentOf(stays, "atom")).toMatchObject({ ids: [item], withdrawn: [] });
});

test("a feed remembers the fifty that left last", async () => {
  const slug = await newOrganization();
  await newArticles(slug, 52);
  for (let number = 1; number <= 51; number++) await withdraw(slug, number);
  await publish(slug);
  const left = Array.from({ length: 50 }, (_, index) => 51 - index);
  for (const format of ["atom", "json"]) {
    expect(await documentOf(slug, format)).toMatchObject({
      ids: itemIds(slug, [52]),
      withdrawn: itemIds(slug, left),
    });
  }
});
