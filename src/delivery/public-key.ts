import { base64, bytesOfBase64 } from "./base64.ts";

// Standard Webhooks 1.0.0, "Signature scheme": the prefixes of ed25519 keys.
const PRIVATE_PREFIX = "whsk_";
const PUBLIC_PREFIX = "whpk_";
const SEED_BYTES = 32;

/** What stands before the 32 bytes of an ed25519 key in PKCS #8 (RFC 8410 §7). */
const PKCS8 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

/** Whether a text is a private signing key: `whsk_` and base64 of the 32 bytes that ed25519 begins with. */
export function isSigningKey(text: string): boolean {
  return text.startsWith(PRIVATE_PREFIX) && seed(text)?.length === SEED_BYTES;
}

/**
 * A Standard Webhooks v1a signature: `v1a,` and base64 of ed25519 over `id.timestamp.body`.
 * @param key a text that {@link isSigningKey} accepts
 * @param content `id.timestamp.body` in UTF-8
 */
export async function signWithKey(key: string, content: Uint8Array): Promise<string> {
  const signature = await crypto.subtle.sign("Ed25519", await imported(key), content);
  return `v1a,${base64(new Uint8Array(signature))}`;
}

/** The public key for verification: `whpk_` and base64 of 32 bytes. */
export async function publicKeyOf(key: string): Promise<string> {
  const { x = "" } = (await crypto.subtle.exportKey("jwk", await imported(key))) as JsonWebKey;
  const bytes = bytesOfBase64(x.replaceAll("-", "+").replaceAll("_", "/")); // RFC 8037 §2 has base64url
  return PUBLIC_PREFIX + base64(bytes ?? new Uint8Array());
}

const seed = (key: string) => bytesOfBase64(key.slice(PRIVATE_PREFIX.length));

function imported(key: string): Promise<CryptoKey> {
  const der = Uint8Array.of(...PKCS8, ...(seed(key) ?? []));
  return crypto.subtle.importKey("pkcs8", der, "Ed25519", true, ["sign"]);
}
