import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { stopClockForEachTest } from "../../support/clock.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import { type Receiver, receive } from "../../support/receiver.ts";
import { api, get, json, newArticle, newOrganization } from "../../support/service.ts";
import { minute, putRecord } from "../../support/sweeping.ts";

const HOSTILE =
  '<p onclick="x()">hi</p><script>x()</script><img src="rel.png" onerror="x()"><a href="javascript:x()">y</a>';
const SAFE = '<p>hi</p><img src="https://n.example/rel.png" /><a>y</a>';
const FIELDS = { title: "A gallery opens", url: "https://n.example/g", content_html: HOSTILE };

let receiver: Receiver;

stopClockForEachTest();
beforeEach(() => {
  receiver = receive();
});

const alerts = (): string[] =>
  receiver.received.map(({ body }) => JSON.parse(body).data.article.content_html);
const page = async (id: string): Promise<string> => (await get(`/articles/${id}`)).text();

describe("hostile HTML", () => {
  test("is sanitized before it is stored, returned, sent and shown", async () => {
    const slug = await newOrganization();
    const { id: endpoint } = await newWebhook(slug);
    const created = await newArticle(slug, FIELDS);
    await publish(slug);
    await deliver(endpoint);
    expect(created.content_html).toBe(SAFE);
    expect(alerts()).toEqual([SAFE]);
    expect(await json(api("GET", `/articles/${created.id}`), 200)).toMatchObject({ content_html: SAFE });
    expect(await json(api("GET", `/articles?organization=${slug}`), 200)).toMatchObject({
      articles: [{ content_html: SAFE }],
    });
    expect(await env.RECORDS.get(`article:${created.id}`, "json")).toMatchObject({ content_html: SAFE });
    expect(await page(created.id)).toContain(SAFE);
  });

  test("is no new version when it is sent again or put back as returned", async () => {
    const slug = await newOrganization();
    const { id: endpoint } = await newWebhook(slug);
    const { id } = await newArticle(slug, FIELDS);
    await api("PUT", `/articles/${id}`, { organizations: [slug], ...FIELDS });
    const { page_url: _, ...read } = await json<Record<string, unknown>>(api("GET", `/articles/${id}`), 200);
    expect((await api("PUT", `/articles/${id}`, read)).status).toBe(200);
    await publish(slug);
    await deliver(endpoint);
    expect(alerts()).toEqual([SAFE]);
  });

  test("in another program's record is sanitized in alerts, responses and pages", async () => {
    const slug = await newOrganization();
    const { id: endpoint } = await newWebhook(slug);
    await putRecord("article:by-hand", { organizations: [slug], ...FIELDS });
    await minute();
    await publish(slug);
    await deliver(endpoint);
    expect(alerts()).toEqual([SAFE]);
    expect(await json(api("GET", "/articles/by-hand"), 200)).toMatchObject({ content_html: SAFE });
    expect(await json(api("GET", `/articles?organization=${slug}`), 200)).toMatchObject({
      articles: [{ content_html: SAFE }],
    });
    expect(await page("by-hand")).toContain(SAFE);
  });

  test("in a record of an older version is sanitized when it is read", async () => {
    const slug = await newOrganization();
    const record = JSON.stringify({ organizations: [slug], ...FIELDS });
    await env.RECORDS.put("article:old", record, { metadata: { version: "v" } });
    expect(await json(api("GET", "/articles/old"), 200)).toMatchObject({ content_html: SAFE });
    expect(await page("old")).toContain(SAFE);
  });
});
