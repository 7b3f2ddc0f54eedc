// npm run import -- [--publish] [--alerts none|all] FILE… | ADDRESS…
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { writable } from "../model/text.ts";
import { type Api, call } from "./api.ts";
import { importLines } from "./bulk.ts";
import { connection } from "./config.ts";
import type { Outcome } from "./outcome.ts";

/** The API's response to a document. */
interface Proposal {
  article: Record<string, unknown>;
  understood: Record<string, { line?: number; where?: string; alias?: string; organization?: string }[]>;
  evidence?: Record<string, { from: string; where: string[]; sure: string }>;
  ambiguities?: { field: string; candidates: string[] }[];
  doubts: { field: string; reason: string }[];
  left_out: { line: number; text: string }[];
}

const FIELDS = [
  ...["title", "published_at", "authors", "source", "url", "summary", "image", "language", "organizations"],
  ...["content_text", "content_html"],
];
const USAGE = `Usage: npm run import -- [--publish] PAGE.txt…
       npm run import -- [--publish] PAGE.html… https://…
       npm run import -- [--alerts all] LINES.ndjson…`;
const ALERTS = ["none", "all"];
const PATH = "/api/v1/articles/import";

async function main(args: string[]): Promise<Outcome<string>> {
  const command = commandOf(args);
  if (!command || command.files.length === 0) return { ok: false, reason: USAGE };
  const { files, publish, alerts } = command;
  const to = connection(process.env);
  if (!to.ok) return to;
  const kinds = await Promise.all(files.map(isOfLines));
  if (!kinds.includes(true)) return importPages(to.value, files, publish);
  if (kinds.includes(false))
    return { ok: false, reason: `Pages and lines are not imported together.\n${USAGE}` };
  const said: Outcome<string>[] = [];
  for (const file of files) said.push(await importLines(to.value, file, alerts));
  const texts = said.map((one) => (one.ok ? one.value : one.reason)).join("\n");
  return said.every(({ ok }) => ok) ? { ok: true, value: texts } : { ok: false, reason: texts };
}

/** Whether a file has JSON lines: by its name, or because it starts with `{`. */
async function isOfLines(file: string): Promise<boolean> {
  if (isAddress(file)) return false;
  if (/\.(ndjson|jsonl)$/i.test(file)) return true;
  // A file that cannot be read is reported when it is imported.
  return createReadStream(file, { end: 0 })
    .toArray()
    .then(
      (chunks) => String(chunks) === "{",
      () => false,
    );
}

async function importPages(api: Api, files: string[], publish: boolean): Promise<Outcome<string>> {
  let failed = 0;
  for (const [index, file] of files.entries()) {
    console.log(`\n[${index + 1}/${files.length}] ${file}`);
    const done = await importFile(api, file, publish);
    if (!done.ok) failed++;
    console.log(done.ok ? done.value : `  FAILED  ${writable(done.reason)}`);
  }
  const count = `${files.length - failed} of ${files.length}`;
  const closing = `\n${count} ${publish ? "published." : "understood; nothing is published without --publish."}`;
  return failed === 0 ? { ok: true, value: closing } : { ok: false, reason: closing };
}

/** The parsed arguments; null if they are invalid. */
function commandOf(args: string[]): { files: string[]; publish: boolean; alerts: string } | null {
  try {
    const options = {
      publish: { type: "boolean", default: false },
      alerts: { type: "string", default: "none" },
    } as const;
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    return ALERTS.includes(values.alerts) ? { files: positionals, ...values } : null;
  } catch {
    return null;
  }
}

/** Prints the service's proposal for a page and publishes it if requested. */
async function importFile(api: Api, file: string, publish: boolean): Promise<Outcome<string>> {
  const page = await pageIn(file);
  if (!page.ok) return page;
  const proposal = await call<Proposal>(api, "POST", PATH, page.value);
  if (!proposal.ok) return proposal;
  console.log(proposalText(proposal.value));
  if (!publish) return { ok: true, value: "  not published" };
  const published = await call<Proposal>(api, "POST", `${PATH}?publish=true`, page.value);
  return published.ok
    ? { ok: true, value: `  published     ${published.value.article.page_url}` }
    : published;
}

const isAddress = (file: string): boolean => /^https?:\/\//i.test(file);

/** A page as an API request: its URL, or the text or HTML of a file. */
async function pageIn(file: string): Promise<Outcome<{ url: string } | { html: string } | { text: string }>> {
  if (isAddress(file)) return { ok: true, value: { url: file } };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
    return { ok: true, value: /\.x?html?$/i.test(file) ? { html: text } : { text } };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Formats a proposal for the terminal: a line per field and per open question, and the text left out. */
function proposalText({
  article,
  understood,
  evidence = {},
  ambiguities = [],
  doubts,
  left_out,
}: Proposal): string {
  const fields = FIELDS.filter((field) => article[field] !== undefined).map((field) => {
    const precision = field === "published_at" ? ` (${article.published_precision})` : "";
    const place = placeText(understood[field] ?? [], evidence[field]);
    return `  ${field.padEnd(14)}${valueText(field, article[field])}${precision}${place}`;
  });
  const found = (understood.organizations ?? []).map(
    ({ organization, alias, where }) => `    ${organization}: "${alias}" in the ${where}`,
  );
  const undecided = ambiguities.map(
    ({ field, candidates }) => `  ! ${field.padEnd(13)}${candidates.join(" | ")}`,
  );
  const open = doubts.map(({ field, reason }) => `  ? ${field.padEnd(13)}${reason}`);
  const left =
    left_out.length > 0
      ? [
          `  left out      ${left_out
            .map(({ text }) => text)
            .join(" | ")
            .slice(0, 300)}`,
        ]
      : [];
  return [...fields, ...found, ...undecided, ...open, ...left].map(writable).join("\n");
}

/** Where a field was found: its lines, or other evidence. */
function placeText(places: { line?: number }[], evidence?: { from: string; where: string[] }): string {
  const lines = places.flatMap(({ line }) => line ?? []);
  if (lines.length > 0)
    return `  [line ${lines.length > 2 ? `${lines[0]}–${lines.at(-1)}` : lines.join(", ")}]`;
  return evidence ? `  [${[evidence.from, ...evidence.where.slice(0, 1)].join(" ")}]` : "";
}

function valueText(field: string, value: unknown): string {
  if (field === "authors") return (value as { name: string }[]).map(({ name }) => name).join(", ");
  if (field === "source") return (value as { name: string }).name;
  if (field === "organizations") return (value as string[]).join(", ");
  if (!field.startsWith("content_")) return String(value);
  const text = String(value);
  return `${text.split(/\s+/).length} words: ${text.slice(0, 60).replace(/\s+/g, " ")}…`;
}

const done = await main(process.argv.slice(2));
if (done.ok) console.log(done.value);
else {
  console.error(done.reason);
  process.exitCode = 1;
}
