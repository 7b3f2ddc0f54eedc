import { beforeAll, describe, expect, test } from "vitest";
import { COPY_SCRIPT } from "../../../src/http/pages/script.ts";
import { stopClock } from "../../support/clock.ts";
import { publish } from "../../support/objects.ts";
import { api, get, json, newArticle, newOrganization, publishIndex, SITE } from "../../support/service.ts";

interface Shared {
  /** By name or property; those that are given more than once in order. */
  meta: Record<string, string[]>;
  /** Of `<link>`: addresses by relation. */
  links: Record<string, string[]>;
  data: Record<string, unknown>[];
}

const ENTITIES: Record<string, string> = {
  "&amp;": "&",
  "&quot;": '"',
  "&lt;": "<",
  "&gt;": ">",
  "&#39;": "'",
};
const decoded = (text: string | null) =>
  (text ?? "").replace(/&(amp|quot|lt|gt|#39);/g, (one) => ENTITIES[one] ?? one);

/** What the platform's HTML parser finds for others to show. */
async function shared(path: string, headers: Record<string, string> = {}): Promise<Shared> {
  const found: Shared = { meta: {}, links: {}, data: [] };
  let script = "";
  const response = await new HTMLRewriter()
    .on("meta", {
      element: (element) => {
        const name = element.getAttribute("property") ?? element.getAttribute("name");
        if (name) found.meta[name] = [...(found.meta[name] ?? []), decoded(element.getAttribute("content"))];
      },
    })
    .on("link", {
      element: (element) => {
        const name = element.getAttribute("rel") ?? "";
        found.links[name] = [...(found.links[name] ?? []), decoded(element.getAttribute("href"))];
      },
    })
    .on('script[type="application/ld+json"]', {
      element: (element) => {
        script = "";
        element.onEndTag(() => {
          const { "@context": context, "@graph": graph } = JSON.parse(script);
          expect(context).toBe("https://schema.org");
          found.data.push(...graph);
        });
      },
      text: (chunk) => {
        script += chunk.text;
      },
    })
    .transform(await get(path, headers))
    .text();
  expect(response.replace(COPYING, "")).not.toMatch(/<script(?! type="application\/ld\+json")/);
  return found;
}

/** The one script of pages, which copies. */
const COPYING = `<script>${COPY_SCRIPT}</script>`;

const HOSTILE = 'A "quote" & </script><script>alert(1)</script> <!-- ]]>';

let slug: string;
let id: string;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization({
    name: "Xalça Muzeyi",
    description: "Carpets.",
    language: "az",
    homepage: "https://muzey.example/",
    logo: "https://muzey.example/logo.png",
  });
  ({ id } = await newArticle(slug, {
    title: HOSTILE,
    summary: "What is new.",
    image: "https://muzey.example/1.jpg",
    published_at: "2025-11-18",
    published_precision: "day",
    language: "az",
    tags: ["a", "b"],
    authors: [{ name: "Laman", url: "https://laman.example/" }],
  }));
  await publish(slug);
  await publishIndex();
});

describe("an article's page", () => {
  test("has Open Graph and a large Twitter card", async () => {
    const { meta } = await shared(`/articles/${id}`);
    expect(meta).toMatchObject({
      "og:site_name": ["Communiqué"],
      "og:type": ["article"],
      "og:title": [HOSTILE],
      "og:description": ["What is new."],
      "og:url": [`${SITE}/articles/${id}`],
      "og:locale": ["az_AZ"],
      "og:image": ["https://muzey.example/1.jpg"],
      "twitter:card": ["summary_large_image"],
      "article:published_time": ["2025-11-18T00:00:00Z"],
      "article:author": ["Laman"],
      "article:tag": ["a", "b"],
    });
  });

  test("says in JSON-LD what it is, however its title looks", async () => {
    const { data } = await shared(`/articles/${id}`);
    expect(data).toMatchObject([
      {
        "@type": "NewsArticle",
        headline: HOSTILE,
        datePublished: "2025-11-18",
        inLanguage: "az",
        image: "https://muzey.example/1.jpg",
        author: [{ "@type": "Person", name: "Laman", url: "https://laman.example/" }],
        publisher: [
          { "@type": "Organization", name: "Xalça Muzeyi", logo: "https://muzey.example/logo.png" },
        ],
      },
      {
        "@type": "BreadcrumbList",
        itemListElement: [
          { position: 1, item: `${SITE}/` },
          { position: 2, name: "Xalça Muzeyi", item: `${SITE}/${slug}` },
          { position: 3, name: HOSTILE, item: `${SITE}/articles/${id}` },
        ],
      },
    ]);
  });
});

