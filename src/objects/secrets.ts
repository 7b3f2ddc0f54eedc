import { isSealed, seal as sealText, unseal } from "../delivery/sealing.ts";
import type { Configuration } from "../env.ts";
import { LIMITS } from "../model/limits.ts";
import { logLine } from "../store/log.ts";

/** What only the sender and the receiver may know. */
export interface EndpointSecrets {
  secret: string;
  /** Secrets of before, newest first, which sign too until a time; milliseconds since 1970. */
  former: { secret: string; untilMs: number }[];
  headers: Record<string, string>;
}

/** What is to change in an endpoint's secrets; what is not named stays. */
export interface SecretsChange {
  /** A new secret, and until when the one before signs too. */
  rotation?: { secret: string; untilMs: number };
  headers?: Record<string, string>;
}

/** The settings that say how secrets are stored. */
type Keys = Pick<Configuration, "secretsKey" | "formerSecretsKeys" | "allowLoopback">;

/**
 * Secrets as they are stored: sealed with SECRETS_KEY. Without a key they are stored as they are, which is for
 * development; elsewhere the log says so.
 * @param place the endpoint's id: what was sealed for one endpoint cannot be opened at another
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
 * Opens what {@link seal} gave, with SECRETS_KEY or one of the keys before.
 * @returns also whether it is as {@link seal} would store it today; null when no key opens it
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
 * Sealed secrets with something changed. Where they cannot be opened a new secret begins anew, without the headers,
 * which are lost; anything else changes nothing, so that nothing is lost that a key found again would open.
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

/** Sealed secrets sealed anew with SECRETS_KEY; null when they are so already, or cannot be opened. */
export async function resealed(keys: Keys, place: string, sealed: string): Promise<string | null> {
  const opened = await open(keys, place, sealed);
  return opened && !opened.isCurrent && keys.secretsKey !== null ? seal(keys, place, opened.secrets) : null;
}

/** A new secret in place of the one before, which signs for a while yet. */
export function rotate(
  before: EndpointSecrets,
  { secret, untilMs }: NonNullable<SecretsChange["rotation"]>,
  nowMs: number,
): EndpointSecrets {
  const former = [{ secret: before.secret, untilMs }, ...before.former];
  const signing = former.filter((one) => one.untilMs > nowMs && one.secret !== secret);
  return { ...before, secret, former: signing.slice(0, LIMITS.FORMER_SECRETS) };
}

/** The secrets that sign at a moment, the newest first. */
export function signing({ secret, former }: EndpointSecrets, nowMs: number): string[] {
  return [secret, ...former.filter(({ untilMs }) => untilMs > nowMs).map((one) => one.secret)];
}

const parsed = (text: string): EndpointSecrets => JSON.parse(text) as EndpointSecrets;
