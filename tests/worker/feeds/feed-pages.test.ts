import { beforeAll, describe, expect, test } from "vitest";
import { stopClock } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { FORMAT_NAMES, newArticles } from "../../support/feeds.ts";
import { publish } from "../../support/objects.ts";
import { api, get, json, newArticle, newOrganization, SITE } from "../../support/service.ts";

const BROWSER = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

let slug: string;
let other: string;
let id: string;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization({ name: "ICESCO", language: "en" });
  other = await newOrganization({ name: "UNESCO" });
  await newArticle(slug, {
    title: "Old and tagged",
    tags: ["Heritage", "a, b"],
    authors: [{ name: "Laman Əliyeva", url: "https://laman.example/" }],
    published_at: "2029-01-01",
  });
  await newArticles(slug, 60);
  ({ id } = await newArticle([slug, other], {
    title: "New and tagged",
    tags: ["heritage"],
    authors: [{ name: "Laman Əliyeva" }],
    published_at: "2031-01-01",
  }));
  await publish(slug);
  await publish(other);
});

interface Read {
  headlines: string[];
  title: string;
  /** The address that people are told to copy. */
  told: string | undefined;
  links: string[];
  feeds: string[];
  canonical: string | undefined;
}

/** A page, read by the platform's own HTML parser. */
async function read(response: Response): Promise<Read> {
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const found: Read = {
    headlines: [],
    title: "",
    told: undefined,
    links: [],
    feeds: [],
    canonical: undefined,
  };
  const textInto = (take: (text: string) => void) => {
    let text = "";
    return {
      element: (element: Element) => {
        text = "";
        element.onEndTag(() => take(text.trim().replaceAll("&amp;", "&")));
      },
      text: (chunk: Text) => {
        text += chunk.text;
      },
    };
  };
  const hrefInto = (take: (href: string) => void) => ({
    element: (element: Element) => take((element.getAttribute("href") ?? "").replaceAll("&amp;", "&")),
  });
  const set = (field: "title" | "told" | "canonical") => (value: string) => {
    found[field] = value;
  };
  await new HTMLRewriter()
    .on(
      "h3",
      textInto((text) => found.headlines.push(text)),
    )
    .on("h1", textInto(set("title")))
    .on(".notice code", textInto(set("told")))
    .on(
      "a",
      hrefInto((href) => found.links.push(href)),
    )
    .on(
      'link[rel="alternate"]',
      hrefInto((href) => found.feeds.push(href)),
    )
    .on('link[rel="canonical"]', hrefInto(set("canonical")))
    .transform(response)
    .text();
  return found;
}

const pageAt = async (path: string): Promise<Read> => {
  const response = await get(path, BROWSER);
  expect(response.status).toBe(200);
  return read(response);
};

describe.each(FORMAT_NAMES)("a browser at feed.%s", (format) => {
  test("with a filter sees that feed's articles and its address", async () => {
    const page = await pageAt(`/${slug}/feed.${format}?tag=HERITAGE`);
    expect(page).toMatchObject({
      title: "ICESCO: heritage",
      headlines: ["New and tagged", "Old and tagged"],
      told: `${SITE}/${slug}/feed.${format}?tag=heritage`,
      canonical: `${SITE}/${slug}?tag=heritage`,
      feeds: FORMAT_NAMES.map((name) => `${SITE}/${slug}/feed.${name}?tag=heritage`),
    });
    expect(page.links).toContain(`${SITE}/${slug}`);
  });

  test("of several organizations sees their articles and its address", async () => {
    const names = [slug, other].sort().join(",");
    const query = `organization=${names}&author=laman%20%C9%99liyeva`;
    const page = await pageAt(`/feed.${format}?author=Laman+%C6%8Fliyeva&organization=${names}`);
    expect(page).toMatchObject({
      headlines: ["New and tagged"], // a combined feed has no archive
      told: `${SITE}/feed.${format}?${query}`,
      canonical: undefined,
      feeds: FORMAT_NAMES.map((name) => `${SITE}/feed.${name}?${query}`),
    });
    expect(page.title.split(": ")[0]?.split(" · ").sort()).toEqual(["ICESCO", "UNESCO"]);
  });

  test("at a private address sees its articles, and nothing that leads away from it", async () => {
    const own = await newOrganization({ name: "Closed Circle", unlisted: true });
    const article = await newArticle(own, { title: "For members", tags: ["secret"] });
    await publish(own);
    const { feeds } = await json<{ feeds: Record<string, string> }>(
      api("POST", `/organizations/${own}/readers`, {}),
      201,
    );
    const address = feeds[format] ?? "";
    const response = await get(address.slice(SITE.length), BROWSER);
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "private, no-store"]);
    expect(response.headers.get("x-robots-tag")).toBe("noindex");
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    expect(response.headers.get("vary")).toContain("Accept");
    const page = await read(response);
    const base = address.replace(/\/feed\.\w+$/, "");
    expect(page).toMatchObject({ headlines: ["For members"], told: address, canonical: undefined });
    expect(page.feeds).toEqual(FORMAT_NAMES.map((name) => `${base}/feed.${name}`));
    expect(page.links).toContain(`${base}/articles/${article.id}`);
    expect(
      page.links.filter((link) => link.includes(own) && !link.replace(/^feed:/, "").startsWith(base)),
    ).toEqual([]);
  });

  test("is told what is wrong with a filter", async () => {
    for (const path of [
      `/${slug}/feed.${format}?language=english!`,
      `/feed.${format}?organization=nobody-here`,
    ]) {
      const response = await get(path, BROWSER);
      expect(response.status).toBe(400);
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
      await response.body?.cancel();
    }
  });
});

describe("the page of a part of an organization's articles", () => {
  test("has its articles and its feeds, and no notice", async () => {
    expect(await pageAt(`/${slug}?tag=heritage`)).toMatchObject({
      title: "ICESCO: heritage",
      headlines: ["New and tagged", "Old and tagged"],
      told: undefined,
      canonical: `${SITE}/${slug}?tag=heritage`,
      feeds: FORMAT_NAMES.map((name) => `${SITE}/${slug}/feed.${name}?tag=heritage`),
    });
  });

  test("is linked where a tag or an author is shown, with its feed", async () => {
    for (const path of [`/${slug}`, `/articles/${id}`]) {
      const { links } = await pageAt(path);
      for (const query of ["tag=heritage", "author=laman%20%C9%99liyeva"]) {
        expect(links).toContain(`${SITE}/${slug}?${query}`);
        expect(links).toContain(`${SITE}/${slug}/feed.rss?${query}`);
      }
    }
    // A comma separates values: this tag has no address.
    expect((await pageAt(`/${slug}?tag=heritage`)).links.filter((link) => link.includes("tag=a"))).toEqual(
      [],
    );
  });

  test("ignores parameters that are no filter", async () => {
    expect((await pageAt(`/${slug}?organization=${other}`)).title).toBe("ICESCO");
  });

  test("costs what its feed costs", async () => {
    const costs = await costsOf(async () => void (await (await get(`/${slug}?tag=costly`)).text()));
    expect(costs).toMatchObject({ kvReads: 1, kvWrites: 0, objectCalls: ["search"] });
  });
});