describe("an organization's page", () => {
  test("says what it is, and has its logo for an icon", async () => {
    const { meta, data, links } = await shared(`/${slug}`);
    expect(meta).toMatchObject({
      "og:type": ["profile"],
      "og:title": ["Xalça Muzeyi"],
      "twitter:card": ["summary"],
    });
    expect(data).toMatchObject([
      {
        "@type": "Organization",
        name: "Xalça Muzeyi",
        url: "https://muzey.example/",
        description: "Carpets.",
      },
      {
        "@type": "BreadcrumbList",
        itemListElement: [{ position: 1 }, { position: 2, item: `${SITE}/${slug}` }],
      },
    ]);
    expect([links.icon, links["apple-touch-icon"]]).toEqual([
      ["https://muzey.example/logo.png"],
      ["https://muzey.example/logo.png"],
    ]);
  });

  test("of a part of its articles says of what it is a part", async () => {
    const { data } = await shared(`/${slug}?tag=a`);
    expect(data).toMatchObject([
      { "@type": "Organization", "@id": `${SITE}/${slug}#organization`, name: "Xalça Muzeyi" },
      { itemListElement: [{}, { item: `${SITE}/${slug}` }, { item: `${SITE}/${slug}?tag=a` }] },
    ]);
  });
});

test("the home page says what the site is, and where all its feeds are", async () => {
  const { meta, data, links } = await shared("/");
  expect(meta["og:type"]).toEqual(["website"]);
  expect(data).toMatchObject([{ "@type": "WebSite", url: `${SITE}/` }]);
  expect(links.alternate).toContain(`${SITE}/feeds.opml`);
});

test("nothing is said of pages that nobody may keep", async () => {
  const closed = await newOrganization({ unlisted: true });
  const { id: secret } = await newArticle(closed, { tags: ["secret"] });
  await publish(closed);
  const { feeds } = await json<{ feeds: { atom: string } }>(
    api("POST", `/organizations/${closed}/readers`, {}),
    201,
  );
  const own = feeds.atom.slice(SITE.length);
  for (const path of [own, own.replace("feed.atom", `articles/${secret}`), "/nobody"]) {
    const { meta, data } = await shared(path, { accept: "text/html" });
    expect([Object.keys(meta).filter((name) => /^(og|article|twitter):/.test(name)), data]).toEqual([[], []]);
  }
});

describe("icons", () => {
  test.each([
    ["Xalça", "X"],
    ["«İpək»", "İ"],
    ["إيسيسكو", "إ"],
    ["𐐷eseret", "𐐏"],
    ["东方", "东"],
    ["42", "4"],
  ])("%s has its letter for an icon", async (name, letter) => {
    const own = await newOrganization({ name });
    const { links } = await shared(`/${own}`);
    expect(links.icon).toEqual([`${SITE}/icons/${letter.codePointAt(0)?.toString(16)}.svg`]);
    const icon = await get((links.icon?.[0] ?? "").slice(SITE.length));
    expect([icon.status, icon.headers.get("content-type")]).toEqual([200, "image/svg+xml"]);
    expect(await icon.text()).toContain(`>${letter}</text>`);
  });

  test.each(["3c", "26", "61", "zz", "", "d800", "fffff", "301", "041"])(
    "there is none of %j",
    async (code) => {
      const answer = await get(`/icons/${code}.svg`);
      expect(answer.status).toBe(404);
      await answer.body?.cancel();
    },
  );

  test.each(["/favicon.ico", "/apple-touch-icon.png"])("%s is a PNG of the sign", async (path) => {
    const icon = await get(path);
    expect(icon.headers.get("content-type")).toBe("image/png");
    const bytes = new Uint8Array(await icon.arrayBuffer());
    expect([...bytes.slice(1, 4)]).toEqual([...new TextEncoder().encode("PNG")]);
    expect(new DataView(bytes.buffer).getUint32(16)).toBe(180);
  });

  test("a name without a letter has the service's icon", async () => {
    const own = await newOrganization({ name: "!!!" });
    expect((await shared(`/${own}`)).links.icon).toEqual([`${SITE}/favicon.svg`]);
  });
});
