/// <reference lib="dom" />
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localAddress, PROJECT } from "../../src/local/config.ts";
import { readToken } from "../../src/local/token.ts";
import {
  isInstalled,
  LOOKS,
  openBrowser,
  openWindow,
  SCREENS,
  seen,
  tooWide,
  violations,
} from "./browser.ts";
import { endAll, freePort, type Program, startService } from "./programs.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(join(tmpdir(), "communique-console-"));

let browser: Browser;
let origin: string;
let port: number;
let service: Program;
let receiver: Server;
/** What the receiver answers. */
let status = 204;
const received: string[] = [];

const start = () => startService(port, join(folder, "state"), { COMMUNIQUE_SEEDS: "none" });

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${origin}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${readToken(PROJECT)}`, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 ? null : await response.json()) as T;
}

beforeAll(async () => {
  if (!isInstalled) return;
  port = await freePort();
  origin = localAddress(port);
  service = await start();
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => {
      body += part;
    });
    request.on("end", () => {
      received.push(body);
      response.writeHead(status).end("<script>alert(1)</script>");
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  await call("PUT", "/organizations/museum", { name: "Carpet Museum", time_zone: "Asia/Baku" });
  await call("PUT", "/organizations/theatre", { name: "Puppet Theatre" });
  await call("POST", "/organizations/museum/webhooks", {
    url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
    description: "The desk",
  });
  browser = await openBrowser();
  mkdirSync(SCREENS, { recursive: true });
});

afterAll(async () => {
  await browser?.close();
  receiver?.close();
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

/** The way in of a new token for both organizations. */
async function link(): Promise<{ id: string; sign_in_url: string }> {
  return call("POST", "/tokens", { organizations: ["museum", "theatre"], description: "Press office" });
}

/** A window in which somebody has signed in by a link. */
async function signedIn(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto((await link()).sign_in_url);
  await page.locator("main button").click();
  await page.waitForURL(`${origin}/admin`);
  return page;
}

const PAGE = `The museum lends forty carpets
17 December 2025
The Carpet Museum and the Puppet Theatre have signed an agreement.
Read more
`;

test.skipIf(isInstalled)("needs Chromium, which .ci/run installs", () => {});

describe.skipIf(!isInstalled).each([
  ["with script", true],
  ["without script", false],
])("%s", (_how, javaScriptEnabled) => {
  test("a person signs in by a link, pastes a page, mends its title, and publishes for two organizations", async () => {
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await signedIn(context);
    await page.goto(`${origin}/admin/paste?organization=museum`);
    await page.locator("#text").fill(PAGE.replace("forty", javaScriptEnabled ? "forty" : "fifty"));
    await page.getByRole("button", { name: "Read the page" }).click();
    await page.locator("#title").fill(`Lent ${javaScriptEnabled}`);
    await page.getByRole("button", { name: "Continue with this article" }).click();
    await page.waitForURL(/\/edit/);
    expect(await page.locator("#organizations").inputValue()).toBe("museum, theatre");
    await page.getByRole("button", { name: "Continue to publish" }).click();
    await page.waitForURL(/\/publish/);
    const before = received.length;
    await page.getByRole("button", { name: "Publish for Carpet Museum and Puppet Theatre; tell 1" }).click();
    await page.waitForURL(/done=published/);
    const feeds = ["museum", "theatre"].flatMap((slug) =>
      ["rss", "atom", "json"].map((format) => `${origin}/${slug}/feed.${format}`),
    );
    for (const feed of feeds)
      await until(feed, 10_000, async () =>
        (await (await fetch(feed)).text()).includes(`Lent ${javaScriptEnabled}`),
      );
    await until("the alert", 10_000, () => received.length === before + 1);
    await page.goto(page.url());
    expect(await page.locator("main").innerText()).toContain("told 1, others 0");
    await context.close();
  });
});

describe.skipIf(!isInstalled)("writing", () => {
  test("is saved by itself, says so while it is not, and goes on after the service was killed", async () => {
    const page = await signedIn(await browser.newContext());
    await page.goto(`${origin}/admin/articles/new?organization=museum`);
    const state = page.locator("#save-state");
    await page.locator("#title").fill("A first line");
    await until("the save", 10_000, async () => /^Saved/.test(await state.innerText()));
    await page.waitForURL(/drf_/);
    await service.crash();
    await page.locator("#title").fill("A second line");
    await until("that it is not saved", 15_000, async () =>
      (await state.innerText()).startsWith("Not saved: trying"),
    );
    service = await start();
    await until("the save", 30_000, async () => /^Saved/.test(await state.innerText()));
    const { drafts } = await call<{ drafts: { title: string }[] }>("GET", "/organizations/museum/drafts");
    expect(drafts.map(({ title }) => title)).toContain("A second line");
    await page.context().close();
  });

  test("goes on after the session has ended, once somebody has signed in above the text", async () => {
    const page = await signedIn(await browser.newContext());
    await page.goto(`${origin}/admin/articles/new?organization=museum`);
    await page.locator("#title").fill("Before");
    await page.waitForURL(/drf_/);
    await page.context().clearCookies();
    await page.locator("#title").fill("After the session");
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    const { token } = await call<{ token: string }>("POST", "/tokens", { organizations: ["museum"] });
    await dialog.locator("#token").fill(token);
    await dialog.getByRole("button").click();
    await until("the save", 10_000, async () => /^Saved/.test(await page.locator("#save-state").innerText()));
    const { drafts } = await call<{ drafts: { title: string }[] }>("GET", "/organizations/museum/drafts");
    expect(drafts.map(({ title }) => title)).toContain("After the session");
    await page.context().close();
  });
});

describe.skipIf(!isInstalled)("the editor", () => {
  /** The text of a draft, once it is another than before. */
  const savedText = (title: string, other: string) =>
    until("the save", 10_000, async () => {
      const { drafts } = await call<{ drafts: { id: string; title: string }[] }>(
        "GET",
        "/organizations/museum/drafts",
      );
      const id = drafts.find((draft) => draft.title === title)?.id;
      if (!id) return null;
      const draft = await call<{ content_html?: string }>("GET", `/organizations/museum/drafts/${id}`);
      return draft.content_html && draft.content_html !== other ? draft.content_html : null;
    });

  const openedAt = async (content_html: string | undefined, title: string): Promise<Page> => {
    const draft = await call<{ id: string }>("POST", "/organizations/museum/drafts", {
      title,
      organizations: ["museum"],
      ...(content_html === undefined ? {} : { content_html }),
    });
    const page = await signedIn(await browser.newContext());
    await page.goto(`${origin}/admin/articles/${draft.id}/edit?organization=museum`);
    return page;
  };

  test("writes HTML that the sanitizer leaves as it is", async () => {
    const page = await openedAt(undefined, "Typed");
    await page.getByRole("textbox", { name: "Text" }).click();
    await page.keyboard.type("## A heading");
    await page.keyboard.press("Enter");
    await page.keyboard.type("Some ");
    await page.getByRole("button", { name: "Bold" }).click();
    await page.keyboard.type("bold <words>");
    await page.keyboard.press("Enter");
    await page.keyboard.type("- one");
    await page.keyboard.press("Enter");
    await page.keyboard.type("two");
    const html = await until("both items", 15_000, async () => {
      const text = await savedText("Typed", "");
      return text.includes("two") ? text : null;
    });
    expect(html).toContain("<h2>A heading</h2>");
    expect(html).toContain("<strong>bold &lt;words&gt;</strong>");
    const preview = await call<{ content_html: string; removed: unknown[] }>("POST", "/articles/preview", {
      title: "Typed",
      organizations: ["museum"],
      content_html: html,
    });
    expect(preview.removed).toEqual([]);
    expect(preview.content_html.replaceAll(/\s|&lt;|&#x3C;|>|&gt;/g, "")).toBe(
      html.replaceAll(/\s|&lt;|&#x3C;|>|&gt;/g, ""),
    );
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: join(SCREENS, "console-editor-1280.png"), fullPage: true });
    await page.context().close();
  });

  test("keeps a table and a figure, and takes what Word puts around a text away", async () => {
    const kept =
      '<table><tbody><tr><th scope="col">Town</th></tr><tr><td>Baku</td></tr></tbody></table><figure><img src="https://p.example/1.jpg" alt="A carpet"><figcaption>Shusha</figcaption></figure><p>End</p>';
    const page = await openedAt(kept, "Pasted");
    await page.locator("[contenteditable] > p").last().click();
    await page.keyboard.press("End");
    await page.keyboard.type(" of it. "); // typed, so that the editor knows where the selection is
    await until("what was typed", 5_000, async () =>
      (await page.locator("textarea#text").inputValue()).includes("End of it."),
    );
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.setData(
        "text/html",
        '<html xmlns:o="x"><body><p class="MsoNormal" style="margin:0"><b>From</b> Word<o:p></o:p></p></body></html>',
      );
      document
        .querySelector("[contenteditable]")
        ?.dispatchEvent(
          new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }),
        );
    });
    const html = await until("the pasted words", 15_000, async () => {
      const text = await savedText("Pasted", kept);
      return text.includes("Word") ? text : null;
    });
    expect(html).toContain('<th scope="col">Town</th>');
    expect(html).toContain("<figcaption>Shusha</figcaption>");
    expect(html).toContain("<strong>From</strong> Word");
    expect(html).not.toMatch(/Mso|style=|o:p/);
    await page.context().close();
  });

  test("leaves HTML that it cannot hold to be edited as HTML", async () => {
    const page = await openedAt("<details><summary>More</summary><p>Hidden</p></details>", "Unsuited");
    expect(await page.locator("textarea#text").isVisible()).toBe(true);
    expect(await page.locator("main").innerText()).toContain("so that nothing is lost");
    await page.context().close();
  });
});

describe.skipIf(!isInstalled)("every screen", () => {
  let paths: Record<string, string>;

  beforeAll(async () => {
    status = 500;
    const { id } = await call<{ id: string }>("POST", "/articles", {
      organizations: ["museum"],
      title: `<script>alert(1)</script> ${"a long headline ".repeat(9)}`,
    });
    const { webhooks } = await call<{ webhooks: { id: string }[] }>("GET", "/organizations/museum/webhooks");
    const hook = `/organizations/museum/webhooks/${webhooks[0]?.id}`;
    const tried = await until("the failure", 20_000, async () => {
      const { deliveries } = await call<{ deliveries: { id: string; attempt_count: number }[] }>(
        "GET",
        `${hook}/deliveries?article=${id}`,
      );
      return (deliveries[0]?.attempt_count ?? 0) > 0 ? deliveries[0] : null;
    });
    const draft = await call<{ id: string }>("POST", "/organizations/museum/drafts", {
      title: "A draft",
      content_html: "<p>One</p><script>x</script>",
      organizations: ["museum"],
    });
    await call("POST", "/organizations/museum/readers", { description: "Ada" });
    const token = await link();
    const receiver = `/admin/receivers/${webhooks[0]?.id}`;
    const inMuseum = {
      today: "/admin",
      articles: "/admin/articles",
      drafts: "/admin/articles?tab=drafts",
      withdrawn: "/admin/articles?tab=withdrawn",
      new: "/admin/articles/new",
      edit: `/admin/articles/${draft.id}/edit`,
      publish: `/admin/articles/${draft.id}/publish`,
      paste: "/admin/paste",
      article: `/admin/articles/${id}`,
      withdraw: `/admin/articles/${id}/withdraw`,
      receivers: "/admin/receivers",
      add: "/admin/receivers/new",
      receiver: `${receiver}?told=${id}`,
      settings: `${receiver}/settings`,
      delivery: `${receiver}/deliveries/${tried?.id}`,
      subscribers: "/admin/subscribers",
      organization: "/admin/organization",
      create: "/admin/organization/new",
      sources: "/admin/sources",
      people: "/admin/people",
      problems: "/admin/problems",
      usage: "/admin/usage",
      move: "/admin/move",
      audit: "/admin/audit",
      sessions: "/admin/sessions",
      missing: "/admin/nothing",
    };
    paths = Object.fromEntries(
      Object.entries(inMuseum).map(([name, path]) => [
        name,
        `${path}${path.includes("?") ? "&" : "?"}organization=museum`,
      ]),
    );
    paths.link = new URL(token.sign_in_url).pathname;
  });

  test.each(LOOKS)(
    "has no fault that axe finds, and breaks no policy, at $width pixels, $scheme",
    async (look) => {
      const context = await openWindow(browser, look, origin);
      const page = await context.newPage();
      await page.goto(`${origin}/admin`);
      await page.locator("#token").fill(readToken(PROJECT) ?? "");
      await page.locator("main button").click();
      await page.waitForURL(`${origin}/admin`);
      expect(await seen(page, { origin, paths, look, prefix: "console-" })).toEqual({
        faults: {},
        refused: [],
      });
      await context.close();
    },
  );

  test.each(["ar", "az"])("speaks the language that the browser asks for: %s", async (locale) => {
    const context = await browser.newContext({ locale, viewport: { width: 390, height: 844 } });
    const page = await signedIn(context);
    const found: Record<string, string[]> = {};
    for (const name of [
      "today",
      "articles",
      "new",
      "edit",
      "article",
      "receivers",
      "receiver",
      "organization",
    ]) {
      await page.goto(origin + paths[name]);
      const spoken = await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]);
      expect(spoken).toEqual([locale, locale === "ar" ? "rtl" : "ltr"]);
      expect(await page.locator("main").innerText()).not.toMatch(
        /\b(?:Articles|Receivers|Save|Organizations)\b/,
      );
      await page.screenshot({ path: join(SCREENS, `console-${name}-390-${locale}.png`), fullPage: true });
      const faults = [...(await tooWide(page)), ...(await violations(page))];
      if (faults.length > 0) found[name] = faults;
    }
    expect(found).toEqual({});
    await context.close();
  });

  test("of a receiver that fails says so, and a replay delivers under the same ids", async () => {
    const page = await signedIn(await browser.newContext());
    for (const name of ["today", "receivers", "receiver"]) {
      await page.goto(origin + paths[name]);
      expect([name, /fail/i.test(await page.locator("main").innerText())]).toEqual([name, true]);
    }
    status = 204;
    await page.goto(origin + paths.delivery);
    const id = new URL(page.url()).pathname.split("/").at(-1);
    await page.getByRole("button", { name: "Send again" }).click();
    await page.waitForURL(/done=retried/);
    await until("the delivery", 10_000, async () => {
      await page.goto(origin + paths.delivery);
      return (await page.locator("main").innerText()).includes("delivered");
    });
    expect(received.at(-1)).toContain("a long headline");
    expect(id).toMatch(/^dlv_/);
    await page.context().close();
  });
});
