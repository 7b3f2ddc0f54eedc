import { DurableObject } from "cloudflare:workers";
import type { Bindings } from "../../env.ts";
import type { Actor, AuditEntry, AuditQuery, Change } from "../../model/audit.ts";
import type { ListedToken, Principal, Token } from "../../model/token.ts";
import { Audit } from "./audit.ts";
import { Register } from "./register.ts";
import { Tokens } from "./tokens.ts";

/** The side of the directory that knows who may do what, and who has done it. */
export class Rights extends DurableObject<Bindings> {
  readonly #tokens = new Tokens(this.ctx.storage.sql);
  readonly #organizations = new Register(this.ctx.storage.sql);
  readonly #audit = new Audit(this.ctx.storage.sql);

  /** Who holds a token, by its id and the SHA-256 of the whole token in base 32; null when nobody does. */
  async holder(tokenId: string, hash: string): Promise<Principal | null> {
    const found = this.#tokens.find(tokenId);
    const encoder = new TextEncoder();
    const given = encoder.encode(hash);
    const kept = encoder.encode(found?.hash ?? "".padEnd(hash.length));
    const same = given.byteLength === kept.byteLength && crypto.subtle.timingSafeEqual(given, kept);
    if (!found || !same) return null;
    this.#tokens.used(tokenId, Date.now());
    const { id, description, scopes, organizations } = found.token;
    const unknown = this.#organizations.unknown(organizations, true);
    const open = organizations.filter((slug) => !unknown.includes(slug));
    return { kind: "token", id, description, scopes, organizations, open };
  }

  /** Keeps a token's hash. False when there are as many tokens as there may be. */
  async addToken(token: Token, hash: string): Promise<boolean> {
    return this.#tokens.add(token, hash);
  }

  /** A page of the tokens. */
  async tokens(cursor: string | null): Promise<{ tokens: ListedToken[]; cursor: string | null }> {
    return this.#tokens.page(cursor);
  }

  /** Revokes a token, and tells whom it stood for; null when there was none. */
  async removeToken(id: string): Promise<Token | null> {
    return this.#tokens.remove(id);
  }

  /** Writes changes into the audit log. */
  async addToAudit(actor: Actor, action: string, changes: Change[]): Promise<void> {
    this.#audit.add(actor, action, changes, Date.now());
  }

  /** A page of the audit log. */
  async audit(query: AuditQuery): Promise<{ entries: AuditEntry[]; cursor: string | null }> {
    return this.#audit.page(query);
  }
}
