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
import type { Switchboard } from "./objects/switchboard.ts";

/** The Worker's bindings, configured in `wrangler.toml`. */
export interface Bindings {
  /** Records of organizations and articles. */
  RECORDS: KVNamespace;
  /** Published documents: feeds and lists. */
  DOCUMENTS: KVNamespace;
  /** One per organization: its ledger, and the only publisher of its feeds. */
  CHANNEL: DurableObjectNamespace<Channel>;
  /** One per webhook: its deliveries and attempts. */
  ENDPOINT: DurableObjectNamespace<Endpoint>;
  /** One per WebSub subscription: its lease and its next distribution. */
  SUBSCRIPTION: DurableObjectNamespace<Subscription>;
  /** One per followed feed: its items and its next poll. */
  FOLLOWER: DurableObjectNamespace<Follower>;
  /** A single object: organizations, tokens, and the progress of the sweep. */
  DIRECTORY: DurableObjectNamespace<Directory>;
  /** A single object: the audit log. */
  AUDIT: DurableObjectNamespace<AuditLog>;
  /** A single object: the webhooks for several organizations. */
  SWITCHBOARD: DurableObjectNamespace<Switchboard>;
  /** The files of the documentation page. */
  ASSETS: Fetcher;
  PUBLIC_URL: string;
  TAG_AUTHORITY: string;
  /** Secret, at least 32 characters: the operator's token. Without it no request has the operator's rights. */
  ADMIN_TOKEN?: string;
  /** Secret: base64 of 32 bytes. Seals the secrets of webhooks; without it they are stored in plain text. */
  SECRETS_KEY?: string;
  /** Secret: former keys, separated by commas. They open secrets that are not sealed again yet. */
  SECRETS_KEY_FORMER?: string;
  /** Secret: `whsk_` and base64 of 32 bytes. Adds a signature that receivers verify with a public key. */
  SIGNING_KEY?: string;
  /** Secret: former keys, separated by commas. They also sign, until receivers know the new key. */
  SIGNING_KEY_FORMER?: string;
  /** Development only: `true` allows webhooks to loopback addresses. */
  ALLOW_LOOPBACK_RECEIVERS?: string;
  /** `false`: receivers registered with an organization's token need not echo a challenge. */
  PROVE_RECEIVERS?: string;
  /** Where counts go besides `GET /metrics`, if it is bound (Workers Analytics Engine). */
  ANALYTICS?: AnalyticsEngineDataset;
  /** `on`: public pages and feeds go through the Workers Cache. See `[cache]` in wrangler.toml. */
  WORKERS_CACHE?: string;
  /** `on`: there is a feed of all listed organizations, and headlines on the home page. */
  SITE_FEED?: string;
  SWEEP_INTERVAL_SECONDS?: string;
  /** Seconds for which an isolate answers with a hot feed that it has read; 0 turns that off. */
  DOCUMENT_CACHE_SECONDS?: string;
  /** `on`: the three limiters apply to requests without a valid token, per client. */
  FEED_LIMIT?: string;
  /** Full feed responses. */
  FEED_LIMITER?: RateLimit;
  /** Requests that cost one KV read. */
  READ_LIMITER?: RateLimit;
  /** Requests that cost an object call, or more than one KV read. */
  WORK_LIMITER?: RateLimit;
  /** Tries to sign in to the console. */
  SIGN_IN_LIMITER?: RateLimit;
}

declare global {
  namespace Cloudflare {
    interface Env extends Bindings {}
  }
}

/** The validated settings. */
export interface Configuration {
  site: Site;
  allowLoopback: boolean;
  /** Seals the secrets of webhooks; null if they are stored in plain text. */
  secretsKey: string | null;
  /** They only open secrets. */
  formerSecretsKeys: readonly string[];
  /** Signs every delivery in addition to its webhook's secret; null if not set. */
  signingKey: string | null;
  /** They also sign every delivery. */
  formerSigningKeys: readonly string[];
  proveReceivers: boolean;
  sweepIntervalSeconds: number;
}

const TAG_AUTHORITY = /^[a-z0-9.-]+(@[a-z0-9.-]+)?,\d{4}(-\d\d(-\d\d)?)?$/i; // RFC 4151 §2.1

const read = new WeakMap<Bindings, { publicUrl: string; configuration: Configuration }>();

/**
 * The settings of an environment, validated once.
 * @throws Error that names the missing or invalid variable, for the operator's log
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

/** The keys of a setting: one, or any number, separated by commas, if its name ends in `_FORMER`. */
function keysIn(env: Bindings, name: KeySetting, isKey: (text: string) => boolean, must: string): string[] {
  const value = env[name] ?? "";
  const keys = name.endsWith("_FORMER") ? value.split(",").map((key) => key.trim()) : [value];
  const given = keys.filter((key) => key !== "");
  if (!given.every(isKey)) throw new Error(`${name} ${must}`);
  return given;
}
