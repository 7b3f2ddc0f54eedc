import { base64, bytesOfBase64 } from "./base64.ts";

const PREFIX = "sealed:1:";
const KEY_BYTES = 32;
const IV_BYTES = 12; // NIST SP 800-38D §8.2: 96 bits; random ones are good for 2^32 messages

/** Whether a text is a key for sealing: base64 of 32 bytes. */
export function isSealingKey(text: string): boolean {
  return bytesOfBase64(text)?.length === KEY_BYTES;
}

/** Whether a text came from {@link seal}. */
export const isSealed = (text: string): boolean => text.startsWith(PREFIX);

/**
 * Seals a text with AES-256-GCM.
 * @param key a text that {@link isSealingKey} accepts
 * @param place where it is kept: what is sealed for one place cannot be opened at another
 */
export async function seal(key: string, place: string, text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(algorithm(iv, place), await imported(key), encoder.encode(text));
  return `${PREFIX}${base64(iv)}:${base64(new Uint8Array(sealed))}`;
}

/** Opens a sealed text; `null` when the key or place differs, or the text was changed. */
export async function unseal(key: string, place: string, sealed: string): Promise<string | null> {
  const [iv, text] = sealed.slice(PREFIX.length).split(":").map(bytesOfBase64);
  if (!iv || !text) return null;
  try {
    return decoder.decode(await crypto.subtle.decrypt(algorithm(iv, place), await imported(key), text));
  } catch {
    return null; // an OperationError says no more (Web Cryptography API, AES-GCM)
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const algorithm = (iv: Uint8Array<ArrayBuffer>, place: string) => ({
  name: "AES-GCM",
  iv,
  additionalData: encoder.encode(place),
});

function imported(key: string): Promise<CryptoKey> {
  const bytes = bytesOfBase64(key) ?? new Uint8Array();
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}
