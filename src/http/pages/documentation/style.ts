/** What the documentation's page needs besides the style sheet of all pages. */
export const DOCUMENTATION_STYLE = `
.documentation section { margin-block-start: 3rem; }
.documentation h2 { font-size: 1.5rem; }
.documentation h4 { font: 600 0.8125rem/1.4 system-ui, sans-serif; color: var(--muted); margin-block: 1.25rem 0.4rem; }
.documentation code, .documentation pre, .documentation textarea, .documentation input, .documentation select {
  font: 0.875rem/1.5 ui-monospace, "Noto Sans Mono", monospace;
}
.documentation section > .muted { margin-block-end: 0.75rem; }
.groups { margin-block-start: 1.5rem; list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; }
.operation { border-block-start: 1px solid var(--rule); }
.operation:last-child { border-block-end: 1px solid var(--rule); }
.operation > summary {
  display: grid; grid-template-columns: 4.5rem minmax(0, 1fr); gap: 0 1rem; align-items: baseline;
  padding-block: 0.7rem; cursor: pointer; list-style: none;
}
.operation > summary::-webkit-details-marker { display: none; }
.operation > summary > span:last-child { grid-column: 2; color: var(--muted); font-size: 0.9375rem; }
.operation[open] > summary { color: var(--accent); }
.operation .inside { padding: 0 0 2rem; font-size: 1rem; scroll-margin-block-start: 4rem; }
.method {
  justify-self: start; padding: 0.1em 0.55em; border-radius: 0.3rem; background: var(--tint); color: var(--accent);
  font: 600 0.75rem/1.6 ui-monospace, "Noto Sans Mono", monospace;
}
.method.changes { background: var(--accent); color: var(--paper); }
@media (min-width: 48rem) {
  .operation > summary { grid-template-columns: 4.5rem minmax(0, 1fr) minmax(0, 20rem); }
  .operation > summary > span:last-child { grid-column: 3; }
  .operation .inside { padding-inline-start: 5.5rem; }
}
.fields { inline-size: 100%; border-collapse: collapse; font-size: 0.9375rem; }
.fields th, .fields td { padding: 0.45rem 1rem 0.45rem 0; border-block-start: 1px solid var(--rule); text-align: start; vertical-align: top; }
.fields th { font-weight: inherit; inline-size: 34%; }
@media (max-width: 40rem) {
  .fields tr { display: block; padding-block: 0.5rem; border-block-start: 1px solid var(--rule); }
  .fields th, .fields td { display: block; inline-size: auto; padding: 0; border: 0; }
}
.fields .must { color: var(--accent); font: 600 0.75rem/1.4 system-ui, sans-serif; white-space: nowrap; }
.documentation pre {
  margin: 0; padding: 0.9rem 1rem; overflow-x: auto; white-space: pre; overflow-wrap: normal; max-block-size: 24rem;
  background: var(--card); border: 1px solid var(--rule); border-radius: 0.5rem;
}
.answers { list-style: none; display: grid; gap: 0.25rem; font-size: 0.9375rem; }
.answers li { display: grid; grid-template-columns: 3rem minmax(0, 1fr); gap: 0 0.75rem; }
.try, .token { display: grid; gap: 0.75rem; margin-block-start: 1.5rem; padding: 1rem 1.25rem; background: var(--tint); border-radius: 0.75rem; }
.try[hidden], .token[hidden] { display: none; }
.try label, .token label, .field { display: grid; gap: 0.2rem; font-size: 0.875rem; }
.documentation input, .documentation textarea, .documentation select {
  inline-size: 100%; padding: 0.5rem 0.6rem; color: var(--ink); background: var(--card);
  border: 1px solid var(--muted); border-radius: 0.4rem;
}
.documentation textarea { min-block-size: 9rem; resize: vertical; }
.documentation button {
  justify-self: start; padding: 0.5rem 1.1rem; border: 0; border-radius: 0.4rem; cursor: pointer;
  background: var(--accent); color: var(--paper); font: 600 0.9375rem/1.4 system-ui, sans-serif;
}
.documentation button:disabled { opacity: 0.5; cursor: progress; }
.answer:empty { display: none; }
`;
