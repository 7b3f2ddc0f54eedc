import { createReadStream } from "node:fs";
import { type Api, causeText, problemText } from "./api.ts";
import { linesIn } from "./lines.ts";
import type { Outcome } from "./outcome.ts";
import { broken, patiently, refusal, type Tried } from "./patience.ts";
import { onStop } from "./stop.ts";
import { type LineResult, Tally } from "./tally.ts";

/** A line of a file. */
interface NumberedLine {
  line: number;
  bytes: Buffer;
}

/** Below the service's limits and short, because an interrupted request must be repeated. */
const PARCEL_LINES = 100;
const PARCEL_BYTES = 2_000_000;
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
  const tally = new Tally(file, total.value);
  onStop(() => {
    tally.say("Stopped: the same again goes on.");
    process.exit(INTERRUPTED);
  });
  for await (const parcel of parcels(file)) {
    for (let rest = parcel; rest.length > 0; ) {
      const sent = await patiently(
        (failures) => send(api, rest.slice(0, Math.max(1, rest.length >> failures)), alerts, tally),
        (text) => tally.say(text),
      );
      if (!sent.ok) {
        const reason = `${sent.reason}\nStopped at line ${rest[0]?.line}: the same again goes on.`;
        return { ok: false, reason: `${tally.summary()}\n${reason}` };
      }
      const settled = new Set(sent.value);
      rest = rest.filter(({ line }) => !settled.has(line));
    }
  }
  tally.end();
  return tally.refused === 0 ? { ok: true, value: tally.summary() } : { ok: false, reason: tally.summary() };
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

async function* parcels(file: string): AsyncGenerator<NumberedLine[]> {
  let parcel: NumberedLine[] = [];
  let size = 0;
  for await (const one of numberedLines(file)) {
    if (parcel.length === PARCEL_LINES || (parcel.length > 0 && size + one.bytes.length > PARCEL_BYTES)) {
      yield parcel;
      parcel = [];
      size = 0;
    }
    parcel.push(one);
    size += one.bytes.length;
  }
  if (parcel.length > 0) yield parcel;
}

/** Sends lines and returns the processed ones. If the connection breaks, those that the response covers. */
async function send(
  api: Api,
  lines: readonly NumberedLine[],
  alerts: string,
  tally: Tally,
): Promise<Tried<number[]>> {
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
      return refusal(
        response,
        `The service answered ${response.status}: ${problemText(await response.text())}`,
      );
    }
    for await (const text of linesIn(response.body)) {
      const result = JSON.parse(text.toString()) as LineResult;
      const line = lines[result.line - 1]?.line;
      if (line === undefined || UNSETTLED.includes(result.status)) continue;
      settled.push(line);
      tally.note({ ...result, line });
    }
  } catch (error) {
    reason = `The connection to ${api.baseUrl} failed: ${causeText(error)}`;
  }
  return settled.length > 0 ? { ok: true, value: settled } : broken(reason);
}
