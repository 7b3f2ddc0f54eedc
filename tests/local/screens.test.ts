/// <reference lib="dom" />
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localAddress, PROJECT } from "../../src/local/config.ts";
import { readToken } from "../../src/local/token.ts";
import { isInstalled, LOOKS, openBrowser, openWindow, PICTURES, SCREENS, seen } from "./browser.ts";
import { endAll, freePort, startService } from "./programs.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(join(tmpdir(), "communique-screens-"));

/** 170 characters, which is as long as headlines of ministries are. */
const HEADLINE =
  "The Ministry of Culture and the Carpet Museum sign a memorandum on the restoration of eighteenth-century carpets and on an exhibition that will travel through five countries";
const ARABIC =
  "وزارة الثقافة ومتحف السجاد يوقعان مذكرة تفاهم بشأن ترميم سجاد القرن الثامن عشر مع UNESCO وتنظيم معرض متنقل";
const CONTENT = `<p>The pieces have not left the museum before. <a href="https://unesco.example/">Read more</a>, with <code>code_that_is_long_${"x".repeat(80)}</code>.</p>
<h2>What travels</h2><ul><li>Three carpets<ul><li>of Karabakh</li></ul></li><li>Forty pieces</li></ul>
<blockquote><p>We chose them for their stories.</p></blockquote>
<figure><img src="${PICTURES}/2.jpg" alt="A carpet"><figcaption>A carpet of Shusha</figcaption></figure>
<table><tr><th>Town</th><th>From</th><th>Until</th><th>Where the exhibition can be seen in this town</th></tr><tr><td>Baku</td><td>1 May</td><td>1 June</td><td>Carpet Museum, Mikayil Huseynov Avenue</td></tr></table>
<table><tr>${"<td>A cell that is not narrow</td>".repeat(12)}</tr></table>
<pre>${"a line of code that does not break ".repeat(5)}</pre><hr><p>${"https://a.example/".padEnd(160, "long")}</p>`;

let browser: Browser;
let origin: string;
let paths: Record<string, string>;
let call: <T>(method: string, path: string, body?: object) => Promise<T>;

beforeAll(async () => {
  if (!isInstalled) return;
  const port = await freePort();
  await startService(port, join(folder, "state"), { COMMUNIQUE_SEEDS: "none" });
  origin = localAddress(port);
  const authorization = `Bearer ${readToken(PROJECT)}`;
  call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? null : await response.json()) as T;
  };
  paths = await fill();
  browser = await openBrowser();
  mkdirSync(SCREENS, { recursive: true });
});

