/** What stands for the part of a text that did not fit. */
export const ELLIPSIS = "…";

/**
 * As much of a text as fits when each of its characters is written by `write`, with an ellipsis where it was cut.
 * @param most the bound, as `size` counts what was written
 */
export function fitted(
  text: string,
  most: number,
  write: (character: string) => string = (character) => character,
  size: (written: string) => number = (written) => written.length,
): string {
  let written = "";
  let beforeEllipsis = "";
  let used = 0;
  for (const character of text) {
    const next = write(character);
    used += size(next);
    if (used > most) return beforeEllipsis.trimEnd() + ELLIPSIS;
    written += next;
    if (used <= most - size(ELLIPSIS)) beforeEllipsis = written;
  }
  return written;
}

const encoder = new TextEncoder();
/** The size of a text in UTF-8. */
export const utf8Bytes = (text: string): number => encoder.encode(text).byteLength;
