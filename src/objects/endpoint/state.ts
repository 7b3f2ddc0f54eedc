import { HEALTHY, type Health, type Hold } from "../../delivery/health.ts";
import type { Begun } from "../../delivery/pace.ts";
import type { Webhook } from "../../model/webhook.ts";
import { addColumn, exists, first, integer, json, nullable, rowOf, type Schema, text } from "../kit/sql.ts";

/** `window_ms` and `window_count` were used before 26 November 2026 and are not read. */
export const STATE_SCHEMA: Schema = {
  name: "endpoint",
  migrations: [
    `CREATE TABLE IF NOT EXISTS endpoint (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      webhook TEXT NOT NULL,
      confidential TEXT NOT NULL,
      health TEXT NOT NULL,
      window_ms INTEGER NOT NULL DEFAULT 0,
      window_count INTEGER NOT NULL DEFAULT 0
    )`,
    `ALTER TABLE endpoint ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE endpoint ADD COLUMN flow TEXT NOT NULL DEFAULT '{"begun":[],"hold":null,"slow":null,"timeouts":0,"batchMost":null}'`,
    addColumn("endpoint", "reported_problem", "TEXT"),
  ],
};

/** Flow control for a receiver. */
export interface Flow {
  /** Requests started recently. */
  begun: Begun[];
  /** Nothing is sent before its end; then a single request is sent first. */
  hold: Hold | null;
  /** The slower pace after 429 responses, while it applies; null if there is none. */
  slow: { gapMs: number; untilMs: number } | null;
  /** Requests in a row that timed out. */
  timeouts: number;
  /** The most messages in a batch, after the receiver has rejected a larger one (413); null if it has not. */
  batchMost: number | null;
}

/** The webhook, its health and flow, and its secrets, sealed by `secrets.ts`. */
export interface Registered {
  /** The version of the configuration. */
  version: number;
  webhook: Webhook;
  sealed: string;
  health: Health;
  flow: Flow;
  /** What the Directory was told last; null for no problem. */
  reportedProblem: string | null;
}

const registered = rowOf<Registered>({
  version: integer("version"),
  webhook: json<Webhook>("webhook"),
  sealed: text("confidential"),
  health: json<Health>("health"),
  flow: json<Flow>("flow"),
  reportedProblem: nullable("reported_problem", text),
});

/** The SQL of an endpoint's own row. */
export class EndpointState {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The row; null before the webhook is created and after it is deleted. */
  read(): Registered | null {
    return first(
      this.#sql,
      registered,
      "SELECT version, webhook, confidential, health, flow, reported_problem FROM endpoint",
    );
  }

  /** Whether there is a webhook. */
  isRegistered(): boolean {
    return exists(this.#sql, "SELECT 1 FROM endpoint");
  }

  /** Stores a configuration. A new endpoint is active. */
  configure(version: number, webhook: Webhook, sealed: string): void {
    this.#sql.exec(
      `INSERT INTO endpoint (id, version, webhook, confidential, health) VALUES (1, ?1, ?2, ?3, ?4)
        ON CONFLICT (id) DO UPDATE SET version = ?1, webhook = ?2, confidential = ?3`,
      version,
      JSON.stringify(webhook),
      sealed,
      JSON.stringify(HEALTHY),
    );
  }

  setSecrets(sealed: string): void {
    this.#sql.exec("UPDATE endpoint SET confidential = ?", sealed);
  }

  setHealth(health: Health): void {
    this.#sql.exec("UPDATE endpoint SET health = ?", JSON.stringify(health));
  }

  setReportedProblem(problem: string | null): void {
    this.#sql.exec("UPDATE endpoint SET reported_problem = ?", problem);
  }

  setFlow(flow: Flow): void {
    this.#sql.exec("UPDATE endpoint SET flow = ?", JSON.stringify(flow));
  }

  remove(): void {
    this.#sql.exec("DELETE FROM endpoint");
  }
}
