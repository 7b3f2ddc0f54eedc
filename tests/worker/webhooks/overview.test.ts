import { describe, expect, test } from "vitest";
import type { OrganizationDelivery } from "../../../src/model/delivery.ts";
import { rfc3339 } from "../../../src/model/time.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { api, json, newArticle, newOrganization, scopedToken } from "../../support/service.ts";

stopClockForEachTest();

interface Page {
  deliveries: OrganizationDelivery[];
  cursor: string | null;
}

const page = (slug: string, query = ""): Promise<Page> =>
  json(api("GET", `/organizations/${slug}/deliveries${query}`), 200);

/** Every delivery of an organization, page by page. */
async function allOf(slug: string): Promise<OrganizationDelivery[]> {
  const all: OrganizationDelivery[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const next: Page = await page(slug, cursor ? `?cursor=${cursor}` : "");
    all.push(...next.deliveries);
    cursor = next.cursor;
  }
  return all;
}

/** An organization with webhooks, of which the first has refused everything and the others have taken it. */
async function outcomes(webhooks: number, articles: number) {
  receive(({ url }) => new Response(null, { status: url.endsWith("/0") ? 500 : 204 }));
  const slug = await newOrganization();
  const ids: string[] = [];
  for (let number = 0; number < webhooks; number++) {
    const fields = { url: `https://hooks.example.com/${number}`, retry_seconds: [] };
    ids.push((await newWebhook(slug, fields)).id);
  }
  for (let number = 0; number < articles; number++) await newArticle(slug);
  await publish(slug);
  for (const id of ids) await deliver(id);
  return { slug, ids };
}

describe("the deliveries of an organization", () => {
  test("are listed over all webhooks, newest first, each once, page by page", async () => {
    const { slug, ids } = await outcomes(3, 40);
    await publish(slug); // an endpoint is handed so many events in one call
    const first = await page(slug);
    expect(first.deliveries).toHaveLength(50);
    const all = await allOf(slug);
    expect(all).toHaveLength(120);
    expect(new Set(all.map(({ id, webhook_id }) => `${webhook_id} ${id}`)).size).toBe(120);
    expect(new Set(all.map(({ id }) => id)).size).toBe(40); // an event has one id at every webhook
    const events = all.map(({ article_id }) => article_id);
    expect(new Set(events.slice(0, 3)).size).toBe(1); // one article at three webhooks
    expect(new Set(all.map(({ webhook_id }) => webhook_id))).toEqual(new Set(ids));
  });

  test("are chosen by status, type, webhook and time", async () => {
    const { slug, ids } = await outcomes(2, 1);
    const [failing = "", working = ""] = ids;
    wait(60_000);
    const later = rfc3339(Date.now());
    await api("POST", `/organizations/${slug}/webhooks/${working}/test`);
    await publish(slug);
    const webhooksIn = async (query: string) =>
      (await page(slug, query)).deliveries.map(({ webhook_id }) => webhook_id);
    expect(await webhooksIn("?status=failed")).toEqual([failing]);
    expect(await webhooksIn("?type=article.published")).toHaveLength(2);
    expect(await webhooksIn("?type=webhook.test")).toEqual([working]);
    expect(await webhooksIn(`?since=${later}`)).toEqual([working]);
    expect(await webhooksIn(`?until=${later}&webhook=${working}`)).toEqual([working]);
    expect(await webhooksIn(`?webhook=${failing}`)).toEqual([failing]);
  });

  test("go on with the next webhooks when there are more than a page of them", async () => {
    const slug = await newOrganization();
    const ids: string[] = [];
    for (let number = 0; number < 51; number++) ids.push((await newWebhook(slug)).id);
    await newArticle(slug);
    await publish(slug);
    await publish(slug); // a channel calls so many endpoints in one alarm
    const all = await allOf(slug);
    expect(all.map(({ webhook_id }) => webhook_id).sort()).toEqual(ids.sort());
    const costs = await costsOf(() => page(slug));
    expect(costs.objectCalls).toHaveLength(52); // directory, channel, and fifty endpoints
  });

  test("of one webhook cost one call to an endpoint", async () => {
    const { slug, ids } = await outcomes(2, 1);
    const costs = await costsOf(() => page(slug, `?webhook=${ids[0]}`));
    expect(costs.objectCalls).toHaveLength(3);
    expect(costs).toMatchObject({ kvReads: 0, kvWrites: 0 });
  });

  test.each(["?webhook=end_unknown", "?cursor=7", "?status=lost", "?since=yesterday"])(
    "rejects %s",
    async (query) => {
      const slug = await newOrganization();
      const answer = await api("GET", `/organizations/${slug}/deliveries${query}`);
      expect(answer.status).toBe(400);
    },
  );

  test("are shown to tokens that may see webhooks, and to no other organization's", async () => {
    const slug = await newOrganization();
    const [own, other] = [
      await scopedToken(slug, "webhooks"),
      await scopedToken(await newOrganization(), "webhooks"),
    ];
    const path = `/organizations/${slug}/deliveries`;
    expect((await api("GET", path, undefined, { token: own })).status).toBe(200);
    expect((await api("GET", path, undefined, { token: other })).status).toBe(403);
  });
});

test("the list of webhooks shows the health and the last outcome of each", async () => {
  const { slug, ids } = await outcomes(2, 1);
  await newWebhook(slug);
  const path = `/organizations/${slug}/webhooks`;
  const { webhooks } = await json<{ webhooks: { id: string }[] }>(api("GET", path), 200);
  const shown = (id = "") => webhooks.find((webhook) => webhook.id === id);
  expect(webhooks).toHaveLength(3);
  expect(shown(ids[0])).toMatchObject({
    health: { state: "failing", failures: 1 },
    last_outcome: { status: "failed", event_type: "article.published" },
  });
  expect(shown(ids[1])).toMatchObject({
    health: { state: "active" },
    last_outcome: { status: "delivered" },
  });
  expect(webhooks.filter(({ id }) => !ids.includes(id))).toMatchObject([
    { health: { state: "active" }, last_outcome: null },
  ]);
});

describe("a webhook that is registered with ping", () => {
  test("is sent a test at once, and the answer names it", async () => {
    const { received } = receive();
    const slug = await newOrganization();
    const webhook = (await newWebhook(slug, { ping: true })) as unknown as {
      id: string;
      test: { delivery_id: string; event_id: string };
    };
    await publish(slug);
    await deliver(webhook.id);
    expect(received.map(({ headers }) => headers["webhook-id"])).toEqual([webhook.test.event_id]);
    expect(JSON.parse(received[0]?.body ?? "").type).toBe("webhook.test");
    const path = `/organizations/${slug}/webhooks/${webhook.id}/deliveries/${webhook.test.delivery_id}`;
    expect(await json(api("GET", path), 200)).toMatchObject({ status: "delivered" });
  });

  test("shows nothing of it afterwards, and one without is sent nothing", async () => {
    const { received } = receive();
    const slug = await newOrganization();
    const { id } = await newWebhook(slug, { ping: false });
    await publish(slug);
    await deliver(id);
    expect(received).toEqual([]);
    const shown = await json<object>(api("GET", `/organizations/${slug}/webhooks/${id}`), 200);
    expect(shown).not.toHaveProperty("ping");
  });
});
