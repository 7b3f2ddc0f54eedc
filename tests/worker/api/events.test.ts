import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf } from "../../../src/objects/stubs.ts";
import { addressOf } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { deliver, newWebhook, publish, rows } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { api, fresh, get, json, newArticle, newOrganization, scopedToken } from "../../support/service.ts";

vi.setConfig({ testTimeout: 60_000 });

stopClockForEachTest();

interface Event {
  id: string;
  type: string;
  sequence: number;
  data: { article: { id: string; title: string; revision: number } };
}
interface Page {
  events: Event[];
  cursor: string;
}

const page = (slug: string, query = ""): Promise<Page> =>
  json(api("GET", `/organizations/${slug}/events${query}`), 200);
const sequencesOf = ({ events }: Page) => events.map(({ sequence }) => sequence);

/** An organization with an article that was published, updated and withdrawn. */
async function story(): Promise<string> {
  const slug = await newOrganization();
  const { id } = await newArticle(slug, { title: "One" });
  await api("PUT", `/articles/${id}`, { organizations: [slug], title: "Two" });
  await api("DELETE", `/articles/${id}`);
  return slug;
}

describe("events", () => {
  test("have the bodies of webhooks, each with its id", async () => {
    const { received } = receive();
    const slug = await newOrganization();
    const webhook = await newWebhook(slug);
    const { id } = await newArticle(slug, { title: "One", content_html: "<p>Text</p>" });
    await api("DELETE", `/articles/${id}`);
    await publish(slug);
    await deliver(webhook.id);
    const sent = received.map(({ headers, body }) => ({ id: headers["webhook-id"], ...JSON.parse(body) }));
    expect(sent).toHaveLength(2);
    expect(await page(slug)).toEqual({ events: sent, cursor: "2" });
  });

  test("are also those that no webhook is told of", async () => {
    const slug = await newOrganization();
    const batch = [{ organizations: [slug], title: "History" }];
    await json(api("POST", "/articles/batch?alerts=none", batch), 200);
    expect((await page(slug)).events).toMatchObject([{ type: "article.published", sequence: 1 }]);
  });

  test("go on after a cursor or an event's id", async () => {
    const slug = await story();
    const all = await page(slug);
    expect(sequencesOf(all)).toEqual([1, 2, 3]);
    expect(sequencesOf(await page(slug, "?after=1"))).toEqual([2, 3]);
    expect(sequencesOf(await page(slug, `?after=${all.events[1]?.id}`))).toEqual([3]);
    expect(await page(slug, `?after=${all.cursor}`)).toEqual({ events: [], cursor: all.cursor });
    await newArticle(slug);
    expect(sequencesOf(await page(slug, `?after=${all.cursor}`))).toEqual([4]);
  });

  test("are of some types alone, and the cursor passes over the others", async () => {
    const slug = await story();
    const some = await page(slug, "?types=article.published,article.withdrawn");
    expect(sequencesOf(some)).toEqual([1, 3]);
    expect(await page(slug, "?types=endpoint.disabled")).toEqual({ events: [], cursor: "3" });
  });

  test("are never tests of webhooks", async () => {
    const slug = await newOrganization();
    const webhook = await newWebhook(slug);
    await api("POST", `${addressOf(webhook)}/test`);
    expect(await page(slug)).toEqual({ events: [], cursor: "1" });
  });

  test("come in pages bounded by number and by size", async () => {
    const slug = await newOrganization();
    const batch = Array.from({ length: LIMITS.PAGE_ITEMS + 1 }, (_, n) => ({
      organizations: [slug],
      title: `${n}`,
    }));
    await json(api("POST", "/articles/batch", batch), 200);
    const large = "x".repeat(300_000);
    for (let n = 0; n < 4; n++) await newArticle(slug, { title: "Large", content_text: large });
    const sizes: number[] = [];
    for (
      let { cursor, events } = await page(slug);
      events.length > 0;
      { cursor, events } = await page(slug, `?after=${cursor}`)
    ) {
      sizes.push(events.length);
    }
    expect(sizes).toEqual([LIMITS.PAGE_ITEMS, 1 + 3, 1]);
  });

  test("after what is not known or not kept are refused with 410, the oldest and where to go on", async () => {
    const slug = await story();
    const { events } = await page(slug);
    for (const after of ["99", "evt_00000000000000000000000000", "x", "-1"]) {
      expect(await json(api("GET", `/organizations/${slug}/events?after=${after}`), 410)).toMatchObject({
        type: "urn:communique:problem:expired",
        oldest: events[0]?.id,
        cursor: "0",
      });
    }
    await rows(channelOf(env, slug), "DELETE FROM events WHERE seq < 3");
    const { cursor } = await json<{ cursor: string }>(
      api("GET", `/organizations/${slug}/events?after=${events[0]?.id}`),
      410,
    );
    expect(sequencesOf(await page(slug, `?after=${cursor}`))).toEqual([3]);
    expect(sequencesOf(await page(slug))).toEqual([3]);
    await rows(channelOf(env, slug), "DELETE FROM events");
    expect(await page(slug)).toEqual({ events: [], cursor: "3" });
    expect(await json(api("GET", `/organizations/${slug}/events?after=2`), 410)).toMatchObject({
      oldest: null,
      cursor: "3",
    });
  });

  test("after an unknown id cost a few rows once the kept events are indexed, and so does a known one", async () => {
    const slug = await newOrganization();
    await json(
      api(
        "POST",
        "/articles/batch",
        Array.from({ length: 40 }, (_, number) => ({ organizations: [slug], title: `News ${number}` })),
      ),
      200,
    );
    const { events } = await page(slug);
    const read = (after: string | undefined) =>
      costsOf(() => api("GET", `/organizations/${slug}/events?after=${after}`));
    await read(events[0]?.id);
    for (const after of ["evt_00000000000000000000000000", events.at(-1)?.id])
      expect((await read(after)).sqlRowsRead).toBeLessThanOrEqual(15);
    await newArticle(slug, { title: "Later" });
    const last = (await page(slug, `?after=${events.at(-1)?.id}`)).events[0]?.id;
    expect((await page(slug, `?after=${last}`)).events).toEqual([]);
  });

  test("need the scope webhooks, and valid parameters", async () => {
    const slug = await newOrganization();
    const path = `/organizations/${slug}/events`;
    const [reading, alerting] = [await scopedToken(slug, "read"), await scopedToken(slug, "webhooks")];
    expect((await api("GET", path, undefined, { token: reading })).status).toBe(403);
    expect((await api("GET", path, undefined, { token: alerting })).status).toBe(200);
    for (const query of ["?wait=26", "?wait=-1", "?wait=x", "?types=", "?types=article.published,x"]) {
      expect((await api("GET", path + query)).status).toBe(400);
    }
  });

  test("cost two object calls and a few rows, and no KV", async () => {
    const slug = await story();
    const costs = await costsOf(() => page(slug, "?after=2"));
    expect(costs).toMatchObject({ kvReads: 0, kvWrites: 0, kvLists: 0, objectCalls: ["get", "read"] });
    expect(costs.sqlRowsRead).toBeLessThanOrEqual(15);
  });
});

