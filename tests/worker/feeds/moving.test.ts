import { env } from "cloudflare:workers";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Organization } from "../../../src/model/organization.ts";
import { stopClock } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { newArticles } from "../../support/feeds.ts";
import { subscribe, subscriber, subscriptionsOf, topicOf } from "../../support/hub.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import {
  api,
  fresh,
  get,
  json,
  newArticle,
  newOrganization,
  newToken,
  publishIndex,
  type ShownProblem,
  SITE,
} from "../../support/service.ts";

beforeEach(() => stopClock());
afterAll(() => vi.useRealTimers());

const put = (slug: string, fields: object, token?: string): Promise<Response> =>
  api("PUT", `/organizations/${slug}`, { name: "Acme", ...fields }, token ? { token } : {});

/** An organization with an article that has another address since then. */
async function moved(): Promise<{ slug: string; address: string; id: string }> {
  const slug = await newOrganization();
  const { id } = await newArticle(slug, { title: "One", tags: ["heritage"] });
  await publish(slug);
  const address = fresh("new");
  await json(put(slug, { address }), 200);
  await publish(slug);
  return { slug, address, id };
}

const BROWSER = { accept: "text/html" };

describe("an organization that takes another address", () => {
  test("is served there, with links to itself there, under the same feed and item ids", async () => {
    const slug = await newOrganization();
    await newArticle(slug, { title: "One" });
    await publish(slug);
    const idsIn = (xml: string) => [...xml.matchAll(/<id>([^<]*)<\/id>/g)].map(([, id]) => id);
    const before = await (await get(`/${slug}/feed.atom`)).text();
    const address = fresh("new");
    await json(put(slug, { address }), 200);
    await publish(slug);
    const response = await get(`/${address}/feed.atom`);
    const after = await response.text();
    expect(response.status).toBe(200);
    expect(idsIn(after)).toEqual(idsIn(before));
    expect(after).toContain(`href="${SITE}/${address}/feed.atom"`);
    expect(after).not.toContain(`/${slug}/`);
    expect(response.headers.get("link")).toContain(`/${address}/feed.atom`);
    expect((await get(`/${address}`, BROWSER)).status).toBe(200);
    expect(await (await get(`/${address}`, BROWSER)).text()).not.toContain(`/${slug}`);
  });

  test.each([
    ["/{}/feed.rss", {}],
    ["/{}/feed.atom", {}],
    ["/{}/feed.json", {}],
    ["/{}/feed.rss?tag=heritage", {}],
    ["/{}/feed.rss", BROWSER],
    ["/{}", BROWSER],
    ["/{}?tag=heritage", BROWSER],
    ["/{}/archive/1.atom", {}],
    ["/{}/sitemap.xml", {}],
  ])("leads %s to the same there", async (path, headers) => {
    const { slug, address } = await moved();
    const response = await get(path.replace("{}", slug), headers);
    expect(response.status).toBe(301);
    expect(response.headers.get("location")).toBe(path.replace("{}", address));
    expect(response.headers.get("cache-control")).toBe("public, max-age=60");
    expect((await get(response.headers.get("location") ?? "", headers)).status).not.toBe(301);
  });

  test("leads there in one step from every address that it has had, and back when it returns", async () => {
    const { slug, address } = await moved();
    const third = fresh("third");
    await json(put(slug, { address: third }), 200);
    await publish(slug);
    for (const former of [slug, address])
      expect((await get(`/${former}/feed.rss`)).headers.get("location")).toBe(`/${third}/feed.rss`);
    await json(put(slug, { address: slug }), 200);
    await publish(slug);
    expect((await get(`/${slug}/feed.rss`)).status).toBe(200);
    for (const former of [address, third])
      expect((await get(`/${former}/feed.rss`)).headers.get("location")).toBe(`/${slug}/feed.rss`);
  });

  test("keeps its address when the request leaves it out, and its name in the API", async () => {
    const { slug, address, id } = await moved();
    await json(put(slug, { name: "Renamed" }), 200);
    expect(await json<Organization>(api("GET", `/organizations/${slug}`), 200)).toMatchObject({
      slug,
      address,
    });
    expect(
      (await json<{ organizations: string[] }>(api("GET", `/articles/${id}`), 200)).organizations,
    ).toEqual([slug]);
    await json(api("GET", `/organizations/${address}`), 404);
  });

  test("has archives, searches, combined feeds and article pages at its address", async () => {
    const slug = await newOrganization();
    await newArticles(slug, 55, 1, { tags: ["heritage"] });
    const { id } = await newArticle(slug, { title: "The last" });
    const address = fresh("new");
    await json(put(slug, { address }), 200);
    await publish(slug);
    expect((await get(`/${address}/archive/1.atom`)).status).toBe(200);
    const filtered = await (await get(`/${address}/feed.json?tag=heritage`)).text();
    expect(JSON.parse(filtered).items.length).toBeGreaterThan(49);
    for (const name of [address, slug]) {
      const combined = await get(`/feed.json?organization=${name}`);
      expect([name, combined.status, JSON.parse(await combined.text()).items.length]).toEqual([
        name,
        200,
        50,
      ]);
    }
    expect(await (await get(`/articles/${id}`, BROWSER)).text()).toContain(`href="${SITE}/${address}"`);
    await publishIndex();
    expect(await (await get("/feeds.opml")).text()).toContain(`/${address}/feed`);
  });

  test("keeps private addresses as they are", async () => {
    const slug = await newOrganization();
    await newArticle(slug, { title: "One" });
    await publish(slug);
    const { feeds } = await json<{ feeds: { atom: string } }>(
      api("POST", `/organizations/${slug}/readers`, {}),
      201,
    );
    const path = feeds.atom.slice(SITE.length);
    const address = fresh("new");
    await json(put(slug, { address }), 200);
    await publish(slug);
    const text = await (await get(path)).text();
    expect(text).toContain("One");
    expect(text).toContain(`href="${feeds.atom}"`);
    expect(text).not.toContain(`${SITE}/${address}/feed`);
  });

  test("leads hub subscribers along, and takes subscriptions at both addresses", async () => {
    const pushed: { body: string; link: string }[] = [];
    subscriber((request) => {
      pushed.push({ body: request.body, link: request.headers.link ?? "" });
      return new Response(null, { status: 204 });
    });
    const slug = await newOrganization();
    await publish(slug);
    await subscribe(topicOf(slug));
    const address = fresh("new");
    await json(put(slug, { address }), 200);
    await subscribe(`${SITE}/${address}/feed.json?tag=heritage`);
    await newArticle(slug, { title: "After the move", tags: ["heritage"] });
    await publish(slug);
    expect(await subscriptionsOf(slug)).toHaveLength(2);
    const plain = pushed.find(({ link }) => link.includes(`/${address}/feed.`) && !link.includes("tag="));
    expect(plain?.body).toContain("After the move");
  });

  test("tells webhooks its page there, and its slug as before", async () => {
    const receiver = receive();
    const { slug, address } = await moved();
    const webhook = await newWebhook(slug);
    await newArticle(slug, { title: "Told" });
    await publish(slug);
    await deliver(webhook.id);
    const { data } = JSON.parse(receiver.received.at(-1)?.body ?? "{}") as {
      data: { organization: { slug: string; page_url: string } };
    };
    expect(data.organization).toMatchObject({ slug, page_url: `${SITE}/${address}` });
  });

  test("answers 410 at all its addresses when it is deleted", async () => {
    const { slug, address } = await moved();
    await json(api("DELETE", `/organizations/${slug}`), 204).catch(() => null);
    await publish(slug);
    for (const name of [slug, address]) expect((await get(`/${name}/feed.rss`)).status).toBe(410);
  });

  test("costs three KV writes for each address that leads to it, once", async () => {
    const slug = await newOrganization();
    await newArticle(slug);
    await publish(slug);
    await json(put(slug, { address: fresh("new") }), 200);
    expect((await costsOf(() => publish(slug))).kvWrites).toBe(6);
    await newArticle(slug);
    expect((await costsOf(() => publish(slug))).kvWrites).toBe(3);
    const { address = "" } = await json<Organization>(api("GET", `/organizations/${slug}`), 200);
    expect(await costsOf(() => get(`/${slug}/feed.rss`))).toMatchObject({ kvReads: 1, objectCalls: [] });
    expect(await costsOf(() => get(`/${address}/feed.rss`))).toMatchObject({ kvReads: 1, objectCalls: [] });
  });
});

