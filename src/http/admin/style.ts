import { STYLE } from "../pages/style.ts";

/** The console's style: that of the public pages, with forms and dense tables, which are cards on a narrow screen. */
export const CONSOLE_STYLE = `${STYLE}
:root { --bad: #a3231b; --bad-tint: #fbeae8; --warn: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff9d93; --bad-tint: #3b201d; --warn: #f0c36a; } }
.console { font-size: 1rem; line-height: 1.5; }
.console:lang(ar) { line-height: 1.75; }
.console h1 { font-size: clamp(1.5rem, 1.3rem + 0.8vw, 1.9rem); margin-block-end: 1rem; }
.console h2 { font-size: 1.15rem; margin-block: 1.75rem 0.6rem; }
.console h3 { font-size: 1rem; }
.console main { inline-size: min(100% - 2rem, 74rem); padding-block: 1.25rem 4rem; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 1rem; padding: 0.7rem max(1rem, calc((100% - 74rem) / 2)); border-block-end: 1px solid var(--rule); background: var(--card); }
.bar .brand { font: 600 1.15rem/1.2 var(--serif); color: var(--ink); text-decoration: none; }
.bar .place { margin-inline-start: auto; display: flex; gap: 0.5rem; align-items: center; min-inline-size: 0; max-inline-size: 100%; }
.bar .place label { min-inline-size: 0; }
.bar .place button { flex: none; }
@media (max-width: 48rem) { .bar .place { margin-inline-start: 0; flex-basis: 100%; } .bar .place label { flex: 1; } .bar .place select { inline-size: 100%; } }
.menu { flex-basis: 100%; }
.menu summary { cursor: pointer; color: var(--accent); inline-size: fit-content; }
.menu nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.15rem 0.35rem; }
.menu nav a { display: inline-block; padding: 0.3rem 0.7rem; border-radius: 0.4rem; text-decoration: none; color: var(--ink); }
.menu nav a:hover { background: var(--tint); }
.menu nav a[aria-current] { background: var(--tint); color: var(--accent); font-weight: 600; }
.menu .who { display: flex; flex-wrap: wrap; gap: 0.3rem 0.75rem; align-items: center; margin-block-start: 0.3rem; }
@media (min-width: 48rem) {
  .menu summary { display: none; }
  .menu[open]::details-content { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.3rem 1rem; }
}
.hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.console button, .console .button {
  min-block-size: 2.4rem; padding: 0.35rem 1rem; border: 1px solid var(--accent); border-radius: 0.45rem; background: var(--accent);
  color: var(--paper); font: 600 0.9375rem/1.3 system-ui, sans-serif; cursor: pointer; text-decoration: none; display: inline-flex; align-items: center;
}
.console button.quiet, .console .button.quiet { background: transparent; color: var(--accent); border-color: var(--rule); }
.console button.quiet:hover { border-color: var(--accent); }
.console button.danger { background: transparent; border-color: var(--bad); color: var(--bad); }
.console button[hidden] { display: none; }
.console :is(input:not([type="checkbox"], [type="radio"], [type="hidden"]), textarea, select) {
  font: inherit; color: inherit; background: var(--card); border: 1px solid var(--muted); border-radius: 0.45rem; padding: 0.45rem 0.7rem;
  inline-size: 100%; min-block-size: 2.4rem;
}
.console .bar select, .console .filters :is(input, select) { inline-size: auto; max-inline-size: 100%; }
.console textarea { resize: vertical; line-height: 1.5; }
.console textarea.code, .console pre { font: 0.875rem/1.5 ui-monospace, "Noto Sans Mono", monospace; }
.console [aria-invalid="true"] { border-color: var(--bad) !important; outline: 1px solid var(--bad); }
.field { display: grid; gap: 0.25rem; margin-block-end: 1rem; }
.field label, legend { font-weight: 600; }
.hint { color: var(--muted); font-size: 0.875rem; }
.error { color: var(--bad); font-size: 0.9375rem; }
fieldset { border: 1px solid var(--rule); border-radius: 0.5rem; padding: 0.6rem 1rem 0.9rem; margin: 0 0 1rem; min-inline-size: 0; }
.check { display: flex; gap: 0.5rem; align-items: baseline; padding-block: 0.2rem; }
.console .check input { inline-size: auto; min-block-size: 0; flex: none; accent-color: var(--accent); }
.choice .field { margin-block: 0.3rem 0.4rem; margin-inline-start: 1.6rem; max-inline-size: 20rem; }
.press .buttons { margin: 0; }
.narrow { max-inline-size: 30rem; }
.console .panel pre { max-block-size: 18rem; }
.choice > .hint { margin-inline-start: 1.6rem; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; margin-block: 1rem; }
.press { display: inline-block; }
.note { padding: 0.7rem 1rem; border-radius: 0.5rem; margin-block-end: 1.25rem; background: var(--tint); text-align: start; }
.note.bad { background: var(--bad-tint); }
.note ul { padding-inline-start: 1.2rem; }
.empty { padding: 2rem 1rem; border: 1px dashed var(--rule); border-radius: 0.6rem; text-align: center; color: var(--muted); }
.empty strong { color: var(--ink); }
.empty ol, .empty ul { display: inline-block; text-align: start; padding-inline-start: 1.2rem; margin-block-start: 0.6rem; }
.two { display: grid; gap: 1.5rem 2.5rem; }
@media (min-width: 60rem) { .two { grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr); } .two.even { grid-template-columns: 1fr 1fr; } }
.two > * { min-inline-size: 0; }
.tabs { display: flex; flex-wrap: wrap; gap: 0.25rem; list-style: none; border-block-end: 1px solid var(--rule); margin-block-end: 1rem; }
.tabs a { display: inline-block; padding: 0.4rem 0.8rem; text-decoration: none; color: var(--ink); border-block-end: 3px solid transparent; }
.tabs a[aria-current] { border-color: var(--accent); font-weight: 600; color: var(--accent); }
.count { color: var(--muted); font-weight: 400; font-size: 0.875em; font-variant-numeric: tabular-nums; }
.filters { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: end; margin-block-end: 1rem; }
.filters .field { margin: 0; }
.filters input { block-size: 2.75rem; }
table.rows { inline-size: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--rule); border-radius: 0.5rem; font-size: 0.9375rem; }
.rows :is(th, td) { padding: 0.5rem 0.75rem; text-align: start; vertical-align: top; border-block-end: 1px solid var(--rule); }
.rows th { color: var(--muted); font-size: 0.8125rem; white-space: nowrap; overflow-wrap: normal; }
.rows tr:last-child td { border-block-end: 0; }
@media (max-width: 48rem) {
  .rows thead { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
  .rows, .rows tbody, .rows tr, .rows td { display: block; inline-size: 100%; }
  .rows tr { padding: 0.6rem 0; border-block-end: 1px solid var(--rule); }
  .rows td { border: 0; padding: 0.15rem 0.9rem; display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: 0.6rem; }
  .rows td input[type="checkbox"] { justify-self: start; }
  .rows td::before { content: attr(data-label); color: var(--muted); font-size: 0.8125rem; }
}
.state { white-space: nowrap; font-weight: 600; font-size: 0.875rem; }
.state:is(.active, .ok, .published, .delivered, .sent, .told, .done) { color: var(--accent); }
.state:is(.failing, .failed, .disabled, .given-up) { color: var(--bad); }
.state:is(.paused, .scheduled, .waiting) { color: var(--warn); }
.panel { background: var(--card); border: 1px solid var(--rule); border-radius: 0.6rem; padding: 1rem 1.2rem; margin-block-end: 1.25rem; }
.panel > h2:first-child { margin-block-start: 0; }
.plain { list-style: none; display: grid; gap: 0.45rem; }
dl.facts2 { display: grid; grid-template-columns: minmax(7rem, auto) minmax(0, 1fr); gap: 0.35rem 1rem; margin: 0 0 1rem; }
.facts2 dt { color: var(--muted); } .facts2 dd { margin: 0; }
iframe.preview { inline-size: 100%; block-size: 26rem; border: 1px solid var(--rule); border-radius: 0.5rem; background: var(--paper); }
.console pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); border: 1px solid var(--rule); border-radius: 0.4rem; padding: 0.7rem; margin: 0; max-block-size: 22rem; overflow: auto; }
.once { background: var(--tint); padding: 0.8rem 1rem; border-radius: 0.5rem; margin-block-end: 1rem; }
.once code { user-select: all; }
.address { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
.lines { list-style: none; counter-reset: line; font-size: 0.875rem; border: 1px solid var(--rule); border-radius: 0.5rem; background: var(--card); max-block-size: 44rem; overflow: auto; }
.lines li { display: grid; grid-template-columns: 2.6rem minmax(0, 1fr) auto; gap: 0.5rem; padding: 0.15rem 0.6rem; }
.lines li.taken { background: var(--tint); }
.lines .tag { font-size: 0.75rem; color: var(--accent); font-weight: 600; }
.toolbar { display: flex; flex-wrap: wrap; gap: 0.25rem; }
.console .toolbar button { min-block-size: 2.1rem; min-inline-size: 2.3rem; justify-content: center; padding: 0.1rem 0.5rem; background: var(--card); color: var(--ink); border-color: var(--rule); }
.console .toolbar button[aria-pressed="true"] { background: var(--tint); border-color: var(--accent); }
.console .toolbar button:disabled { color: var(--muted); cursor: default; }
.editor > [contenteditable] { min-block-size: 20rem; max-block-size: 60vh; overflow: auto; padding: 0.8rem 1rem; background: var(--card); border: 1px solid var(--muted); border-radius: 0.45rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.editor > [contenteditable]:focus-visible { outline-offset: -1px; }
.editor > [contenteditable] > :first-child { margin-block-start: 0; }
.editor > [contenteditable] > * + * { margin-block-start: 1em; }
ins { background: var(--tint); text-decoration: none; font-weight: 600; } del { color: var(--bad); }
.meter { block-size: 0.6rem; inline-size: 100%; accent-color: var(--accent); }
dialog { border: 1px solid var(--rule); border-radius: 0.6rem; background: var(--card); color: var(--ink); max-inline-size: 28rem; }
`;
