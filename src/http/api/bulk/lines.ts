import { LIMITS } from "../../../model/limits.ts";
import { fail, ok, type Result } from "../../../model/result.ts";

/** The media types of newline-delimited JSON, the usual one first. */
export const NDJSON = ["application/x-ndjson", "application/ndjson", "application/jsonl"];

/** A line of a body, or why it cannot be read. */
export interface NumberedLine {
  /** Counted from 1, blank lines too. */
  line: number;
  text: Result<string>;
}

const NEWLINE = 0x0a;

/**
 * The lines of a body as they arrive, without blank ones. A line that is too long is skipped as it arrives, so that at most
 * one line is in memory.
 */
export async function* linesIn(body: ReadableStream<Uint8Array>): AsyncGenerator<NumberedLine> {
  let line = 0;
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const take = (part: Uint8Array) => {
    bytes += part.byteLength;
    if (bytes <= LIMITS.BODY_BYTES) parts.push(part);
    else parts = [];
  };
  const end = (): NumberedLine => {
    const text =
      bytes <= LIMITS.BODY_BYTES ? textOf(parts) : fail({ tag: "too-large", limitBytes: LIMITS.BODY_BYTES });
    parts = [];
    bytes = 0;
    return { line: ++line, text };
  };
  for await (const chunk of body) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, at));
      from = at + 1;
      const ended = end();
      if (!isBlank(ended)) yield ended;
    }
    take(chunk.slice(from));
  }
  const last = end();
  if (!isBlank(last)) yield last;
}

const isBlank = ({ text }: NumberedLine): boolean => text.ok && text.value.trim() === "";

/** A line's text. Each line is decoded on its own: an invalid one does not affect the others. */
function textOf(parts: readonly Uint8Array[]): Result<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  try {
    const texts = parts.map((part) => decoder.decode(part, { stream: true }));
    return ok(texts.join("") + decoder.decode());
  } catch {
    return fail({ tag: "malformed", detail: "The line is not UTF-8." });
  }
}

/** A stream of values as NDJSON, each made when the reader is ready for it. */
export function written(values: AsyncGenerator<object>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await values.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`));
    },
    async cancel() {
      await values.return(undefined);
    },
  });
}
