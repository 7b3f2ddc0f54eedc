// npm run export -- FILE
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { type Api, causeText, problemText } from "./api.ts";
import { connection } from "./config.ts";
import { linesIn } from "./lines.ts";
import type { Outcome } from "./outcome.ts";
import { type Attempt, connectionError, errorResponse, retry } from "./retry.ts";

const USAGE = "Usage: npm run export -- FILE";
const TIMEOUT_MS = 60_000;

interface Page {
  lines: Buffer[];
  cursor: string | null;
}

async function main(args: string[]): Promise<Outcome<string>> {
  const [file, ...more] = args;
  if (!file || file.startsWith("-") || more.length > 0) return { ok: false, reason: USAGE };
  const from = connection(process.env);
  return from.ok ? exportTo(from.value, file) : from;
}

/** Writes everything to a file, renamed to its final name once complete. Mode 600: URLs of webhooks can be secrets. */
async function exportTo(api: Api, file: string): Promise<Outcome<string>> {
  const unfinished = `${file}.unfinished`;
  try {
    await rm(unfinished, { force: true });
    const out = await open(unfinished, "wx", 0o600);
    const written = await writePages(api, out).finally(() => out.close());
    if (!written.ok) return { ok: false, reason: `${written.reason}\nWhat came is in ${unfinished}.` };
    await rename(unfinished, file);
    return { ok: true, value: `${written.value} lines in ${file}.` };
  } catch (error) {
    return { ok: false, reason: causeText(error) };
  }
}

/** Writes all pages. The value is the number of lines. */
async function writePages(api: Api, out: FileHandle): Promise<Outcome<number>> {
  let count = 0;
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page = await retry(() => pageAt(api, query), console.error);
    if (!page.ok) return page;
    await out.writeFile(Buffer.concat(page.value.lines.flatMap((line) => [line, Buffer.from("\n")])));
    count += page.value.lines.length;
    cursor = page.value.cursor;
    if (process.stdout.isTTY) process.stdout.write(`\r${count} lines\r`);
  }
  return { ok: true, value: count };
}

/** Reads one page. It is complete if its last line is the cursor. */
async function pageAt(api: Api, query: string): Promise<Attempt<Page>> {
  try {
    const response = await fetch(`${api.baseUrl}/api/v1/export${query}`, {
      headers: { authorization: `Bearer ${api.token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok || !response.body) {
      return errorResponse(
        response,
        `The service answered ${response.status}: ${problemText(await response.text())}`,
      );
    }
    const lines: Buffer[] = [];
    for await (const line of linesIn(response.body)) lines.push(line);
    const last = JSON.parse(String(lines.pop())) as { type: string; cursor: string | null };
    return last.type === "cursor"
      ? { ok: true, value: { lines, cursor: last.cursor } }
      : connectionError("The answer broke off");
  } catch (error) {
    return connectionError(`The connection to ${api.baseUrl} failed: ${causeText(error)}`);
  }
}

const done = await main(process.argv.slice(2));
if (done.ok) console.log(done.value);
else {
  console.error(done.reason);
  process.exitCode = 1;
}
