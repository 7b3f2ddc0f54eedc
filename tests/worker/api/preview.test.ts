import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Announcement } from "../../../src/delivery/told.ts";
import type { Preview } from "../../../src/model/preview.ts";
import { stopClock } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import {
  api,
  fresh,
  json,
  newArticle,
  newOrganization,
  newToken,
  type ShownProblem,
  scopedToken,
} from "../../support/service.ts";

beforeEach(() => stopClock());
afterAll(() => vi.useRealTimers());

const preview = (article: object, token?: string): Promise<Preview> =>
  json(api("POST", "/articles/preview", article, token ? { token } : {}), 200);

const announcement = (slug: string, id: string): Promise<Announcement> =>
  json(api("GET", `/organizations/${slug}/articles/${id}/announcement`), 200);

describe("POST /articles/preview", () => {
  test("returns the safe HTML and what was taken away, and stores nothing", async () => {
    const slug = await newOrganization();
    const content_html =
      '<p onclick="x()">One</p><script>x()</script><iframe src="https://v.example/1"></iframe><font>Two</font>';
    const costs = await costsOf(async () => {
      const shown = await preview({ organizations: [slug], title: "News", content_html });
      expect(shown.content_html).toBe("<p>One</p>Two");
      expect(shown.removed).toEqual([
        { element: "font", count: 1 },
        { element: "iframe", count: 1 },
        { element: "script", count: 1 },
      ]);
    });
    expect(costs).toMatchObject({ kvReads: 0, kvWrites: 0, kvLists: 0 });
    expect(costs.objectCalls.length).toBeLessThanOrEqual(2);
  });

  test("returns who would be told, is left out by a filter, and is paused", async () => {
    const slug = await newOrganization();
    receive();
    await newWebhook(slug);
    await newWebhook(slug, { filter: "tag=sport", description: "Sport" });
    await newWebhook(slug, { events: ["article.withdrawn"], description: "Withdrawals" });
    const held = await newWebhook(slug, { description: "Held" });
    await json(api("PATCH", `/organizations/${slug}/webhooks/${held.id}`, { paused: true }), 200);
    const [audience] = (await preview({ organizations: [slug], title: "News" })).audience;
    expect(audience).toMatchObject({
      organization: slug,
      event: "article.published",
      told: 1,
      held: 1,
      filtered: 2,
    });
    const reached = audience?.webhooks.map(({ description, outcome, rule }) => [description, outcome, rule]);
    expect(reached?.sort()).toEqual([
      ["", "told", null],
      ["Held", "paused", null],
      ["Sport", "filtered", "filter"],
      ["Withdrawals", "filtered", "events"],
    ]);
    await json(api("PATCH", `/organizations/${slug}/webhooks/${held.id}`, { paused: false }), 200);
    expect((await preview({ organizations: [slug], title: "News" })).audience[0]).toMatchObject({
      told: 2,
      held: 0,
    });
  });

  test("returns a change of the article with the id, and nothing to tell of the same content", async () => {
    const slug = await newOrganization();
    const { id } = await newArticle(slug, { title: "One" });
    const changed = await preview({ id, organizations: [slug], title: "Two" });
    expect(changed.audience[0]?.event).toBe("article.updated");
    expect((await preview({ id, organizations: [slug], title: "One" })).audience[0]?.event).toBeNull();
  });

  test("returns the audience of a scheduled article as it will be on its date", async () => {
    const slug = await newOrganization();
    const shown = await preview({ organizations: [slug], title: "N", published_at: "2099-01-01T00:00:00Z" });
    expect(shown).toMatchObject({ state: "scheduled", audience: [{ event: "article.published" }] });
  });

  test("rejects organizations and articles of others, and shows no audience of theirs", async () => {
    const [mine, theirs] = [await newOrganization(), await newOrganization({ name: fresh("Theirs") })];
    const token = await newToken(mine);
    const { id } = await newArticle(theirs);
    const refused = await json<ShownProblem>(
      api("POST", "/articles/preview", { organizations: [theirs], title: "N" }, { token }),
      403,
    );
    expect(refused.type).toBe("urn:communique:problem:forbidden");
    await json(api("POST", "/articles/preview", { id, organizations: [mine], title: "N" }, { token }), 403);
    await json(
      api("POST", "/articles/preview", { title: "N" }, { token: await scopedToken(mine, "read") }),
      403,
    );
  });
});

describe("GET /organizations/{slug}/articles/{id}/announcement", () => {
  test("returns for each webhook whether it was told, what needs a person first", async () => {
    const slug = await newOrganization();
    receive(({ url }) => new Response(null, { status: url.includes("bad") ? 410 : 204 }));
    const good = await newWebhook(slug, { description: "Good" });
    const bad = await newWebhook(slug, { url: "https://bad.example/hook", description: "Bad" });
    await newWebhook(slug, { filter: "tag=sport", description: "Sport" });
    const { id } = await newArticle(slug, { title: "One" });
    expect(await announcement(slug, id)).toMatchObject({ event: "article.published", documents: "waiting" });
    await publish(slug);
    await deliver(good.id);
    await deliver(bad.id);
    const shown = await announcement(slug, id);
    expect(shown).toMatchObject({ revision: 1, documents: "written", cursor: null });
    expect(shown.webhooks.map(({ description, outcome }) => [description, outcome])).toEqual([
      ["Bad", "disabled"],
      ["Sport", "filtered"],
      ["Good", "sent"],
    ]);
    expect(shown.counts).toEqual({ disabled: 1, filtered: 1, sent: 1 });
  });

  test("returns nothing announced of a scheduled article, and 404 for one that is not the organization's", async () => {
    const slug = await newOrganization();
    const { id } = await newArticle(slug, { published_at: "2099-01-01T00:00:00Z" });
    expect(await announcement(slug, id)).toMatchObject({ event: null, documents: "none", webhooks: [] });
    await json(api("GET", `/organizations/${slug}/articles/nothing/announcement`), 404);
  });
});

test("publishes without alerts where the request asks for none", async () => {
  const slug = await newOrganization();
  const { id } = await newArticle(slug);
  receive();
  await newWebhook(slug, { description: "Told" });
  const put = await api("PUT", `/articles/${id}?alerts=none`, { organizations: [slug], title: "Quiet" });
  expect(put.status).toBe(200);
  await publish(slug);
  const shown = await announcement(slug, id);
  expect(shown.counts.sent ?? 0).toBe(0);
});
