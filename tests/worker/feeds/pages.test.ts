import { beforeAll, describe, expect, test } from "vitest";
import { COPY_SCRIPT } from "../../../src/http/pages/script.ts";
import { sourceOf } from "../../../src/http/pages/security.ts";
import { stopClock } from "../../support/clock.ts";
import { publish } from "../../support/objects.ts";
import {
  api,
  fresh,
  get,
  newArticle,
  newOrganization,
  publishIndex,
  type ShownArticle,
  SITE,
  send,
} from "../../support/service.ts";

interface FoundElement {
  name: string;
  attributes: Record<string, string>;
}

/** The elements of a page that a selector finds, by the platform's own HTML parser; attributes as they are written. */
async function elements(html: string, selector: string): Promise<FoundElement[]> {
  const found: FoundElement[] = [];
  const rewriter = new HTMLRewriter().on(selector, {
    element: (element) => {
      found.push({ name: element.tagName, attributes: Object.fromEntries(element.attributes) });
    },
  });
  await rewriter.transform(new Response(html)).text();
  return found;
}

/** The text of a page, which must be there. */
async function pageAt(path: string): Promise<string> {
  const response = await get(path);
  expect([path, response.status]).toEqual([path, 200]);
  return response.text();
}

let slug: string;
let article: ShownArticle;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization({ name: "Acme & Sons", description: "Makers of things." });
  article = await newArticle(slug, {
    title: "A thing & another",
    summary: "Both are new.",
    content_html: '<p>They are <b>good</b>. <a href="https://example.org/more">More</a></p>',
    language: "en",
  });
  await publish(slug);
  await publishIndex();
});

describe.each([
  ["/", () => "/"],
  ["/{organization}", () => `/${slug}`],
  ["/articles/{id}", () => `/articles/${article.id}`],
])("%s", (_name, path) => {
  test("is a page of HTML that caches may keep as long as a feed", async () => {
    const response = await get(path());
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("public, max-age=60");
    expect(await response.text()).toMatch(/^<!doctype html>\n<html lang="en" dir="ltr">/);
  });

  test("allows itself nothing but its one style and the script that copies, by their hashes", async () => {
    const response = await get(path());
    const html = await response.text();
    const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? "";
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    const policy = (response.headers.get("content-security-policy") ?? "").split("; ");
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        `style-src 'sha256-${hash}'`,
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy.filter((one) => /script-src|unsafe/.test(one))).toEqual([
      `script-src ${await sourceOf(COPY_SCRIPT)}`,
    ]);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(
      await elements(
        html.replace(`<script>${COPY_SCRIPT}</script>`, ""),
        'script:not([type="application/ld+json"]), iframe, object, embed, [style]',
      ),
    ).toEqual([]);
  });

  test("can be read on a phone, and found its way around by ear", async () => {
    const html = await pageAt(path());
    expect(await elements(html, 'meta[name="viewport"]')).toHaveLength(1);
    expect(await elements(html, "main")).toHaveLength(1);
    expect(await elements(html, "h1")).toHaveLength(1);
    expect(await elements(html, 'a[href="#main"]')).toHaveLength(1);
  });

  test("HEAD has the headers of GET and no body", async () => {
    const [head, full] = [await send("HEAD", path()), await get(path())];
    expect([...head.headers]).toEqual([...full.headers]);
    expect(await head.text()).toBe("");
    await full.body?.cancel();
  });
});

describe("/", () => {
  test("lists the organizations, each with its page and its feeds", async () => {
    const html = await pageAt("/");
    expect(html).toContain("Acme &amp; Sons");
    const links = (await elements(html, "a")).map((link) => link.attributes.href);
    expect(links).toEqual(
      expect.arrayContaining(
        ["", "/feed.rss", "/feed.atom", "/feed.json"].map((end) => `https://news.example/${slug}${end}`),
      ),
    );
  });
});

