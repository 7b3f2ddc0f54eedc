import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../model/limits.ts";
import { isServiceId } from "../../model/slug.ts";
import { first, integer, json, rowOf, type Schema } from "../kit/sql.ts";
import type { Answer, Idempotency, Once } from "./idempotency.ts";
import type { OrganizationStore } from "./organization-store.ts";

/** The table of whose each article id is. */
export const ARTICLE_OWNERS_SCHEMA: Schema = {
  name: "article_owners",
  migrations: [
    `CREATE TABLE IF NOT EXISTS article_owners (
      id TEXT PRIMARY KEY,
      organizations TEXT NOT NULL,
      changed_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
  ],
};

const ownership = rowOf({
  organizations: json<string[]>("organizations"),
  changedMs: integer("changed_ms"),
});

/** What a publisher asks before it writes an article. */
export interface ClaimRequest {
  id: string;
  /** The organizations that the article is to belong to; null: those that it belongs to now. */
  organizations: string[] | null;
  /** The organizations that the caller may act for; null: all. */
  reach: readonly string[] | null;
  /** The organizations in the record that KV shows; null when it shows none. Counts only where no claim is known. */
  known: readonly string[] | null;
  /**
   * `publisher`: whoever publishes names the id. `service`: this service has made it for this article. `nobody-else`: it
   * was drawn just now, so that nobody else can know it: nothing is decided or kept.
   */
  idBy: "publisher" | "service" | "nobody-else";
  /** `record`: the claim is made for what another program wrote into KV, which may be older than what is known. */
  from: "request" | "record";
  /** Whether closed organizations count as known. */
  closed: "refused" | "allowed";
  /** The request, if it must be carried out once. */
  once: Once | null;
}

/**
 * The answer to a claim. `unknown`: organizations that do not exist. `taken`: the article belongs to organizations beyond
 * the caller's reach. `unsettled`: KV's record differs from a claim so young that KV may be late. The others are about the
 * idempotency key: `replayed`, `running`, `reused`.
 */
export type Claim =
  | {
      state: "granted";
      /** The organizations that it belonged to; null when it belonged to none. */
      owners: readonly string[] | null;
      /** Whether it was claimed so lately that KV may not show yet what was written then. */
      lately: boolean;
    }
  | { state: "unknown"; organizations: string[] }
  | { state: "taken" }
  | { state: "unsettled" }
  | { state: "replayed"; answer: Answer }
  | { state: "running" }
  | { state: "reused" };

interface Ownership {
  organizations: readonly string[];
  changedMs: number;
}

type Ruling = Extract<Claim, { state: "granted" | "taken" | "unsettled" }>;

/** Whether somebody who may act for some organizations may change what belongs to others. What belongs to none is the operator's. */
const covers = (reach: readonly string[] | null, owners: readonly string[]): boolean =>
  reach === null || (owners.length > 0 && owners.every((slug) => reach.includes(slug)));

/** Decides on a claim by what is known of the id. Pure. */
export function rule(
  { id, organizations, reach, known, idBy, from }: Omit<ClaimRequest, "once" | "closed">,
  row: Ownership | null,
  nowMs: number,
): Ruling {
  const owners = row?.organizations ?? known;
  // An id of our making that nobody has claimed was drawn a moment ago, where KV does not show it yet: no stranger gets it.
  if (owners === null && reach !== null && idBy === "publisher" && isServiceId(id)) return { state: "taken" };
  if (owners !== null && !covers(reach, owners)) return { state: "taken" };
  const lately = row !== null && nowMs - row.changedMs < LIMITS.KV_SETTLE_SECONDS * 1000;
  if (from === "record" && lately && !same(row.organizations, organizations)) return { state: "unsettled" };
  return { state: "granted", owners, lately };
}

const same = (a: readonly string[], b: readonly string[] | null): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/**
 * The SQL of whose each article id is. A row is written when somebody names an id, not for one that was drawn: nobody
 * else can name that before the record of its article is read by all.
 */
export class ArticleOwners {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Decides whose an id is from now on. */
  claim(request: Omit<ClaimRequest, "once" | "closed">, nowMs: number): Ruling {
    const { id, organizations, idBy, from } = request;
    if (idBy === "nobody-else") return { state: "granted", owners: null, lately: false };
    const row = first(
      this.#sql,
      ownership,
      "SELECT organizations, changed_ms FROM article_owners WHERE id = ?",
      id,
    );
    const ruling = rule(request, row, nowMs);
    if (ruling.state !== "granted") return ruling;
    const owners = organizations ?? ruling.owners ?? [];
    // A record that is met again and again changes nothing.
    if (row === null || from !== "record" || !same(row.organizations, owners)) {
      this.#sql.exec(
        "INSERT OR REPLACE INTO article_owners (id, organizations, changed_ms) VALUES (?, ?, ?)",
        id,
        JSON.stringify(owners),
        nowMs,
      );
    }
    return ruling;
  }
}

/** What the directory decides on articles, before they are written. */
export class Articles extends RpcTarget {
  readonly #organizations: OrganizationStore;
  readonly #owners: ArticleOwners;
  readonly #idempotency: Idempotency;

  constructor(organizations: OrganizationStore, owners: ArticleOwners, idempotency: Idempotency) {
    super();
    this.#organizations = organizations;
    this.#owners = owners;
    this.#idempotency = idempotency;
  }

  /**
   * Claims article ids, all in one go: whose each is, whether its organizations exist, and whether its request was made
   * before. Only what is granted may be written.
   */
  async claim(requests: ClaimRequest[]): Promise<Claim[]> {
    const claims = this.#claim(requests);
    const running = requests.flatMap(({ once }, index) =>
      once && claims[index]?.state === "running" ? [once] : [],
    );
    if (running.length === 0) return claims;
    await Promise.all(running.map((once) => this.#idempotency.ended(once)));
    return this.#claim(requests);
  }

  #claim(requests: readonly ClaimRequest[]): Claim[] {
    const now = Date.now();
    const unknown = {
      refused: this.#unknownTo(requests, "refused"),
      allowed: this.#unknownTo(requests, "allowed"),
    };
    return requests.map((request): Claim => {
      const { once, organizations, closed } = request;
      const used = once ? this.#idempotency.look(once, now) : null;
      if (used && used.state !== "free") return used;
      const absent = (organizations ?? []).filter((slug) => unknown[closed].has(slug));
      if (absent.length > 0) return { state: "unknown", organizations: absent };
      const claim = this.#owners.claim(request, now);
      if (once && claim.state === "granted") this.#idempotency.take(once, now);
      return claim;
    });
  }

  #unknownTo(requests: readonly ClaimRequest[], closed: ClaimRequest["closed"]): Set<string> {
    const named = requests.flatMap((one) => (one.closed === closed ? (one.organizations ?? []) : []));
    return new Set(
      named.length > 0 ? this.#organizations.unknown([...new Set(named)], closed === "refused") : [],
    );
  }

  /** Notes how a request that must be carried out once has ended; null: it failed, and may be sent again. */
  async settle(once: Once, answer: Answer | null): Promise<void> {
    this.#idempotency.settle(once, answer);
  }
}
