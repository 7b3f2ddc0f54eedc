import { decoded } from "../upstream/charset.ts";

const DECLARATION_BYTES = 1_024;

/** The text of an HTML page as it came: by what its transport says of its charset, else by what it says itself. */
export function htmlText(bytes: Uint8Array, contentType: string): string {
  const beginning = new TextDecoder("windows-1252").decode(bytes.subarray(0, DECLARATION_BYTES));
  const label = /<meta\s[^>]{0,200}?charset\s*=\s*["']?([\w-]{2,40})/i.exec(beginning)?.[1];
  const named = /;\s*charset\s*=/i.test(contentType) || !label;
  return decoded(bytes, named ? contentType : `text/html; charset=${label}`);
}