describe("/{organization}", () => {
  test("has its feeds found by programs, each in its type", async () => {
    const found = await elements(await pageAt(`/${slug}`), 'link[rel="alternate"]');
    expect(found.map(({ attributes }) => [attributes.type, attributes.title, attributes.href])).toEqual([
      ["application/rss+xml", "Acme &amp; Sons (RSS)", `https://news.example/${slug}/feed.rss`],
      ["application/atom+xml", "Acme &amp; Sons (Atom)", `https://news.example/${slug}/feed.atom`],
      ["application/feed+json", "Acme &amp; Sons (JSON Feed)", `https://news.example/${slug}/feed.json`],
    ]);
    for (const { attributes } of found) {
      const feed = await get(new URL(attributes.href ?? "").pathname);
      expect(feed.headers.get("content-type")).toBe(`${attributes.type}; charset=utf-8`);
      await feed.body?.cancel();
    }
  });

  test("shows what it is and its latest articles", async () => {
    const html = await pageAt(`/${slug}`);
    expect(html).toContain("Makers of things.");
    expect(html).toContain("A thing &amp; another");
    expect(html).toContain("Both are new.");
    const links = (await elements(html, "a")).map((link) => link.attributes.href);
    expect(links).toContain(`https://news.example/articles/${article.id}`);
  });

  test("without an article yet is a page too", async () => {
    expect(await pageAt(`/${await newOrganization()}`)).toContain("Nothing published yet");
  });
});

describe("/articles/{id}", () => {
  test("shows the article, with its organizations and their feeds", async () => {
    const html = await pageAt(`/articles/${article.id}`);
    expect(html).toContain("<h1>A thing &amp; another</h1>");
    expect(html).toContain("<p>They are <b>good</b>.");
    const links = (await elements(html, "a")).map((link) => link.attributes.href);
    expect(links).toEqual(
      expect.arrayContaining([`https://news.example/${slug}`, "https://example.org/more"]),
    );
    expect(await elements(html, 'link[rel="alternate"]')).toHaveLength(3);
  });

  test("is in the language of the article, in its direction", async () => {
    const { id } = await newArticle(slug, { title: "\u0628\u064A\u0627\u0646", language: "ar" });
    expect(await pageAt(`/articles/${id}`)).toMatch(/^<!doctype html>\n<html lang="ar" dir="rtl">/);
  });
});

test("hostile content is harmless on every page", async () => {
  const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">x</a>`;
  const own = await newOrganization({ name: hostile, description: hostile, aliases: [hostile] });
  const { id } = await newArticle(own, {
    title: hostile,
    summary: hostile,
    content_html: `<p style="color:red" onclick="alert(1)">${hostile}<svg onload=alert(1)><form action="/x"><input></form></p>`,
    authors: [{ name: hostile, url: 'https://example.org/"onmouseover="alert(1)' }],
    tags: [hostile],
    image: 'https://example.org/i.png?"onerror="alert(1)',
    attachments: [{ url: "https://example.org/%22%3E%3Cscript%3E", mime_type: "image/png", title: hostile }],
    source: { name: hostile },
  });
  await publish(own);
  await publishIndex();
  for (const path of ["/", `/${own}`, `/articles/${id}`]) {
    const html = await pageAt(path);
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    for (const { name, attributes } of await elements(
      html.replace(`<script>${COPY_SCRIPT}</script>`, ""),
      "*",
    )) {
      if (name === "script") expect(attributes).toEqual({ type: "application/ld+json" });
      expect(["textarea", "object", "iframe"]).not.toContain(name);
      if (name === "form") expect(attributes.action).toBe(`${SITE}/${own}`);
      const names = Object.keys(attributes);
      expect(names.filter((attribute) => attribute.startsWith("on") || attribute === "style")).toEqual([]);
      for (const address of [attributes.href, attributes.src]) {
        if (address !== undefined) expect(address).toMatch(/^((feed:)?https?:\/\/|[/#])/);
      }
    }
  }
});

describe("what is not there", () => {
  test.each(["/nobody-at-all", "/articles/nothing-at-all", "/a/b/c", "/articles/", "/%00"])(
    "%s: a page that says 404",
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(404);
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      const html = await response.text();
      expect(html).toContain("<h1>Not found</h1>");
      expect(await elements(html, 'meta[name="robots"][content="noindex"]')).toHaveLength(1);
    },
  );

  test.each([`/${"a".repeat(600)}`, `/articles/${"a".repeat(600)}`])(
    "an address longer than any name is 404, not a failure",
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  test("a withdrawn article: a page that says 410, and nothing of the article", async () => {
    const { id } = await newArticle(slug, { title: "Embarrassing" });
    await api("DELETE", `/articles/${id}`);
    const response = await get(`/articles/${id}`);
    expect([response.status, response.headers.get("cache-control")]).toEqual([410, "no-store"]);
    const html = await response.text();
    expect(html).toContain("<h1>Withdrawn</h1>");
    expect(html).not.toContain("Embarrassing");
  });

  test("an organization that was ended: 410", async () => {
    const ended = await newOrganization();
    await api("DELETE", `/organizations/${ended}`);
    expect((await get(`/${ended}`)).status).toBe(410);
    expect((await get(`/${fresh("never")}`)).status).toBe(404);
  });
});
