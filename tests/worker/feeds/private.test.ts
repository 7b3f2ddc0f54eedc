import { env } from "cloudflare:workers";
import { parseAtomFeed, parseJsonFeed } from "feedsmith";
import { beforeAll, describe, expect, test } from "vitest";
import { channelOf } from "../../../src/objects/stubs.ts";
import { stopClock, wait } from "../../support/clock.ts";
import { answerOf, linksIn } from "../../support/feeds.ts";
import { publish, rows } from "../../support/objects.ts";
import {
  api,
  get,
  json,
  newArticle,
  newOrganization,
  newToken,
  publishIndex,
  type ShownArticle,
  SITE,
  send,
} from "../../support/service.ts";

interface NewReader {
  id: string;
  feeds: Record<"rss" | "atom" | "json", string>;
}

let slug: string;
let article: ShownArticle;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization({ name: "Closed Circle", unlisted: true });
  article = await newArticle(slug, { title: "For members" });
  await publish(slug);
  await publishIndex();
});

const newReader = (): Promise<NewReader> =>
  json(api("POST", `/organizations/${slug}/readers`, { description: "Aynur" }), 201);
const path = (address: string): string => address.slice(SITE.length);

describe("an organization that is not listed", () => {
  test.each(["feed.rss", "feed.atom", "feed.json", "archive/1.atom", "feed.atom?tag=a"])(
    "has no public %s",
    async (address) => {
      expect((await get(`/${slug}/${address}`)).status).toBe(404);
    },
  );

  test("has no page, and neither has an article that is only its own", async () => {
    expect((await get(`/${slug}`)).status).toBe(404);
    expect((await get(`/${slug}/feed.atom`, { accept: "text/html,*/*;q=0.8" })).status).toBe(404);
    expect((await get(path(article.page_url))).status).toBe(404);
  });

  test("stands neither on the first page nor in OPML, nor in a combined feed", async () => {
    expect(await (await get("/")).text()).not.toContain("Closed Circle");
    expect(await (await get("/feeds.opml")).text()).not.toContain(slug);
    expect((await get(`/feed.atom?organization=${slug}`)).status).toBe(400);
  });

  test("is public again when it is listed again", async () => {
    const other = await newOrganization({ unlisted: true });
    await publish(other);
    await json(api("PUT", `/organizations/${other}`, { name: "Acme" }), 200);
    await publish(other);
    expect((await get(`/${other}/feed.rss`)).status).toBe(200);
  });
});

