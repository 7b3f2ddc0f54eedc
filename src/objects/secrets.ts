import { isSealed, seal, unseal } from "../delivery/sealing.ts";
import type { Configuration } from "../env.ts";
import { LIMITS } from "../model/limits.ts";
import { logLine } from "../store/log.ts";

/** What only the sender and the receiver may know. */
export interface Confidential {
  secret: string;
  /** Secrets of before, newest first, which sign too until a time; milliseconds since 1970. */
  former: { secret: string; untilMs: number }[];
  headers: Record<string, string>;
}

/** A new secret in place of the one before, which signs for a while yet. */
export function rotated(before: Confidential, secret: string, untilMs: number, nowMs: number): Confidential {
  const former = [{ secret: before.secret, untilMs }, ...before.former];
  const signing = former.filter((one) => one.untilMs > nowMs && one.secret !== secret);
  return { ...before, secret, former: signing.slice(0, LIMITS.FORMER_SECRETS) };
}

/** The secrets that sign at a moment, the newest first. */
export function signing({ secret, former }: Confidential, nowMs: number): string[] {
  return [secret, ...former.filter(({ untilMs }) => untilMs > nowMs).map((one) => one.secret)];
}

/** The settings that say how confidential things are kept. */
type Keeping = Pick<Configuration, "secretsKey" | "allowLoopback">;

/**
 * Confidential things as they are kept: sealed. Without a key they are kept as they are, which is for development;
 * elsewhere the log says so.
 * @param place the endpoint's id: what was sealed for one endpoint cannot be opened at another
 */
export async function kept(
  { secretsKey, allowLoopback }: Keeping,
  place: string,
  confidential: Confidential,
): Promise<string> {
  const text = JSON.stringify(confidential);
  if (secretsKey !== null) return seal(secretsKey, place, text);
  if (!allowLoopback) logLine("warn", "secret.unsealed", { endpoint: place, detail: "set SECRETS_KEY" });
  return text;
}

/** Reads what {@link kept} gave. @throws Error when the key is missing or another */
export async function readKept({ secretsKey }: Keeping, place: string, text: string): Promise<Confidential> {
  const opened = isSealed(text) ? secretsKey && (await unseal(secretsKey, place, text)) : text;
  if (!opened) throw new Error("SECRETS_KEY is not the one that this endpoint's secret was sealed with");
  return JSON.parse(opened) as Confidential;
}
