import { beforeEach, describe, expect, test } from "vitest";
import { stopClockForEachTest } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { publish, titlesIn } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import {
  api,
  get,
  json,
  newOrganization,
  newToken,
  publishIndex,
  type ShownArticle,
} from "../../support/service.ts";
import { minute, minutes, problems, putRecord } from "../../support/sweeping.ts";

let slug: string;

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  watchLog("warn");
  slug = await newOrganization({ name: "Silk Road Council", aliases: ["SRC"] });
});

describe("a record by another program that names no organization", () => {
  test("stands in the feeds of those that it names in its text", async () => {
    await putRecord("article:a1", { title: "News of the SRC", content_html: "<p>All well" });
    await minute();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["News of the SRC"]);
    expect(await problems()).toEqual([]);
  });

  test("is shown with its organizations and the evidence, and has a page", async () => {
    await putRecord("article:a1", { title: "News of the SRC" });
    await minute();
    await publishIndex();
    const attributions = [{ organization: slug, alias: "SRC", where: "title", at: 12 }];
    expect(await json(api("GET", "/articles/a1"), 200)).toMatchObject({
      organizations: [slug],
      attributions,
    });
    const { articles } = await json<{ articles: ShownArticle[] }>(api("GET", "/articles"), 200);
    expect(articles).toMatchObject([{ id: "a1", attributions }]);
    expect((await get("/articles/a1")).status).toBe(200);
  });

  test("costs one call more, and nothing when it is known", async () => {
    await minute();
    await putRecord("article:a1", { title: "News of the SRC" });
    expect((await costsOf(minute)).objectCalls).toEqual([
      "tick",
      "changesSince",
      "claim",
      "accept",
      "handled",
    ]);
    expect((await costsOf(minute)).objectCalls).not.toContain("changesSince");
  });

  test("is a problem when none is found, until an organization comes that it names", async () => {
    await putRecord("article:a1", { title: "News of the Tea Institute" });
    await minute();
    expect(await problems()).toMatchObject([
      {
        key: "article:a1",
        reason: "invalid",
        errors: [{ path: "organizations", message: "none was named, and none was found in the text" }],
      },
    ]);
    const tea = await newOrganization({ name: "Tea Institute" });
    await minutes(2);
    await publish(tea);
    expect(await titlesIn(tea)).toEqual(["News of the Tea Institute"]);
    expect(await problems()).toEqual([]);
  });

  test("or until one takes the name", async () => {
    await putRecord("article:a1", { title: "News of the Tea Institute" });
    await minute();
    await json(api("PUT", `/organizations/${slug}`, { name: "Tea Institute" }), 200);
    await minutes(2);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["News of the Tea Institute"]);
  });

  test("moves with its text", async () => {
    const tea = await newOrganization({ name: "Tea Institute" });
    await putRecord("article:a1", { title: "News of the SRC" });
    await minutes(3);
    await putRecord("article:a1", { title: "News of the Tea Institute" });
    await minutes(4);
    await publish(slug);
    await publish(tea);
    expect([await titlesIn(slug), await titlesIn(tea)]).toEqual([[], ["News of the Tea Institute"]]);
  });

  test("is not for everybody to write over or withdraw", async () => {
    const other = await newOrganization({ name: "Tea Institute" });
    await putRecord("article:a1", { title: "News of the SRC" });
    await minute();
    const token = await newToken(other);
    const body = { organizations: [other], title: "Mine" };
    expect((await api("PUT", "/articles/a1", body, { token })).status).toBe(403);
    expect((await api("DELETE", "/articles/a1", undefined, { token })).status).toBe(403);
    expect((await api("DELETE", "/articles/a1")).status).toBe(204);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual([]);
  });
});
