import { beforeAll, describe, expect, test } from "vitest";
import { stopClock } from "../../support/clock.ts";
import { publish } from "../../support/objects.ts";
import { api, get, json, newArticle, newOrganization, send } from "../../support/service.ts";

let path: string;
let etag: string;
let lastModified: Date;

beforeAll(async () => {
  stopClock();
  const slug = await newOrganization();
  await newArticle(slug);
  await publish(slug);
  path = `/${slug}/feed.rss`;
  const response = await get(path);
  etag = response.headers.get("etag") ?? "";
  lastModified = new Date(response.headers.get("last-modified") ?? "");
});

/** The status of the feed under some preconditions. */
const statusOf = async (headers: Record<string, string>) => (await get(path, headers)).status;

/** A moment some seconds from the document's Last-Modified. */
const moment = (seconds: number) => new Date(lastModified.getTime() + seconds * 1000);

describe("If-None-Match", () => {
  test.each([
    ["the tag", (tag: string) => tag],
    ["the tag weakened, as an edge that compresses does", (tag: string) => `W/${tag}`],
    ["a list with it", (tag: string) => `"other", ${tag}`],
    ["a list without white space", (tag: string) => `"other",${tag},"third"`],
    ["a list with it weakened", (tag: string) => `W/"other", W/${tag}`],
    ["a tag with a comma in it first", (tag: string) => `"a,b", ${tag}`],
    ["any", () => "*"],
  ])("%s: 304", async (_name, value) => {
    expect(await statusOf({ "if-none-match": value(etag) })).toBe(304);
  });

  test.each([
    ["another tag", () => '"other"'],
    ["another tag weakened", () => 'W/"other"'],
    ["an empty tag, as sfeed sends at first", () => '""'],
    ["nothing", () => ""],
    ["the tag without its quotes", (tag: string) => tag.slice(1, -1)],
    ["a tag that it begins", (tag: string) => `${tag.slice(0, -1)}x"`],
    ["a star in quotes", () => '"*"'],
  ])("%s: 200", async (_name, value) => {
    expect(await statusOf({ "if-none-match": value(etag) })).toBe(200);
  });
});

