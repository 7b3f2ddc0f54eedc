import type { Article } from "./article.ts";

const encoder = new TextEncoder();
const BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's: no i, l, o, u to be misread

/** SHA-256 of bytes, or of a text's in UTF-8. */
export async function sha256(of: string | Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const bytes = typeof of === "string" ? encoder.encode(of) : of;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Bytes in Crockford's base 32, lower case, at most `characters` long. */
export function base32(bytes: Uint8Array, characters: number): string {
  let text = "";
  let bits = 0;
  let buffer = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < characters) {
      bits -= 5;
      text += BASE32[(buffer >>> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  return text;
}

/** A digest for use in ids: 130 bits, so that collisions do not occur. */
export async function digest(...parts: (string | number)[]): Promise<string> {
  return base32(await sha256(parts.join("\n")), DIGEST_CHARACTERS);
}

const DIGEST_CHARACTERS = 26;
const DIGEST = new RegExp(`^[${BASE32}]{${DIGEST_CHARACTERS}}$`);

/** Whether a value can be a digest: what another program writes in its place can be anything. */
export const isDigest = (value: unknown): value is string => typeof value === "string" && DIGEST.test(value);

/** The strong entity tag of a body (RFC 9110 §8.8.3). */
export async function etagOf(body: string | Uint8Array<ArrayBuffer>): Promise<string> {
  return `"${base32(await sha256(body), DIGEST_CHARACTERS)}"`;
}

/**
 * An article's content version: equal exactly when everything that subscribers can see is equal. It leaves out the time
 * of acceptance, so that publishing the same content twice creates no version, and the evidence of attributions, so
 * that a new name of an organization creates no versions of old articles.
 */
export async function articleVersion(article: Article): Promise<string> {
  const { updated_at: _, attributions: _evidence, withdrawn_at, ...content } = article;
  return digest(canonicalJson({ ...content, withdrawn: withdrawn_at !== undefined }));
}

/** JSON with the keys of every object in order, so that equal values are equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** A new random id with a prefix: `art_`, `end_`, `tok_` … (130 bits). */
export function randomId(prefix: string): string {
  return `${prefix}${base32(crypto.getRandomValues(new Uint8Array(17)), 26)}`;
}
