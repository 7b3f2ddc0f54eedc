/// <reference lib="dom" />
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** Debian's Chromium: no browser is downloaded. */
const CHROMIUM = "/usr/bin/chromium";
export const isInstalled = existsSync(CHROMIUM);

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A picture for every address at this host; all other hosts are unreachable. */
export const PICTURES = "https://pictures.example";
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 900" width="1600" height="900"><rect width="1600" height="900" fill="#7a9"/><circle cx="800" cy="450" r="300" fill="#fc6"/></svg>`;

export interface Look {
  width: number;
  scheme: "light" | "dark";
}

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });

/** A window of a size, in a color scheme, that reaches one service only. */
export async function openWindow(
  browser: Browser,
  { width, scheme }: Look,
  origin: string,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 900 },
    colorScheme: scheme,
    reducedMotion: "reduce",
  });
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url.startsWith(PICTURES)) return route.fulfill({ contentType: "image/svg+xml", body: PICTURE });
    return url.startsWith(origin) ? route.continue() : route.abort();
  });
  return context;
}

/** What axe finds wrong with a page: rules with the elements. The page's policy does not stop what is evaluated. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

interface Violation {
  id: string;
  nodes: { html: string }[];
}

/** What is wider than the window or than the place it stands in. Tables and code may scroll by themselves. */
export const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const root = document.documentElement;
    const wide = [...document.querySelectorAll("h1, h2, h3, p, li, img, code, a")]
      .filter((element) => !element.closest("pre, table, .skip"))
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 0 && (right > root.clientWidth + 1 || left < -1);
      })
      .map((element) => element.outerHTML.slice(0, 120));
    return root.scrollWidth > root.clientWidth ? [`the page: ${root.scrollWidth}`, ...wide] : wide;
  });
