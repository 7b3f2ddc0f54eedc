import { DurableObject } from "cloudflare:workers";
import type { Bindings } from "../env.ts";
import type { Actor, AuditEntry, AuditQuery, Change } from "../model/audit.ts";
import { ENTRIES_SCHEMA, EntryStore } from "./audit/entry-store.ts";
import type { FormerEntry } from "./directory/former-audit.ts";
import { migrate } from "./kit/sql.ts";

/**
 * The audit log: who changed what. One object for all organizations, so that a request records all its changes in one
 * call.
 */
export class AuditLog extends DurableObject<Bindings> {
  readonly #entries: EntryStore;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    migrate(ctx.storage, ENTRIES_SCHEMA);
    this.#entries = new EntryStore(ctx.storage.sql);
  }

  /** Records the changes of one request. */
  async addToAudit(actor: Actor, action: string, changes: Change[]): Promise<void> {
    this.ctx.storage.transactionSync(() => this.#entries.add(actor, action, changes, Date.now()));
  }

  /** A page of the log, newest first. */
  async page(query: AuditQuery): Promise<{ entries: AuditEntry[]; cursor: string | null }> {
    return this.#entries.page(query);
  }

  /** Restarts an organization's log: entries older than `atMs` move to the operator's log. */
  async begin(organization: string, atMs: number): Promise<void> {
    this.ctx.storage.transactionSync(() => this.#entries.begin(organization, atMs));
  }

  /** Imports entries that the Directory stored before. Safe to repeat. */
  async takeFormer(entries: FormerEntry[]): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      for (const { id, atMs, actor, description, action, object, organizations, outcome } of entries) {
        const change = { object, organizations, outcome: outcome as Change["outcome"] };
        this.#entries.addFormer(id, { actor, description }, action, change, atMs);
      }
    });
  }
}