describe("If-Modified-Since", () => {
  test.each([
    ["older", -1, 200],
    ["equal", 0, 304],
    ["newer", 1, 304],
  ])("%s", async (_name, seconds, status) => {
    expect(await statusOf({ "if-modified-since": moment(seconds).toUTCString() })).toBe(status);
  });

  /** RFC 850's form, `Sunday, 06-Nov-94 08:49:37 GMT` (RFC 9110 §5.6.7). */
  function rfc850(date: Date): string {
    const [, day, month, year, time] = date.toUTCString().split(" ");
    const weekday = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(date);
    return `${weekday}, ${day}-${month}-${year?.slice(2)} ${time} GMT`;
  }

  /** asctime's form, `Sun Nov  6 08:49:37 1994`. */
  function asctime(date: Date): string {
    const [weekday, day, month, year, time] = date.toUTCString().split(" ");
    return `${weekday?.slice(0, 3)} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
  }

  test.each([
    ["RFC 850's form", rfc850],
    ["asctime's form", asctime],
  ])("%s is read", async (_name, written) => {
    expect(await statusOf({ "if-modified-since": written(moment(0)) })).toBe(304);
    expect(await statusOf({ "if-modified-since": written(moment(-1)) })).toBe(200);
  });

  test("a day of one figure in asctime's form is read", async () => {
    expect(await statusOf({ "if-modified-since": "Fri Jan  1 00:00:00 2100" })).toBe(304);
    expect(await statusOf({ "if-modified-since": "Sun Nov  6 08:49:37 1994" })).toBe(200);
  });

  // RFC 9110 §13.1.3: a recipient must ignore what is no HTTP date.
  test.each([
    "",
    "yesterday",
    "0",
    "4102444800",
    "2100-01-01T00:00:00Z",
    "Fri, 01 Jan 2100",
    "Fri, 32 Jan 2100 00:00:00 GMT",
    "Fri, 01 Foo 2100 00:00:00 GMT",
    "Fri, 01 Jan 2100 00:00:00 +0400",
    "Fri, 01 Jan 2100 25:00:00 GMT",
  ])("%j is ignored", async (value) => {
    expect(await statusOf({ "if-modified-since": value })).toBe(200);
  });
});

describe("both", () => {
  test("If-None-Match decides, whatever the date says", async () => {
    const newer = moment(60).toUTCString();
    const older = moment(-60).toUTCString();
    expect(await statusOf({ "if-none-match": '"other"', "if-modified-since": newer })).toBe(200);
    expect(await statusOf({ "if-none-match": etag, "if-modified-since": older })).toBe(304);
  });

  test("an empty tag decides too", async () => {
    expect(await statusOf({ "if-none-match": '""', "if-modified-since": moment(60).toUTCString() })).toBe(
      200,
    );
  });
});

describe("304", () => {
  test.each(["GET", "HEAD"])(
    "to %s has validators, caching and CORS, no body and no type of one",
    async (method) => {
      const response = await send(method, path, { headers: { "if-none-match": etag } });
      expect(response.status).toBe(304);
      expect(Object.fromEntries(response.headers)).toEqual({
        etag,
        "last-modified": lastModified.toUTCString(),
        "cache-control": "public, max-age=3600, stale-while-revalidate=3600, stale-if-error=86400",
        vary: "Accept, A-IM, Accept-Encoding",
        link: expect.stringContaining('rel="self"'),
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "ETag, Last-Modified, Link",
        "strict-transport-security": "max-age=31536000",
        "x-content-type-options": "nosniff",
      });
      expect(response.body).toBeNull();
    },
  );

  test("becomes 200 with the new document once there is one", async () => {
    const slug = await newOrganization();
    const feed = `/${slug}/feed.atom`;
    const first = (await get(feed)).headers.get("etag") ?? "";
    expect((await get(feed, { "if-none-match": first })).status).toBe(304);
    await newArticle(slug, { title: "Fresh" });
    await publish(slug);
    const second = await get(feed, { "if-none-match": first });
    expect(second.status).toBe(200);
    expect(await second.text()).toContain("Fresh");
  });
});

describe("no reader is told that old bytes are new", () => {
  const changes: [string, (slug: string, id: string) => Promise<unknown>][] = [
    ["an article was edited", (slug, id) => put(slug, id, { title: "Edited" })],
    ["an article was withdrawn", (_slug, id) => api("DELETE", `/articles/${id}`)],
    ["an article has left the organization", (_slug, id) => elsewhere(id)],
    ["the organization has another name", (slug) => api("PUT", `/organizations/${slug}`, { name: "Other" })],
  ];
  const put = (slug: string, id: string, fields: object) =>
    json(api("PUT", `/articles/${id}`, { organizations: [slug], title: "News", ...fields }), 200);
  const elsewhere = async (id: string) => put(await newOrganization(), id, {});

  test.each(changes)("when %s", async (_name, change) => {
    const slug = await newOrganization();
    const { id } = await newArticle(slug);
    await publish(slug);
    const olds = await Promise.all(
      ["rss", "atom", "json"].map(async (format) => ({
        feed: `/${slug}/feed.${format}`,
        headers: (await get(`/${slug}/feed.${format}`)).headers,
      })),
    );
    await change(slug, id);
    await publish(slug);
    for (const { feed, headers } of olds) {
      const tag = headers.get("etag") ?? "";
      const since = headers.get("last-modified") ?? "";
      const asked = [
        { "if-none-match": tag },
        { "if-none-match": `W/${tag}` },
        { "if-modified-since": since },
        { "if-none-match": tag, "if-modified-since": since },
      ];
      for (const one of asked) expect((await get(feed, one)).status).toBe(200);
    }
  });
});
