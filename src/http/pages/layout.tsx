import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { written } from "./language.ts";
import { ENGLISH, type Locale, PageLocale, useLocale } from "./locale.ts";
import { type Sharing, SharingTags } from "./sharing.tsx";
import { STYLE } from "./style.ts";

/** What differs from page to page. */
export interface Page {
  title: string;
  /** The language of most of its text (BCP 47). */
  language: string | undefined;
  /** How the page's own words and dates are written. */
  locale?: Locale;
  description?: string | undefined;
  /** The canonical address for search engines. Without it the page is not indexed. */
  canonical?: string | undefined;
  /** What others show of it. */
  sharing?: Sharing;
  /** The addresses of its icons, if they are not the service's. */
  icon?: { small: string; touch: string };
  /** More for `<head>`: links to feeds. */
  head?: Child;
  /** Lists need more room than text. */
  wide?: boolean;
  children: Child;
}

/** A whole HTML document. Its only style is {@link STYLE}. */
export function document(page: Page): string {
  const locale = page.locale ?? ENGLISH;
  return `<!doctype html>\n${(
    <PageLocale.Provider value={locale}>
      <Layout {...page} />
    </PageLocale.Provider>
  )}`;
}

function Layout({ title, language, description, canonical, head, wide, children, sharing, icon }: Page) {
  const room = wide ? "wide" : undefined;
  const locale = useLocale();
  const { words, own, timeZone } = locale;
  return (
    <html {...(language ? written(language) : own)}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        {description ? <meta name="description" content={description} /> : null}
        {canonical ? <link rel="canonical" href={canonical} /> : <meta name="robots" content="noindex" />}
        <link rel="icon" href={icon?.small ?? "/favicon.svg"} />
        <link rel="apple-touch-icon" href={icon?.touch ?? "/apple-touch-icon.png"} />
        {head}
        {sharing ? <SharingTags sharing={sharing} locale={locale} /> : null}
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <a class="skip" href="#main" {...own}>
          {words.skip}
        </a>
        <header class={["masthead", room].filter(Boolean).join(" ")} {...own}>
          <a href="/">Communiqué</a>
          <span class="muted">{words.tagline}</span>
        </header>
        <main id="main" class={room}>
          {children}
        </main>
        <footer class={["colophon muted note", room].filter(Boolean).join(" ")} {...own}>
          {words.times(timeZone)} {words.privacy}
        </footer>
      </body>
    </html>
  );
}