describe("an address", () => {
  test("is refused if it is or was another organization's, and can be nobody's slug afterwards", async () => {
    const { slug, address } = await moved();
    const other = await newOrganization();
    for (const taken of [slug, address]) {
      const { errors } = await json<ShownProblem>(put(other, { address: taken }), 422);
      expect(errors).toEqual([{ path: "address", message: `${taken} is or was another organization's` }]);
    }
    await json(put(address, { name: "Squatter" }), 422);
    expect((await json<ShownProblem>(put(other, { address: "admin" }), 422)).errors?.[0]?.path).toBe(
      "address",
    );
  });

  test("is changed by the operator alone", async () => {
    const slug = await newOrganization();
    const token = await newToken(slug);
    const { errors } = await json<ShownProblem>(put(slug, { address: fresh("new") }, token), 422);
    expect(errors).toEqual([{ path: "address", message: "can be changed by the operator alone" }]);
    await json(put(slug, { name: "Still free to be renamed" }, token), 200);
  });

  test("that led to it before the service knew it leads to it, and ten at most", async () => {
    const slug = await newOrganization();
    const old = fresh("old");
    await json(put(slug, { former_addresses: [old] }), 200);
    await publish(slug);
    expect((await get(`/${old}/feed.rss`)).headers.get("location")).toBe(`/${slug}/feed.rss`);
    const many = Array.from({ length: 10 }, () => fresh("more"));
    await json(put(slug, { former_addresses: many }), 422);
    expect(await env.DOCUMENTS.get(`${many[0]}/feed.rss`)).toBeNull();
  });
});
