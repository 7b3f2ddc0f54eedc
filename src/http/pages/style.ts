/**
 * The style sheet of all pages, inlined in each. It uses logical properties, so that pages work in both directions, and no
 * letter-spacing or capitals on content, which would break the joins of Arabic letters.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1f1d1a; --muted: #5f5a51; --paper: #fcfbf8; --card: #ffffff; --rule: #e5e0d5;
  --accent: #0b6b5c; --tint: #e4f1ee;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Noto Serif", Georgia, serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #ece8e0; --muted: #aea79b; --paper: #171613; --card: #201f1b; --rule: #38352e;
    --accent: #78d3c1; --tint: #1e3531;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-block-size: 100vh; display: flex; flex-direction: column;
  background: var(--paper); color: var(--ink);
  font: clamp(1.0625rem, 1rem + 0.25vw, 1.1875rem)/1.65 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
:lang(ar), :lang(fa), :lang(ur), :lang(ug), :lang(ckb) { line-height: 1.85; }
.masthead, main, .colophon { --measure: 44rem; inline-size: min(100% - 2.5rem, var(--measure)); margin-inline: auto; }
.masthead.wide, main.wide, .colophon.wide { --measure: 62rem; }
main { flex: 1; padding-block: clamp(1.5rem, 5vw, 3.5rem); }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 0.2em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
h1, h2, h3, h4 { font-family: var(--serif); font-weight: 600; line-height: 1.25; text-wrap: balance; margin: 0; }
h1 { font-size: clamp(1.8rem, 1.4rem + 2vw, 2.75rem); }
h1.long { font-size: clamp(1.45rem, 1.25rem + 1.2vw, 2rem); }
h1:lang(ar), h1:lang(fa), h1:lang(ur), h3:lang(ar), h3:lang(fa), h3:lang(ur) { line-height: 1.5; }
p { margin: 0; }
ul, ol { margin: 0; padding: 0; }
img, video { max-inline-size: 100%; block-size: auto; }
.skip { position: absolute; inset-inline-start: 1rem; inset-block-start: -6rem; padding: 0.5rem 1rem; background: var(--card); }
.skip:focus { inset-block-start: 0.5rem; }
.muted { color: var(--muted); font-size: 0.875em; }
.label {
  color: var(--muted); font: 600 0.8125rem/1.4 system-ui, sans-serif; letter-spacing: 0.06em; text-transform: uppercase;
}
.label:dir(rtl) { letter-spacing: 0; }
.masthead { padding-block: 1.25rem; display: flex; gap: 0.25rem 1rem; flex-wrap: wrap; align-items: baseline; }
.masthead a { font: 600 1.25rem/1.2 var(--serif); color: var(--ink); text-decoration: none; }
.masthead a::before {
  content: ""; display: inline-block; inline-size: 0.6em; block-size: 0.6em; margin-inline-end: 0.45em;
  border-radius: 50% 50% 50% 0; background: var(--accent);
}
.colophon { padding-block: 1.5rem 2.5rem; border-block-start: 1px solid var(--rule); }
.facts, .label, .note { text-align: -webkit-match-parent; text-align: match-parent; }
.intro, .entry, .after { display: grid; grid-template-columns: minmax(0, 1fr); }
.intro { gap: 1rem; margin-block-end: clamp(2rem, 5vw, 3rem); }
.notice { display: grid; gap: 0.5rem; padding: 1rem 1.25rem; margin-block-end: 2rem; background: var(--tint); border-radius: 0.75rem; }
.notice code { overflow-wrap: anywhere; user-select: all; }
.intro p { max-inline-size: 40rem; }
.lead { font-size: 1.15em; line-height: 1.6; color: var(--muted); }
.cards { list-style: none; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); }
.card {
  display: grid; grid-template-columns: auto minmax(0, 1fr); grid-template-rows: auto 1fr auto; gap: 0.6rem 0.9rem;
  align-items: start; padding: 1.25rem; background: var(--card); border: 1px solid var(--rule); border-radius: 0.75rem;
}
.card h2 { font-size: 1.15rem; align-self: center; }
.card h2 a, .entry h3 a { color: inherit; text-decoration-color: transparent; }
.card h2 a:hover, .entry h3 a:hover { color: var(--accent); text-decoration-color: currentcolor; }
.card p, .card .feeds { grid-column: 1 / -1; }
.card p { font-size: 0.9375em; color: var(--muted); }
.mark {
  display: grid; place-items: center; inline-size: 2.75rem; block-size: 2.75rem; border-radius: 0.6rem;
  background: var(--tint); color: var(--accent); font: 600 1.25rem/1 var(--serif); object-fit: contain; position: relative; overflow: hidden;
}
img.mark::after {
  content: attr(alt); position: absolute; inset: 0; display: grid; place-items: center; border-radius: inherit; background: var(--tint);
}
.title { display: flex; gap: 1rem; align-items: center; }
@media (max-width: 32rem) { .title { flex-direction: column; align-items: start; } }
.title .mark { inline-size: 3.75rem; block-size: 3.75rem; font-size: 1.75rem; flex: none; }
.feeds { list-style: none; display: flex; flex-wrap: wrap; gap: 0.5rem; }
.feeds a {
  display: inline-flex; align-items: center; gap: 0.4em; min-block-size: 2rem; padding: 0 0.8em; border-radius: 1rem;
  background: var(--tint); font: 600 0.8125rem/1 system-ui, sans-serif; text-decoration: none;
}
.feeds a:hover { background: var(--accent); color: var(--paper); }
.feeds svg { inline-size: 0.85em; block-size: 0.85em; fill: none; stroke: currentcolor; stroke-width: 3; }
.subscribe { margin-block-end: 1.5rem; }
.subscribe > :not(summary) { margin-block-start: 0.75rem; }
.subscribe summary { cursor: pointer; color: var(--accent); font-size: 0.9375em; inline-size: fit-content; }
.subscribe .address { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
.subscribe code { padding: 0.3em 0.6em; background: var(--card); border: 1px solid var(--rule); border-radius: 0.4rem; font-size: 0.875em; user-select: all; }
.subscribe button[hidden] { display: none; }
.subscribe figure { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: center; margin-inline: 0; margin-block-end: 0; }
.subscribe img { border-radius: 0.4rem; background: #fff; }
.feed { display: inline-block; min-inline-size: 1.5rem; min-block-size: 1.5rem; text-align: center; }
.feed svg { inline-size: 0.8em; block-size: 0.8em; fill: none; stroke: currentcolor; stroke-width: 3; }
.headlines { margin-block-end: 3rem; }
.headlines .feeds { margin-block-start: 0.75rem; }
.headlines .entry { padding-block: 1rem; }
.headlines .entry h3 { font-size: 1.15rem; }
h2 + .cards { margin-block-start: 0.75rem; }
.entries { list-style: none; margin-block-start: 0.75rem; }
.entry { gap: 0.5rem; padding-block: 1.75rem; border-block-start: 1px solid var(--rule); }
.entry h3 { font-size: 1.35rem; }
.entry img { inline-size: 100%; max-block-size: 18rem; object-fit: cover; border-radius: 0.5rem; margin-block-end: 0.5rem; }
.facts { list-style: none; }
.facts li { display: inline; }
.facts li:not(:last-child)::after { content: " \\00b7  "; white-space: pre-wrap; }
.picture { display: block; margin-block-end: 2rem; border-radius: 0.75rem; }
.content > * + * { margin-block-start: 1.2em; }
.content :is(h1, h2, h3, h4) { font-size: 1.35em; margin-block-start: 1.8em; }
.content :is(h3, h4) { font-size: 1.15em; }
.content :is(ul, ol), .content dd { padding-inline-start: 1.5em; margin-inline-start: 0; }
.content li + li { margin-block-start: 0.4em; }
.content :is(li, td, blockquote, figure, details, div, section) > * + :is(p, ul, ol) { margin-block-start: 0.8em; }
.content blockquote { margin-inline: 0; padding-inline-start: 1.2em; border-inline-start: 3px solid var(--accent); color: var(--muted); }
.content figure { margin-inline: 0; }
.content figcaption { margin-block-start: 0.5em; font-size: 0.875em; color: var(--muted); }
.content img, .content video { border-radius: 0.4rem; }
.content :is(td, th) { overflow-wrap: break-word; }
.content :is(pre, table) { display: block; overflow-x: auto; max-inline-size: 100%; }
.content :is(code, kbd, samp, pre) { font: 0.9em/1.5 ui-monospace, "Noto Sans Mono", monospace; }
.content pre { padding: 1em; background: var(--card); border: 1px solid var(--rule); border-radius: 0.4rem; }
.content table { border-collapse: collapse; font-size: 0.9375em; }
.content :is(td, th) { padding: 0.5em 0.75em; border: 1px solid var(--rule); text-align: start; vertical-align: top; }
.content hr { border: 0; border-block-start: 1px solid var(--rule); }
.after { gap: 0.75rem; margin-block-start: 2.5rem; padding-block-start: 1.5rem; border-block-start: 1px solid var(--rule); }
.after ul:not(.tags, .feeds) { padding-inline-start: 1.2em; }
.search { display: flex; gap: 0.5rem; margin-block: 0.75rem 1.25rem; max-inline-size: 28rem; }
.search input {
  flex: 1; min-inline-size: 0; min-block-size: 2.25rem; padding: 0.3em 0.8em; border: 1px solid var(--muted); border-radius: 1.2rem;
  background: var(--card); color: inherit; font: inherit; font-size: 0.9375em;
}
.search button, .subscribe button {
  min-block-size: 2.25rem; padding: 0 1em; border: 0; border-radius: 1.2rem; background: var(--accent); color: var(--paper);
  font: 600 0.8125rem/1 system-ui, sans-serif; cursor: pointer;
}
.pages { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; }
.tags { list-style: none; display: flex; flex-wrap: wrap; gap: 0.5rem; }
.tags li { padding: 0.1em 0.75em; border: 1px solid var(--rule); border-radius: 1rem; font-size: 0.875em; color: var(--muted); }
@media print {
  :root { color-scheme: light; --ink: #000; --muted: #444; --paper: #fff; --card: #fff; --rule: #bbb; --accent: #000; --tint: #fff; }
  body { display: block; font-size: 11pt; }
  .masthead, .skip, .feeds, .feed, .subscribe, .search, .notice, nav, video, audio { display: none; }
  .masthead, main, .colophon { --measure: none; inline-size: auto; }
  h1 { font-size: 22pt; }
  h1, h2, h3, h4, figcaption { break-after: avoid; }
  img, figure, pre, table, blockquote, .card { break-inside: avoid; }
  .content pre { white-space: pre-wrap; }
  .content table { display: table; }
  .picture, .content img { max-block-size: 12cm; inline-size: auto; }
  .content a[href^="http"]::after { content: " (" attr(href) ")"; font-size: 0.85em; color: var(--muted); }
}
`;