describe("a consumer that waits", () => {
  test("is answered when an event of its types comes", async () => {
    const slug = await story();
    const waiting = page(slug, "?after=3&wait=25&types=article.withdrawn");
    const { id } = await newArticle(slug);
    await api("DELETE", `/articles/${id}`);
    expect(sequencesOf(await waiting)).toEqual([5]);
  });

  test("is answered when its time is over", async () => {
    const slug = await story();
    expect(await page(slug, "?after=3&wait=1")).toEqual({ events: [], cursor: "3" });
  });

  test("is answered at once when there are events, or when too many wait", async () => {
    const slug = await story();
    expect(sequencesOf(await page(slug, "?after=2&wait=25"))).toEqual([3]);
    const waiting = Array.from({ length: LIMITS.EVENT_WAITERS }, () =>
      channelOf(env, slug).events.read({ after: "3", types: ["article.published"], waitMs: 25_000 }),
    );
    expect(await page(slug, "?after=3&wait=25")).toEqual({ events: [], cursor: "3" });
    await newArticle(slug);
    for (const read of await Promise.all(waiting)) expect(read).toMatchObject({ known: true, cursor: "4" });
  });
});

/** What happens to the articles of an organization, and to a consumer of its events. */
const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("put" as const), id: fc.nat(5), large: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("withdraw" as const), id: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("move" as const), id: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("import" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("consume" as const), killedAfter: fc.nat(8) }) },
);

test("a consumer of events alone, killed at any moment, ends with the state of the feed", async () => {
  const large = "x".repeat(LIMITS.EVENTS_PAGE_CHARACTERS / 4);
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 10, maxLength: 25 }), async (steps) => {
      const [slug, other] = [await newOrganization(), await newOrganization()];
      const prefix = fresh("a");
      const kept = { cursor: "", articles: new Map<string, { title: string; event: string }>() };

      /** Takes a page as a consumer does that stores each event at once, and the cursor at last. */
      async function consume(killedAfter: number): Promise<boolean> {
        const { events, cursor } = await page(slug, kept.cursor && `?after=${kept.cursor}`);
        for (const { id, type, data } of events.slice(0, killedAfter)) {
          if (type === "article.withdrawn") kept.articles.delete(data.article.id);
          else kept.articles.set(data.article.id, { title: data.article.title, event: id });
        }
        if (events.length <= killedAfter) kept.cursor = cursor;
        return events.length > 0;
      }

      for (const [number, step] of steps.entries()) {
        wait(1_000);
        const title = `Title ${number}`;
        if (step.do === "put") {
          const content = step.large ? { content_text: large } : {};
          await api("PUT", `/articles/${prefix}-${step.id}`, { organizations: [slug], title, ...content });
        } else if (step.do === "move") {
          await api("PUT", `/articles/${prefix}-${step.id}`, { organizations: [other], title });
        } else if (step.do === "withdraw") await api("DELETE", `/articles/${prefix}-${step.id}`);
        else if (step.do === "import") {
          await api("POST", "/articles/batch?alerts=none", [{ organizations: [slug], title }]);
        } else await consume(step.killedAfter);
      }
      while (await consume(Number.POSITIVE_INFINITY));
      await publish(slug);
      const feed = await json<{
        items: { title: string; _communique: { article_id: string; event: string } }[];
      }>(get(`/${slug}/feed.json`), 200);
      const shown = feed.items.map(({ title, _communique: { article_id, event } }) => [
        article_id,
        { title, event },
      ]);
      expect(Object.fromEntries(kept.articles)).toEqual(Object.fromEntries(shown));
    }),
    { numRuns: 8, endOnFailure: true },
  );
});
