/** Where a text stops being JSON, from 1, and what is wrong there in the parser's words. */
export interface JsonFault {
  line: number;
  column: number;
  reason: string;
}

/** Beyond this length the search below would take more than a tenth of a second. */
const SEARCHED_CHARACTERS = 500_000;

const POSITION = /(?: in JSON)? at position (\d+).*$/s;
const ENDS_TOO_EARLY = /^(Unexpected end|Unterminated)/;

/**
 * The first fault in a text that is not JSON. V8 names its position in some messages and not in others. For the others,
 * the fault is where a beginning of the text first fails for another reason than that it ends.
 * @returns null for JSON, and for a long text whose fault V8 does not place
 */
export function jsonFault(text: string): JsonFault | null {
  const message = refusal(text);
  if (message === null) return null;
  const offset = offsetIn(message, text) ?? searched(text);
  if (offset === null) return null;
  const before = text.slice(0, offset).split("\n");
  // V8 quotes the surroundings of the fault; the position says where it is.
  const reason = message.replace(POSITION, "").replace(/, .* is not valid JSON$/s, "");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, reason };
}

function refusal(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return (error as SyntaxError).message;
  }
}

function offsetIn(message: string, text: string): number | null {
  const named = POSITION.exec(message)?.[1];
  if (named !== undefined) return Number(named);
  return ENDS_TOO_EARLY.test(message) ? text.length : null;
}

/** The offset by bisection: 20 readings for half a million characters. */
function searched(text: string): number | null {
  if (text.length > SEARCHED_CHARACTERS) return null;
  let sound = 0; // the text before it can be the beginning of JSON
  let broken = text.length;
  while (broken - sound > 1) {
    const middle = (sound + broken) >> 1;
    const beginning = text.slice(0, middle);
    const message = refusal(beginning);
    if (message === null || offsetIn(message, beginning) === middle) sound = middle;
    else broken = middle;
  }
  return sound;
}
