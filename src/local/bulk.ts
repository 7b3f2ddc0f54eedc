import { createReadStream } from "node:fs";
import { type Api, causeText, problemText } from "./api.ts";
import { linesIn } from "./lines.ts";
import type { Outcome } from "./outcome.ts";
import { type LineResult, Progress } from "./progress.ts";
import { type Attempt, connectionError, errorResponse, retry } from "./retry.ts";
import { onStop } from "./stop.ts";

/** A line of a file. */
interface NumberedLine {
  line: number;
  bytes: Buffer;
}

/** Below the service's limits and short, because an interrupted request must be repeated. */
const BATCH_LINES = 100;
const BATCH_BYTES = 2_000_000;
const TIMEOUT_MS = 120_000;
const UNSETTLED = [429, 503];
/** The exit code after Ctrl-C: 128 plus the number of SIGINT. */
const INTERRUPTED = 130;

/**
 * Imports a file of lines in batches, and shows the progress. If it is interrupted, run the same command again: lines
 * that are already imported come out as unchanged.
 */
export async function importLines(api: Api, file: string, alerts: string): Promise<Outcome<string>> {
  const total = await countLines(file);
  if (!total.ok) return total;
  const progress = new Progress(file, total.value);
  onStop(() => {
    progress.log("Stopped: the same again goes on.");
    process.exit(INTERRUPTED);
  });
  for await (const batch of batchesIn(file)) {
    for (let rest = batch; rest.length > 0; ) {
      const sent = await retry(
        (failures) => send(api, rest.slice(0, Math.max(1, rest.length >> failures)), alerts, progress),
        (text) => progress.log(text),
      );
      if (!sent.ok) {
        const reason = `${sent.reason}\nStopped at line ${rest[0]?.line}: the same again goes on.`;
        return { ok: false, reason: `${progress.summary()}\n${reason}` };
      }
      const settled = new Set(sent.value);
      rest = rest.filter(({ line }) => !settled.has(line));
    }
  }
  progress.end();
  return progress.refused === 0
    ? { ok: true, value: progress.summary() }
    : { ok: false, reason: progress.summary() };
}

async function countLines(file: string): Promise<Outcome<number>> {
  try {
    let count = 0;
    for await (const _ of numberedLines(file)) count++;
    return { ok: true, value: count };
  } catch (error) {
    return { ok: false, reason: causeText(error) };
  }
}

async function* numberedLines(file: string): AsyncGenerator<NumberedLine> {
  let line = 0;
  for await (const bytes of linesIn(createReadStream(file))) {
    line++;
    if (bytes.some((byte) => byte > 0x20)) yield { line, bytes };
  }
}

async function* batchesIn(file: string): AsyncGenerator<NumberedLine[]> {
  let batch: NumberedLine[] = [];
  let size = 0;
  for await (const one of numberedLines(file)) {
    if (batch.length === BATCH_LINES || (batch.length > 0 && size + one.bytes.length > BATCH_BYTES)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(one);
    size += one.bytes.length;
  }
  if (batch.length > 0) yield batch;
}

/** Sends lines and returns the processed ones. If the connection breaks, those that the response covers. */
async function send(
  api: Api,
  lines: readonly NumberedLine[],
  alerts: string,
  progress: Progress,
): Promise<Attempt<number[]>> {
  const settled: number[] = [];
  let reason = "the service asks to send it again";
  try {
    const response = await fetch(`${api.baseUrl}/api/v1/import?alerts=${alerts}`, {
      method: "POST",
      headers: { authorization: `Bearer ${api.token}`, "content-type": "application/x-ndjson" },
      body: Buffer.concat(lines.flatMap(({ bytes }) => [bytes, Buffer.from("\n")])),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok || !response.body) {
      return errorResponse(
        response,
        `The service answered ${response.status}: ${problemText(await response.text())}`,
      );
    }
    for await (const text of linesIn(response.body)) {
      const result = JSON.parse(text.toString()) as LineResult;
      const line = lines[result.line - 1]?.line;
      if (line === undefined || UNSETTLED.includes(result.status)) continue;
      settled.push(line);
      progress.add({ ...result, line });
    }
  } catch (error) {
    reason = `The connection to ${api.baseUrl} failed: ${causeText(error)}`;
  }
  return settled.length > 0 ? { ok: true, value: settled } : connectionError(reason);
}
