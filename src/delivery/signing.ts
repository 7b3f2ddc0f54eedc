import { base64, bytesOfBase64 } from "./base64.ts";
import { signWithKey } from "./public-key.ts";

const PREFIX = "whsec_";
const NEW_SECRET_BYTES = 32;
// Standard Webhooks 1.0.0, "Signature scheme": 192 to 512 bits.
const LEAST_SECRET_BYTES = 24;
const MOST_SECRET_BYTES = 64;

const encoder = new TextEncoder();

/** The three headers of Standard Webhooks 1.0.0. */
export interface SignatureHeaders {
  "webhook-id": string;
  "webhook-timestamp": string;
  "webhook-signature": string;
}

/** A new random signing secret: `whsec_` and base64 of 32 bytes. */
export function newSecret(): string {
  return PREFIX + base64(crypto.getRandomValues(new Uint8Array(NEW_SECRET_BYTES)));
}

/** Whether a text is a signing secret: `whsec_` and padded base64 of 24 to 64 bytes, in its one canonical form. */
export function isSecret(text: string): boolean {
  if (!text.startsWith(PREFIX)) return false;
  const key = bytesOfBase64(text.slice(PREFIX.length));
  if (key === null || key.length < LEAST_SECRET_BYTES || key.length > MOST_SECRET_BYTES) return false;
  return PREFIX + base64(key) === text;
}

/**
 * The headers that sign a message, with one signature for each secret: during a rotation the old secret and
 * the new one both sign, and receivers look for any that fits.
 * @param secrets texts that {@link isSecret} accepts
 * @param id the message's id, without a full stop, so that the three signed parts cannot be cut otherwise
 * @param timestampSeconds the time of this try in whole seconds since 1970
 * @param body exactly what is sent
 * @param signingKey signs too, for those who verify by the public key; null when there is none
 * @param formerSigningKeys sign too, for those who do not know the new public key yet
 */
export async function signatureHeaders(
  secrets: readonly string[],
  id: string,
  timestampSeconds: number,
  body: string,
  signingKey: string | null = null,
  formerSigningKeys: readonly string[] = [],
): Promise<SignatureHeaders> {
  const content = encoder.encode(`${id}.${timestampSeconds}.${body}`);
  const keys = signingKey === null ? formerSigningKeys : [signingKey, ...formerSigningKeys];
  const signatures = await Promise.all([
    ...secrets.map((secret) => sign(secret, content)),
    ...keys.map((key) => signWithKey(key, content)),
  ]);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampSeconds),
    "webhook-signature": signatures.join(" "),
  };
}

/** A Standard Webhooks v1 signature: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`. */
async function sign(secret: string, content: Uint8Array): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secretBytes(secret), algorithm, false, ["sign"]);
  return `v1,${base64(new Uint8Array(await crypto.subtle.sign("HMAC", key, content)))}`;
}

const secretBytes = (secret: string): Uint8Array<ArrayBuffer> =>
  bytesOfBase64(secret.slice(PREFIX.length)) ?? new Uint8Array();
