import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { ENGLISH, written } from "./language.ts";
import { STYLE } from "./style.ts";

/** What differs from page to page. */
export interface Page {
  title: string;
  /** The language of most of its text (BCP 47). The pages' own text is English. */
  language: string | undefined;
  description?: string | undefined;
  /** The canonical address for search engines. Without it the page is not indexed. */
  canonical?: string | undefined;
  /** More for `<head>`: links to feeds. */
  head?: Child;
  /** Lists need more room than text. */
  wide?: boolean;
  children: Child;
}

/** A whole HTML document. It runs no script, and its only style is {@link STYLE}. */
export function document(page: Page): string {
  return `<!doctype html>\n${<Layout {...page} />}`;
}

function Layout({ title, language, description, canonical, head, wide, children }: Page) {
  const room = wide ? "wide" : undefined;
  return (
    <html {...(language ? written(language) : ENGLISH)}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        {description ? <meta name="description" content={description} /> : null}
        {canonical ? <link rel="canonical" href={canonical} /> : <meta name="robots" content="noindex" />}
        {head}
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <a class="skip" href="#main" {...ENGLISH}>
          Skip to content
        </a>
        <header class={["masthead", room].filter(Boolean).join(" ")} lang="en">
          <a href="/">Communiqué</a>
          <span class="muted">News from organizations, as feeds</span>
        </header>
        <main id="main" class={room}>
          {children}
        </main>
        <footer class={["colophon muted note", room].filter(Boolean).join(" ")} {...ENGLISH}>
          Dates and times are in UTC. These pages set no cookies and run no scripts.
        </footer>
      </body>
    </html>
  );
}
