/** Marks a cut text. */
export const ELLIPSIS = "…";

/**
 * Cuts a text to a size, with an ellipsis. Characters and their escapes stay whole.
 * @param most the largest size, as `size` counts it
 * @param write escapes a character
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
