import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../model/limits.ts";
import { holds, type Precondition } from "../../model/precondition.ts";
import { isServiceId } from "../../model/slug.ts";
import { first, integer, json, nullable, rowOf, type Schema, text } from "../kit/sql.ts";
import type { Answer, Idempotency, Once } from "./idempotency.ts";
import type { OrganizationStore } from "./organization-store.ts";
import type { WatchStore } from "./watchdog.ts";

/** The table of article ids and their owners. */
export const ARTICLE_OWNERS_SCHEMA: Schema = {
  name: "article_owners",
  migrations: [
    `CREATE TABLE IF NOT EXISTS article_owners (
      id TEXT PRIMARY KEY,
      organizations TEXT NOT NULL,
      changed_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
    "ALTER TABLE article_owners ADD COLUMN leaving TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE article_owners ADD COLUMN version TEXT",
  ],
};

const ownership = rowOf({
  organizations: json<string[]>("organizations"),
  leaving: json<string[]>("leaving"),
  changedMs: integer("changed_ms"),
  version: nullable("version", text),
});

/** A claim of an article id, made before the article is written. */
export interface ClaimRequest {
  id: string;
  /** The new owners of the article; null keeps the current ones. */
  organizations: string[] | null;
  /** The organizations that the caller may act for; null for all. */
  reach: readonly string[] | null;
  /** The organizations in the KV record; null if there is none. Used only if the id has no claim yet. */
  known: readonly string[] | null;
  /**
   * `publisher`: the caller chose the id. `service`: the service derived it from the article. `nobody-else`: it was just
   * generated at random and nobody else knows it, so nothing is decided or stored.
   */
  idBy: "publisher" | "service" | "nobody-else";
  /** `record`: the claim is for a record that another program wrote into KV, which may be out of date. */
  from: "request" | "record";
  /** Whether closed organizations are accepted. */
  closed: "refused" | "allowed";
  /** The version that is to stand; null if only KV can tell, as for a record of another program. */
  version?: string | null;
  /** What the caller requires of the version that stands. */
  precondition?: Precondition | null;
  /** The version in the KV record; used only with a precondition, and if no claim has stored one. */
  knownVersion?: string | null;
  /** The idempotent request, if it has a key. */
  once: Once | null;
}

/**
 * The result of a claim. `unknown`: organizations do not exist. `taken`: the article belongs to organizations that the
 * caller may not act for. `changed`: its version is not what the caller requires. `unsettled`: the record differs from a
 * claim so recent that KV may be out of date. `replayed`, `running` and `reused` concern the idempotency key.
 */
export type Claim =
  | {
      state: "granted";
      /** Its previous owners; null if it had none. */
      owners: readonly string[] | null;
      /** Whether it was claimed so recently that KV may still return an older record. */
      lately: boolean;
      /** Former owners whose channels may not know yet that the article has left them. */
      leaving: readonly string[];
    }
  | { state: "unknown"; organizations: string[] }
  | { state: "taken" }
  | { state: "changed"; version: string | null }
  | { state: "unsettled" }
  | { state: "replayed"; answer: Answer }
  | { state: "running" }
  | { state: "reused" };

/** A claimed version that does not stand, and the one that does; null if only KV can tell. */
export interface Correction {
  id: string;
  claimed: string;
  version: string | null;
}

interface Ownership {
  organizations: readonly string[];
  changedMs: number;
  /** The version that was claimed last; null if only KV can tell. */
  version: string | null;
}

type Ruled = Extract<Claim, { state: "granted" | "taken" | "changed" | "unsettled" }>;
type Ruling = Exclude<Ruled, { state: "granted" }> | Omit<Extract<Ruled, { state: "granted" }>, "leaving">;

/** Whether a caller may change an article with these owners. Only the operator may change an article without owners. */
const covers = (reach: readonly string[] | null, owners: readonly string[]): boolean =>
  reach === null || (owners.length > 0 && owners.every((slug) => reach.includes(slug)));

/** Decides on a claim from the stored owners of the id. Pure. */
export function rule(
  request: Omit<ClaimRequest, "once" | "closed">,
  row: Ownership | null,
  nowMs: number,
): Ruling {
  const { id, organizations, reach, known, idBy, from, version = null, precondition } = request;
  const owners = row?.organizations ?? known;
  // A generated id without a claim may be so new that KV does not show its article yet: nobody else may take it.
  if (owners === null && reach !== null && idBy === "publisher" && isServiceId(id)) return { state: "taken" };
  if (owners !== null && !covers(reach, owners)) return { state: "taken" };
  const current = row?.version ?? request.knownVersion ?? null;
  if (precondition && !holds(precondition, current, version)) return { state: "changed", version: current };
  const lately = row !== null && nowMs - row.changedMs < LIMITS.KV_SETTLE_SECONDS * 1000;
  if (from === "record" && lately && !same(row.organizations, organizations)) return { state: "unsettled" };
  return { state: "granted", owners, lately };
}

const same = (a: readonly string[], b: readonly string[] | null): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/**
 * The SQL of the owners of article ids. A row is written for an id that a caller chose. A generated id needs none:
 * nobody else can know it before its record is public.
 */
export class ArticleOwners {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Decides on a claim, and stores the owners and the version. Former owners are stored beside them until {@link told}: a
   * request can die before their channels know, and nothing else says that they had the article.
   */
  claim(request: Omit<ClaimRequest, "once" | "closed">, nowMs: number): Ruled {
    const { id, organizations, idBy, from, version = null, precondition } = request;
    if (idBy === "nobody-else" && precondition && !holds(precondition, null, version))
      return { state: "changed", version: null };
    if (idBy === "nobody-else" && from === "request")
      return { state: "granted", owners: null, lately: false, leaving: [] };
    const row = this.#row(id);
    if (idBy === "nobody-else")
      return { state: "granted", owners: null, lately: false, leaving: row?.leaving ?? [] };
    const ruling = rule(request, row, nowMs);
    if (ruling.state !== "granted") return ruling;
    const owners = organizations ?? ruling.owners ?? [];
    const former = new Set([...(row?.leaving ?? []), ...(ruling.owners ?? [])]);
    const leaving = [...former].filter((slug) => !owners.includes(slug));
    // Reading the same record again changes nothing.
    if (row === null || from !== "record" || !same(row.organizations, owners)) {
      this.#sql.exec(
        `INSERT OR REPLACE INTO article_owners (id, organizations, changed_ms, leaving, version)
          VALUES (?, ?, ?, ?, ?)`,
        id,
        JSON.stringify(owners),
        nowMs,
        JSON.stringify(leaving),
        version,
      );
    } else if (row.version !== null && !ruling.lately) this.correct({ id, claimed: row.version, version });
    return { ...ruling, leaving };
  }

  /** Records that the channels of former owners know that an article has left them. */
  told(id: string, slugs: readonly string[]): void {
    const left = this.#row(id)?.leaving.filter((slug) => !slugs.includes(slug)) ?? [];
    this.#sql.exec("UPDATE article_owners SET leaving = ? WHERE id = ?", JSON.stringify(left), id);
  }

  #row(id: string): (Ownership & { leaving: string[] }) | null {
    const query = "SELECT organizations, changed_ms, leaving, version FROM article_owners WHERE id = ?";
    return first(this.#sql, ownership, query, id);
  }

  /** Replaces a claimed version, if no later claim did. */
  correct({ id, claimed, version }: Correction): void {
    this.#sql.exec(
      "UPDATE article_owners SET version = ? WHERE id = ? AND version = ?",
      version,
      id,
      claimed,
    );
  }
}

/** The channels that get an article. A record that this service wrote has reached them, or is offered to them now. */
const concerned =
  (requests: readonly ClaimRequest[]) =>
  (claim: Claim, index: number): readonly string[] => {
    const { from, idBy, organizations = [] } = requests[index] ?? {};
    if (claim.state !== "granted" || (from === "record" && idBy === "nobody-else")) return [];
    return [...(organizations ?? []), ...(claim.owners ?? [])];
  };

/** Decides on articles before they are written. */
export class Articles extends RpcTarget {
  readonly #organizations: OrganizationStore;
  readonly #owners: ArticleOwners;
  readonly #idempotency: Idempotency;
  readonly #watched: WatchStore;

  constructor(
    organizations: OrganizationStore,
    owners: ArticleOwners,
    idempotency: Idempotency,
    watched: WatchStore,
  ) {
    super();
    this.#watched = watched;
    this.#organizations = organizations;
    this.#owners = owners;
    this.#idempotency = idempotency;
  }

  /**
   * Claims article ids in one transaction: checks owners, that the organizations exist, and idempotency keys. Only a
   * granted article may be written. The watchdog checks the channels that get it soon.
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
    const claims = requests.map((request): Claim => {
      const { once, organizations, closed } = request;
      const used = once ? this.#idempotency.look(once, now) : null;
      if (used && used.state !== "free") return used;
      const absent = (organizations ?? []).filter((slug) => unknown[closed].has(slug));
      if (absent.length > 0) return { state: "unknown", organizations: absent };
      const claim = this.#owners.claim(request, now);
      if (once && claim.state === "granted") this.#idempotency.take(once, now);
      return claim;
    });
    this.#watched.expect([...new Set(claims.flatMap(concerned(requests)))], now);
    return claims;
  }

  #unknownTo(requests: readonly ClaimRequest[], closed: ClaimRequest["closed"]): Set<string> {
    const named = requests.flatMap((one) => (one.closed === closed ? (one.organizations ?? []) : []));
    return new Set(
      named.length > 0 ? this.#organizations.unknown([...new Set(named)], closed === "refused") : [],
    );
  }

  /** Records that the channels of former owners know that articles have left them. */
  async told(departures: { id: string; organizations: string[] }[]): Promise<void> {
    for (const { id, organizations } of departures) this.#owners.told(id, organizations);
  }

  /** Corrects the versions of claims that led to others, or broke off. */
  async correct(corrections: Correction[]): Promise<void> {
    for (const one of corrections) this.#owners.correct(one);
  }

  /** Stores the response of an idempotent request; null if it failed and may be repeated. */
  async settle(once: Once, answer: Answer | null): Promise<void> {
    this.#idempotency.settle(once, answer);
  }
}
