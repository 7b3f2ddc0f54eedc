// npm run import -- [--publish] [--alerts none|all] FILE…
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { writable } from "../model/text.ts";
import { type Api, call } from "./api.ts";
import { importLines } from "./bulk.ts";
import type { Outcome } from "./outcome.ts";
import { connection } from "./place.ts";

/** What the API answers to a document. */
interface Proposal {
  article: Record<string, unknown>;
  understood: Record<string, { line?: number; where?: string; alias?: string; organization?: string }[]>;
  doubts: { field: string; reason: string }[];
  left_out: { line: number; text: string }[];
}

const FIELDS = ["title", "published_at", "authors", "source", "language", "organizations", "content_text"];
const USAGE = `Usage: npm run import -- [--publish] PAGE.txt…
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

/** Whether a file holds JSON lines: by its name, or because it begins as an object does. */
async function isOfLines(file: string): Promise<boolean> {
  if (/\.(ndjson|jsonl)$/i.test(file)) return true;
  // A file that cannot be read is told of when it is its turn.
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

/** Null when the arguments are none that there are. */
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

/** Shows what the service understands of a file and then, if that is wanted, has it published. */
async function importFile(api: Api, file: string, publish: boolean): Promise<Outcome<string>> {
  const text = await readText(file);
  if (!text.ok) return text;
  const proposal = await call<Proposal>(api, "POST", PATH, { text: text.value });
  if (!proposal.ok) return proposal;
  console.log(proposalText(proposal.value));
  if (!publish) return { ok: true, value: "  not published" };
  const published = await call<Proposal>(api, "POST", `${PATH}?publish=true`, { text: text.value });
  return published.ok
    ? { ok: true, value: `  published     ${published.value.article.page_url}` }
    : published;
}

async function readText(file: string): Promise<Outcome<string>> {
  try {
    return { ok: true, value: new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file)) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** A proposal for the person at the terminal: a line for each field, for each doubt, and what was left out. */
function proposalText({ article, understood, doubts, left_out }: Proposal): string {
  const fields = FIELDS.filter((field) => article[field] !== undefined).map((field) => {
    const precision = field === "published_at" ? ` (${article.published_precision})` : "";
    const lines = (understood[field] ?? []).flatMap(({ line }) => line ?? []);
    const place =
      lines.length > 0
        ? `  [line ${lines.length > 2 ? `${lines[0]}–${lines.at(-1)}` : lines.join(", ")}]`
        : "";
    return `  ${field.padEnd(14)}${valueText(field, article[field])}${precision}${place}`;
  });
  const found = (understood.organizations ?? []).map(
    ({ organization, alias, where }) => `    ${organization}: "${alias}" in the ${where}`,
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
  return [...fields, ...found, ...open, ...left].map(writable).join("\n");
}

function valueText(field: string, value: unknown): string {
  if (field === "authors") return (value as { name: string }[]).map(({ name }) => name).join(", ");
  if (field === "source") return (value as { name: string }).name;
  if (field === "organizations") return (value as string[]).join(", ");
  if (field !== "content_text") return String(value);
  const text = String(value);
  return `${text.split(/\s+/).length} words: ${text.slice(0, 60).replace(/\s+/g, " ")}…`;
}

const done = await main(process.argv.slice(2));
if (done.ok) console.log(done.value);
else {
  console.error(done.reason);
  process.exitCode = 1;
}
