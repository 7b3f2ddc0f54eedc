import { randomBytes } from "node:crypto";
import type { Outcome } from "./outcome.ts";

/** The variables that a deployment cannot go without. */
export interface Settings {
  /** The service's address, without a slash at the end. */
  PUBLIC_URL: string;
  /** RFC 4151: a domain, a comma, a year. */
  TAG_AUTHORITY: string;
}

export type Name = keyof Settings;
export type Partly = Readonly<Partial<Record<Name, string | undefined>>>;

/** What `wrangler.toml` has before the first deployment. It must never reach a feed: readers keep addresses and ids. */
const PLACEHOLDERS: Settings = {
  PUBLIC_URL: "https://communique.example.workers.dev",
  TAG_AUTHORITY: "communique.example,2025",
};

/** How a value must look, and the sentence for one that does not. */
const FORMS: Readonly<Record<Name, { pattern: RegExp; must: string }>> = {
  PUBLIC_URL: {
    pattern: /^https:\/\/(?!localhost|127\.|\[)[a-z0-9.-]+\.[a-z0-9-]+(:\d+)?$/i,
    must: "must be the https address of the service, without a path, as https://news.example.org",
  },
  TAG_AUTHORITY: {
    pattern: /^[a-z0-9.-]+(@[a-z0-9.-]+)?,\d{4}(-\d\d(-\d\d)?)?$/i,
    must: "must be a domain of yours, a comma and a year in which it was yours, as example.org,2026",
  },
};

/**
 * The settings that are known, each from the first source that has it. A placeholder counts as unknown.
 * @param sources the environment, `wrangler.toml`, what is deployed
 */
export function known(sources: readonly Partly[]): Partly {
  const of = (name: Name) =>
    sources
      .map((source) => source[name]?.trim().replace(/\/+$/, ""))
      .find((value) => value && value !== PLACEHOLDERS[name]);
  return { PUBLIC_URL: of("PUBLIC_URL"), TAG_AUTHORITY: of("TAG_AUTHORITY") };
}

/** A value for a setting, or why it is none. */
export function checked(name: Name, value: string): Outcome<string> {
  const trimmed = value.trim().replace(/\/+$/, "");
  if (trimmed === PLACEHOLDERS[name]) {
    const reason = `${name} is still the placeholder ${trimmed}. Feeds would keep it for ever. Choose your own.`;
    return { ok: false, reason };
  }
  const { pattern, must } = FORMS[name];
  return pattern.test(trimmed)
    ? { ok: true, value: trimmed }
    : { ok: false, reason: `${name} ${must}, not "${trimmed}".` };
}

/** An authority for the ids of articles: the service's own host, in the year of its first deployment. */
export const derivedAuthority = (publicUrl: string, year: number): string =>
  `${new URL(publicUrl).hostname},${year}`;

/** `wrangler.toml` with the settings in place of its own. */
export function configured(toml: string, settings: Settings): string {
  return (Object.keys(settings) as Name[]).reduce(
    (text, name) => text.replace(new RegExp(`^${name} = .*$`, "m"), () => `${name} = "${settings[name]}"`),
    toml,
  );
}

/** The secrets that a deployment has, by name, made anew where they are missing. */
export function missingSecrets(existing: readonly string[]): Record<string, string> {
  const wanted = ["ADMIN_TOKEN", "SECRETS_KEY"].filter((name) => !existing.includes(name));
  return Object.fromEntries(wanted.map((name) => [name, randomBytes(32).toString("base64")]));
}

/** The first web address among the targets that wrangler reports. */
export const addressAmong = (targets: readonly string[]): string | undefined =>
  targets
    .map((target) => (target.startsWith("https://") ? target : `https://${target}`))
    .find((target) => FORMS.PUBLIC_URL.pattern.test(target.replace(/\/+$/, "")));
