import { SIGNATURE_METHODS, type SignatureMethod } from "../model/subscription.ts";

const SIGNATURE = /^(sha1|sha256|sha384|sha512)=((?:[0-9a-f]{2}){20,64})$/i;

async function keyOf(method: SignatureMethod, secret: string): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: SIGNATURE_METHODS[method] };
  return crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, [
    "sign",
    "verify",
  ]);
}

/** WebSub §7.1: the method, `=`, and the HMAC of the body in hexadecimal. */
export async function hubSignature(method: SignatureMethod, secret: string, body: string): Promise<string> {
  const key = await keyOf(method, secret);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(body)));
  return `${method}=${[...mac].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** An `X-Hub-Signature` taken apart; null when it is none. */
export function parseHubSignature(
  header: string | undefined,
): { method: SignatureMethod; mac: Uint8Array } | null {
  const [, method, hex] = SIGNATURE.exec(header?.trim() ?? "") ?? [];
  if (!method || !hex) return null;
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  return { method: method.toLowerCase() as SignatureMethod, mac: bytes };
}

/** Whether a body was signed with a secret; compares in constant time. */
export async function isSignedWith(
  secret: string,
  { method, mac }: NonNullable<ReturnType<typeof parseHubSignature>>,
  body: Uint8Array,
): Promise<boolean> {
  return crypto.subtle.verify(
    "HMAC",
    await keyOf(method, secret),
    mac as Uint8Array<ArrayBuffer>,
    body as Uint8Array<ArrayBuffer>,
  );
}