describe("an address of one's own", () => {
  test("opens the feed in every format, with addresses that open too", async () => {
    const { feeds } = await newReader();
    const atom = parseAtomFeed(await (await get(path(feeds.atom))).text());
    expect(atom.entries?.map((entry) => entry.title?.value)).toEqual(["For members"]);
    expect(atom.links?.find(({ rel }) => rel === "self")?.href).toBe(feeds.atom);
    const page = atom.entries?.[0]?.links?.[0]?.href ?? "";
    expect(await (await get(path(page))).text()).toContain("For members");
    expect(parseJsonFeed(await (await get(path(feeds.json))).text()).feed_url).toBe(feeds.json);
    expect((await get(path(feeds.rss))).headers.get("content-type")).toBe(
      "application/rss+xml; charset=utf-8",
    );
  });

  test("is for the reader's own cache alone, and revalidates", async () => {
    const { feeds } = await newReader();
    const whole = await get(path(feeds.atom));
    expect(whole.headers.get("cache-control")).toBe("private, max-age=3600");
    expect(whole.headers.get("x-robots-tag")).toBe("noindex");
    const etag = whole.headers.get("etag") ?? "";
    const again = await get(path(feeds.atom), { "if-none-match": etag });
    expect([again.status, again.headers.get("etag")]).toEqual([304, etag]);
    expect((await send("HEAD", path(feeds.atom))).status).toBe(200);
  });

  test("may be read by scripts, links to the other formats, and comes compressed, as a public feed does", async () => {
    const { feeds } = await newReader();
    for (const format of ["rss", "atom", "json"] as const) {
      const response = await answerOf(path(feeds[format]), {
        cf: { clientAcceptEncoding: "gzip" } as IncomingRequestCfProperties,
      });
      expect(response.headers.get("content-encoding")).toBe(format === "rss" ? null : "gzip");
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("vary")).toBe("Accept, A-IM, Accept-Encoding"); // a browser gets a page
      const { self, alternate, hub } = linksIn(response);
      expect({ self, alternate, hub }).toEqual({
        self: [feeds[format]],
        alternate: Object.values(feeds).filter((address) => address !== feeds[format]),
        hub: undefined,
      });
      await response.body?.cancel();
      expect((await send("OPTIONS", path(feeds[format]))).status).toBe(204);
    }
  });

  test("opens nothing from the moment it is revoked", async () => {
    const { id, feeds } = await newReader();
    expect((await get(path(feeds.atom))).status).toBe(200);
    expect((await api("DELETE", `/organizations/${slug}/readers/${id}`)).status).toBe(204);
    expect((await get(path(feeds.atom))).status).toBe(404);
    expect((await get(path(feeds.atom).replace(/feed\.atom$/, `articles/${article.id}`))).status).toBe(404);
    expect((await api("DELETE", `/organizations/${slug}/readers/${id}`)).status).toBe(404);
  });

  test("opens no other organization, and a key that was never given opens none", async () => {
    const { feeds } = await newReader();
    const other = await newOrganization({ unlisted: true });
    await publish(other);
    expect((await get(path(feeds.atom).replace(slug, other))).status).toBe(404);
    expect((await get(`/private/key_${"0".repeat(26)}/${slug}/feed.atom`)).status).toBe(404);
    expect((await get(`/private/key_${"0".repeat(26)}/no-such-one/feed.atom`)).status).toBe(404);
  });

  test("is shown once, and kept as a hash", async () => {
    const { id, feeds } = await newReader();
    const key = /key_[0-9a-z]{26}/.exec(feeds.atom)?.[0] ?? "?";
    const listed = await (await api("GET", `/organizations/${slug}/readers`)).text();
    expect(listed).toContain(id);
    expect(listed).not.toContain(key);
    expect(JSON.stringify(await rows(channelOf(env, slug), "SELECT * FROM readers"))).not.toContain(key);
  });

  test("is its organization's to give", async () => {
    const stranger = await newToken(await newOrganization());
    const options = { token: stranger };
    expect((await api("POST", `/organizations/${slug}/readers`, {}, options)).status).toBe(403);
    expect((await api("GET", `/organizations/${slug}/readers`, undefined, options)).status).toBe(403);
    expect((await api("POST", "/organizations/no-such-one/readers", {}, options)).status).toBe(403);
  });
});

test("an article that waits for its moment has no page at an address of one's own either", async () => {
  const { feeds } = await newReader();
  const secret = await newArticle(slug, { title: "Not yet", published_at: "2040-01-02T00:00:00Z" });
  const page = path(feeds.atom).replace(/feed\.atom$/, `articles/${secret.id}`);
  expect((await get(page)).status).toBe(404);
  wait(86_400_000);
  expect((await get(page)).status).toBe(200);
});

test("an archive opens at an address of one's own, with the reader's addresses in it, until the key is revoked", async () => {
  const large = await newOrganization({ unlisted: true });
  const articles = Array.from({ length: 60 }, (_, index) => ({
    id: `${large}-${index}`,
    organizations: [large],
    title: `Number ${index}`,
    published_at: new Date(Date.UTC(2025, 0, 1, 0, index)).toISOString(),
    content_html: `<a href="https://evil.example/?u=${SITE}/articles/${large}-${index}">x</a>`,
  }));
  await json(api("POST", "/articles/batch", articles), 200);
  await publish(large);
  const { id, feeds } = await json<NewReader>(api("POST", `/organizations/${large}/readers`, {}), 201);
  const feed = parseAtomFeed(await (await get(path(feeds.atom))).text());
  const archive = feed.links?.find(({ rel }) => rel === "prev-archive")?.href ?? "";
  expect(archive).toBe(feeds.atom.replace("feed.atom", "archive/1.atom"));
  const answer = await get(path(archive));
  expect(answer.headers.get("cache-control")).toMatch(/^private/);
  const text = await answer.text();
  expect(text).not.toMatch(/evil[^<]*key_/);
  expect(parseAtomFeed(text).links?.find(({ rel }) => rel === "self")?.href).toBe(archive);
  expect((await get(path(archive), { "if-none-match": answer.headers.get("etag") ?? "" })).status).toBe(304);
  await api("DELETE", `/organizations/${large}/readers/${id}`);
  expect((await get(path(archive))).status).toBe(404);
});
