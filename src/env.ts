import { isLoopback } from "./delivery/addresses.ts";
import { isSigningKey } from "./delivery/public-key.ts";
import { isSealingKey } from "./delivery/sealing.ts";
import type { Follower } from "./follower/follower.ts";
import { LIMITS } from "./model/limits.ts";
import type { Site } from "./model/site.ts";
import type { AuditLog } from "./objects/audit.ts";
import type { Channel } from "./objects/channel.ts";
import type { Directory } from "./objects/directory.ts";
import type { Endpoint } from "./objects/endpoint.ts";
import type { Subscription } from "./objects/subscription.ts";

/** What the platform binds to the Worker; `wrangler.toml` names each. */
export interface Bindings {
  /** The truth: organizations and articles. */
  RECORDS: KVNamespace;
  /** What the world reads: built feeds. */
  DOCUMENTS: KVNamespace;
  /** One object an organization: its ledger, the only publisher of its feeds. */
  CHANNEL: DurableObjectNamespace<Channel>;
  /** One object a receiver: its deliveries and attempts. */
  ENDPOINT: DurableObjectNamespace<Endpoint>;
  /** One object a subscription to a feed (WebSub): its lease, and what it is still to be sent. */
  SUBSCRIPTION: DurableObjectNamespace<Subscription>;
  /** One object a feed that is followed: what was seen in it, and when it is asked again. */
  FOLLOWER: DurableObjectNamespace<Follower>;
  /** One object in all: who exists, who may, and how far the sweep is. */
  DIRECTORY: DurableObjectNamespace<Directory>;
  /** One object in all: who changed what. */
  AUDIT: DurableObjectNamespace<AuditLog>;
  /** The files of the documentation page. */
  ASSETS: Fetcher;
  PUBLIC_URL: string;
  TAG_AUTHORITY: string;
  /** Secret, at least 32 characters. Without it nobody is the operator. */
  ADMIN_TOKEN?: string;
  /** Secret: base64 of 32 bytes. Seals the secrets of webhooks; without it they are kept as they are. */
  SECRETS_KEY?: string;
  /** Secret: the keys before, separated by commas. They open what they sealed until it is sealed anew. */
  SECRETS_KEY_FORMER?: string;
  /** Secret: `whsk_` and base64 of 32 bytes. With it every delivery can be verified by a public key too. */
  SIGNING_KEY?: string;
  /** Secret: the keys before, separated by commas. They sign too, until receivers know the new one. */
  SIGNING_KEY_FORMER?: string;
  /** Development only. */
  ALLOW_LOOPBACK_RECEIVERS?: string;
  /** `false`: receivers that tokens of organizations register need not show that they want alerts. */
  PROVE_RECEIVERS?: string;
  SWEEP_INTERVAL_SECONDS?: string;
  /** `on`: requests without a valid token are counted by client, by the three limiters. */
  FEED_LIMIT?: string;
  /** Whole feeds. */
  FEED_LIMITER?: RateLimit;
  /** Requests that cost one KV read. */
  READ_LIMITER?: RateLimit;
  /** Requests that cost an object call, or more than one KV read. */
  WORK_LIMITER?: RateLimit;
}

declare global {
  namespace Cloudflare {
    interface Env extends Bindings {}
  }
}

/** The settings, checked. */
export interface Configuration {
  site: Site;
  allowLoopback: boolean;
  /** Seals what only a webhook's sender and receiver may know; null when it is kept as it is. */
  secretsKey: string | null;
  /** Open what they sealed, and seal nothing. */
  formerSecretsKeys: readonly string[];
  /** Signs every delivery beside its webhook's secret; null when none does. */
  signingKey: string | null;
  /** Sign every delivery too. */
  formerSigningKeys: readonly string[];
  proveReceivers: boolean;
  sweepIntervalSeconds: number;
}

const TAG_AUTHORITY = /^[a-z0-9.-]+(@[a-z0-9.-]+)?,\d{4}(-\d\d(-\d\d)?)?$/i; // RFC 4151 §2.1

const read = new WeakMap<Bindings, { publicUrl: string; configuration: Configuration }>();

/**
 * The settings of an environment, read and checked once.
 * @throws Error naming the variable that is missing or wrong, for the operator's log
 */
export function configuration(env: Bindings): Configuration {
  const known = read.get(env);
  if (known && known.publicUrl === env.PUBLIC_URL) return known.configuration;
  const configuration = readConfiguration(env);
  read.set(env, { publicUrl: env.PUBLIC_URL, configuration });
  return configuration;
}

function readConfiguration(env: Bindings): Configuration {
  const publicUrl = env.PUBLIC_URL?.replace(/\/+$/, "");
  if (!publicUrl || !/^https?:\/\//.test(publicUrl) || !URL.canParse(publicUrl)) {
    throw new Error("PUBLIC_URL must be the service's http or https address (wrangler.toml, [vars])");
  }
  if (!TAG_AUTHORITY.test(env.TAG_AUTHORITY ?? "")) {
    throw new Error("TAG_AUTHORITY must be a domain, a comma and a year, as in example.org,2025");
  }
  const seconds = Number(env.SWEEP_INTERVAL_SECONDS ?? LIMITS.SWEEP_INTERVAL_SECONDS);
  if (!(seconds >= 0)) throw new Error("SWEEP_INTERVAL_SECONDS must be a number of seconds");
  const { hostname } = new URL(publicUrl);
  // A service on a person's own machine may have any token.
  if (env.ADMIN_TOKEN && env.ADMIN_TOKEN.length < LIMITS.ADMIN_TOKEN_CHARACTERS && !isLoopback(hostname)) {
    throw new Error(
      `ADMIN_TOKEN must have at least ${LIMITS.ADMIN_TOKEN_CHARACTERS} characters, as openssl rand -base64 32 gives`,
    );
  }
  const sealing = "must be base64 of 32 bytes, as openssl rand -base64 32 gives";
  const signing = "must be whsk_ and base64 of 32 bytes";
  return {
    site: { publicUrl, tagAuthority: env.TAG_AUTHORITY },
    allowLoopback: env.ALLOW_LOOPBACK_RECEIVERS === "true",
    secretsKey: keysIn(env, "SECRETS_KEY", isSealingKey, sealing)[0] ?? null,
    formerSecretsKeys: keysIn(env, "SECRETS_KEY_FORMER", isSealingKey, sealing),
    proveReceivers: env.PROVE_RECEIVERS !== "false",
    signingKey: keysIn(env, "SIGNING_KEY", isSigningKey, signing)[0] ?? null,
    formerSigningKeys: keysIn(env, "SIGNING_KEY_FORMER", isSigningKey, signing),
    sweepIntervalSeconds: seconds,
  };
}

type KeySetting = "SECRETS_KEY" | "SECRETS_KEY_FORMER" | "SIGNING_KEY" | "SIGNING_KEY_FORMER";

/** The keys of a setting: one, or of a setting that ends in `_FORMER` any number, separated by commas. */
function keysIn(env: Bindings, name: KeySetting, isKey: (text: string) => boolean, must: string): string[] {
  const value = env[name] ?? "";
  const keys = name.endsWith("_FORMER") ? value.split(",").map((key) => key.trim()) : [value];
  const given = keys.filter((key) => key !== "");
  if (!given.every(isKey)) throw new Error(`${name} ${must}`);
  return given;
}
