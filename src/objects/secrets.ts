import { isSealed, seal as sealText, unseal } from "../delivery/sealing.ts";
import type { Configuration } from "../env.ts";
import { LIMITS } from "../model/limits.ts";
import { logLine } from "../store/log.ts";

/** An endpoint's secrets: only the sender and the receiver may know them. */
export interface EndpointSecrets {
  secret: string;
  /** Previous secrets, newest first. Each also signs until `untilMs` (milliseconds since 1970). */
  former: { secret: string; untilMs: number }[];
  headers: Record<string, string>;
}

/** A change of an endpoint's secrets. Absent properties stay as they are. */
export interface SecretsChange {
  /** A new secret, and until when the previous one also signs. */
  rotation?: { secret: string; untilMs: number };
  headers?: Record<string, string>;
}

/** The settings for sealing secrets. */
type Keys = Pick<Configuration, "secretsKey" | "formerSecretsKeys" | "allowLoopback">;

/**
 * Seals secrets with SECRETS_KEY for storage. Without a key they are stored in plain text, which is for development
 * only; outside it a warning is logged.
 * @param place the endpoint's id: secrets sealed for one endpoint cannot be opened for another
 */
export async function seal(
  { secretsKey, allowLoopback }: Keys,
  place: string,
  secrets: EndpointSecrets,
): Promise<string> {
  const text = JSON.stringify(secrets);
  if (secretsKey !== null) return sealText(secretsKey, place, text);
  if (!allowLoopback) logLine("warn", "secret.unsealed", { endpoint: place, detail: "set SECRETS_KEY" });
  return text;
}

/**
 * Opens sealed secrets with SECRETS_KEY or a former key.
 * @returns also whether the current key sealed them; null if no key opens them
 */
export async function open(
  { secretsKey, formerSecretsKeys }: Keys,
  place: string,
  text: string,
): Promise<{ secrets: EndpointSecrets; isCurrent: boolean } | null> {
  if (!isSealed(text)) return { secrets: parsed(text), isCurrent: secretsKey === null };
  for (const key of [secretsKey, ...formerSecretsKeys]) {
    const opened = key && (await unseal(key, place, text));
    if (opened) return { secrets: parsed(opened), isCurrent: key === secretsKey };
  }
  return null;
}

/**
 * Changes sealed secrets. If they cannot be opened, a new secret replaces them, and the headers are lost. Any other
 * change then does nothing, so that the key can still open them once it is back.
 */
export async function changeSealed(
  keys: Keys,
  place: string,
  sealed: string,
  { rotation, headers }: SecretsChange,
  nowMs: number,
): Promise<string> {
  const before = (await open(keys, place, sealed))?.secrets;
  if (!before && !rotation) return sealed;
  const lost: EndpointSecrets = { secret: rotation?.secret ?? "", former: [], headers: {} };
  const rotated = before && rotation ? rotate(before, rotation, nowMs) : (before ?? lost);
  return seal(keys, place, { ...rotated, ...(headers ? { headers } : {}) });
}

/** Seals secrets again with SECRETS_KEY; null if it sealed them already, or they cannot be opened. */
export async function resealed(keys: Keys, place: string, sealed: string): Promise<string | null> {
  const opened = await open(keys, place, sealed);
  return opened && !opened.isCurrent && keys.secretsKey !== null ? seal(keys, place, opened.secrets) : null;
}

/** Replaces a secret. The previous one also signs for a while. */
export function rotate(
  before: EndpointSecrets,
  { secret, untilMs }: NonNullable<SecretsChange["rotation"]>,
  nowMs: number,
): EndpointSecrets {
  const former = [{ secret: before.secret, untilMs }, ...before.former];
  const signing = former.filter((one) => one.untilMs > nowMs && one.secret !== secret);
  return { ...before, secret, former: signing.slice(0, LIMITS.FORMER_SECRETS) };
}

/** The secrets that sign at a given time, newest first. */
export function signing({ secret, former }: EndpointSecrets, nowMs: number): string[] {
  return [secret, ...former.filter(({ untilMs }) => untilMs > nowMs).map((one) => one.secret)];
}

const parsed = (text: string): EndpointSecrets => JSON.parse(text) as EndpointSecrets;
