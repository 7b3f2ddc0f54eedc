/// <reference lib="dom" />
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { PROJECT } from "../../src/local/config.ts";

/** Debian's Chromium: no browser is downloaded. */
const CHROMIUM = "/usr/bin/chromium";
export const isInstalled = existsSync(CHROMIUM);

/** Where the pictures are left for people to look at. */
export const SCREENS = join(PROJECT, ".wrangler/screens");

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A picture for every address at this host; all other hosts are unreachable. */
export const PICTURES = "https://pictures.example";
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 900" width="1600" height="900"><rect width="1600" height="900" fill="#7a9"/><circle cx="800" cy="450" r="300" fill="#fc6"/></svg>`;

export interface Look {
  width: number;
  scheme: "light" | "dark";
}

/** A telephone and a desk, by day and by night. */
export const LOOKS: readonly Look[] = [390, 1280].flatMap((width) => [
  { width, scheme: "light" as const },
  { width, scheme: "dark" as const },
]);

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

/** What is to be seen of a service. */
interface Tour {
  origin: string;
  paths: Readonly<Record<string, string>>;
  look: Look;
  /** What the names of the pictures begin with. */
  prefix?: string;
}

/**
 * Opens paths one after the other, leaves a picture of each, and gives what is wrong.
 * @returns the faults by the paths' names; and what the browser says that a policy refused, on any of them
 */
export async function seen(
  page: Page,
  { origin, paths, look, prefix = "" }: Tour,
): Promise<{ faults: Record<string, string[]>; refused: string[] }> {
  const refused: string[] = [];
  page.on("console", (message) => {
    if (/Content.Security.Policy|Refused to/i.test(message.text())) refused.push(message.text());
  });
  const faults: Record<string, string[]> = {};
  for (const [name, path] of Object.entries(paths)) {
    await page.goto(origin + path, { waitUntil: "load" });
    await page.screenshot({
      path: join(SCREENS, `${prefix}${name}-${look.width}-${look.scheme}.png`),
      fullPage: true,
    });
    const found = [...(await tooWide(page)), ...(await violations(page))];
    if (found.length > 0) faults[name] = found;
  }
  return { faults, refused };
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