afterAll(async () => {
  await browser?.close();
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

const publish = (organization: string, title: string, fields: object = {}) =>
  call<{ id: string }>("POST", "/articles", { organizations: [organization], title, ...fields });

/** Publishes what the pages show; returns their paths by name. */
async function fill(): Promise<Record<string, string>> {
  await call("PUT", "/organizations/museum", {
    name: "Carpet Museum",
    description: "Carpets of the Caucasus, and the stories of those who made them.",
    homepage: "https://museum.example/",
    logo: `${PICTURES}/logo.svg`,
    time_zone: "Asia/Baku",
  });
  await call("PUT", "/organizations/isesco", {
    name: "المنظمة الإسلامية للتربية",
    description: "التربية والعلوم والثقافة",
    language: "ar",
    time_zone: "Africa/Casablanca",
    logo: "https://broken.example/logo.png",
  });
  await call("PUT", "/organizations/nothing-yet", { name: "Xalça Muzeyi", language: "az" });
  await call("PUT", "/organizations/closed", { name: "Closed Circle", unlisted: true });
  const facts = {
    summary: "What the two have signed, and what will travel. ".repeat(4).trim(),
    published_at: "2025-11-18T21:30:00Z",
    authors: [{ name: "Laman İsmayılova", url: "https://laman.example/" }, { name: "Another Author" }],
    tags: ["heritage", "carpets", "a tag of several words"],
    source: { name: "Azernews", url: "https://azernews.example/" },
  };
  const { id } = await publish("museum", HEADLINE, {
    ...facts,
    url: "https://museum.example/news/1",
    image: `${PICTURES}/1.jpg`,
    content_html: CONTENT,
    attachments: [
      {
        url: "https://museum.example/a-very-long-file-name-of-a-report.pdf",
        mime_type: "application/pdf",
        size_in_bytes: 123_456,
      },
    ],
  });
  await publish("museum", "A short one", { image: "https://broken.example/1.jpg" });
  const arabic = await publish("isesco", ARABIC, {
    ...facts,
    summary: ARABIC,
    language: "ar",
    tags: ["تراث", "UNESCO"],
  });
  await publish("isesco", HEADLINE, { language: "en" });
  const withdrawn = await publish("museum", "Withdrawn");
  await call("DELETE", `/articles/${withdrawn.id}`);
  await publish("closed", "For members");
  const { feeds } = await call<{ feeds: { atom: string } }>("POST", "/organizations/closed/readers", {});
  const shows = (path: string, text: string) =>
    until(text, 20_000, async () => (await (await fetch(origin + path)).text()).includes(text));
  await shows("/museum/feed.json", "A short one");
  await shows("/isesco/feed.json", "travel through five countries");
  await shows("/", "Xalça Muzeyi");
  await shows(new URL(feeds.atom).pathname, "For members");
  return {
    home: "/",
    organization: "/museum",
    "organization-arabic": "/isesco",
    "organization-empty": "/nothing-yet",
    tag: "/museum?tag=heritage",
    feed: "/museum/feed.atom",
    "feed-combined": "/feed.rss?organization=museum,isesco",
    "feed-private": new URL(feeds.atom).pathname,
    article: `/articles/${id}`,
    "article-arabic": `/articles/${arabic.id}`,
    gone: `/articles/${withdrawn.id}`,
    missing: "/nobody-at-all",
    wrong: "/museum/feed.atom?language=!",
    list: "/organizations",
  };
}

test.skipIf(isInstalled)("needs Chromium, which .ci/run installs", () => {});

describe.skipIf(!isInstalled).each(LOOKS)("at $width pixels, $scheme", (look) => {
  test("no page scrolls sideways, and axe finds nothing", async () => {
    const context = await openWindow(browser, look, origin);
    const page = await context.newPage();
    expect(await seen(page, { origin, paths, look })).toEqual({ faults: {}, refused: [] });
    await context.close();
  });

  test("a headline of 170 characters leaves room for what follows", async () => {
    const context = await openWindow(browser, look, origin);
    const page = await context.newPage();
    for (const name of ["article", "article-arabic"]) {
      await page.goto(origin + paths[name]);
      const heading = await page.locator("h1").boundingBox();
      const { height = 0 } = page.viewportSize() ?? {};
      expect(heading?.height).toBeLessThan(height * 0.4);
      expect((await page.locator("h1").innerText()).length).toBeGreaterThan(90);
    }
    await context.close();
  });

  test("a logo that does not load leaves a letter", async () => {
    const context = await openWindow(browser, look, origin);
    const page = await context.newPage();
    await page.goto(`${origin}/isesco`);
    const shown = await page.evaluate(() => {
      const mark = document.querySelector<HTMLImageElement>(".title img.mark");
      const { content, backgroundColor } = getComputedStyle(mark as HTMLImageElement, "::after");
      return {
        loaded: mark?.naturalWidth,
        letter: mark?.alt,
        content,
        isOpaque: !backgroundColor.endsWith(", 0)"),
      };
    });
    expect(shown).toEqual({ loaded: 0, letter: "ا", content: '"ا"', isOpaque: true });
    await context.close();
  });
});

describe.skipIf(!isInstalled)("how to subscribe", () => {
  const opened = async (options: { javaScriptEnabled: boolean }) => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
    const page = await context.newPage();
    await page.goto(`${origin}/museum`);
    await page.locator(".subscribe summary").click();
    return { context, page };
  };

  test("copies the address of the feed", async () => {
    const { context, page } = await opened({ javaScriptEnabled: true });
    await page.getByRole("button", { name: "Copy the address" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${origin}/museum/feed.rss`);
    await page.screenshot({ path: join(SCREENS, "subscribe-390.png"), fullPage: true });
    await context.close();
  });

  test("shows the address, the readers and the code without script, and no button", async () => {
    const { context, page } = await opened({ javaScriptEnabled: false });
    expect(await page.locator(".subscribe code").innerText()).toBe(`${origin}/museum/feed.rss`);
    expect(await page.locator(".subscribe button").isVisible()).toBe(false);
    const code = page.locator(".subscribe img");
    await code.scrollIntoViewIfNeeded();
    await until("the code", 5_000, async () => code.isVisible());
    expect(await page.getByRole("link", { name: "NewsBlur" }).isVisible()).toBe(true);
    await context.close();
  });
});

describe.skipIf(!isInstalled)("on paper", () => {
  test("an article has its text and addresses, and nothing to click", async () => {
    const context = await openWindow(browser, { width: 1280, scheme: "dark" }, origin);
    const page = await context.newPage();
    await page.goto(origin + paths.article);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.screenshot({ path: join(SCREENS, "article-print.png"), fullPage: true });
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      "rgb(255, 255, 255)",
    );
    for (const hidden of [".masthead", ".skip", "a.feed"]) {
      expect(await page.locator(hidden).first().isVisible()).toBe(false);
    }
    expect(await page.locator("h1").isVisible()).toBe(true);
    await context.close();
  });
});
