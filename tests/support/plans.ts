import { sqlPrototype } from "./counting.ts";

/**
 * Tables that may be read whole, and why. All others grow with what is kept: a statement must find its rows by an index,
 * or stop after a bounded number.
 */
const BOUNDED: Readonly<Record<string, string>> = {
  // One row
  channel: "one row",
  counters: "one row",
  coverage: "one row",
  endpoint: "one row",
  lists: "one row",
  metrics: "one row",
  names: "one row",
  places: "one row",
  publishers: "one row",
  push: "one row",
  sharing: "one row",
  source: "one row",
  subscription: "one row",
  sweep: "one row",
  watched_counts: "one row",
  // A bounded number of rows
  audience: "AGGREGATORS",
  days: "30",
  documents: "one for each format",
  duty_failures: "one for each duty",
  item_counts: "one for each state",
  intents: "one: a newer one replaces it",
  object_errors: "OBJECT_ERRORS",
  quotas: "one for each quota",
  relay_failures: "read by retry_ms",
  schema_versions: "one for each schema",
  sqlite_master: "tables and indexes",
  verifications: "those of a minute",
};

/** Indexes that hold only what waits, has failed, or is looked for: they do not grow with what is kept. */
const FEW =
  /USING (?:COVERING )?INDEX (?:deliveries_(?:waiting|due|tests|failed|superseded)|records_foreign|organizations_open|articles_withdrawn|gathered_due|held_due|webhooks_operational)\b/;

/** Statements that read a whole table, or an order to its first fitting row, and why they may. */
const ALLOWED: readonly { statement: RegExp; why: string }[] = [
  { statement: /FROM webhooks, json_each\(/, why: "each of them may be told of the event" },
  { statement: /^SELECT id FROM subscriptions$/, why: "each of them is told of the document" },
  { statement: /^DELETE FROM (webhooks|subscriptions) .*RETURNING/, why: "each of them is told of the end" },
  { statement: /INDEXED BY articles_live .* LIMIT \?$/, why: "read up to a number of rows" },
  { statement: /^DELETE FROM (readers|drafts)$/, why: "each of them ends" },
  { statement: /settled_ms IS NOT NULL ORDER BY seq DESC LIMIT 1$/, why: "the newest has been settled" },
  { statement: /^SELECT slug FROM organizations ORDER BY slug$/, why: "a migration" },
  { statement: /^SELECT slug FROM organizations$/, why: "the tests' own reset" },
  { statement: /^SELECT id, token FROM tokens$/, why: "a migration" },
  { statement: /^SELECT number FROM notices ORDER BY number$/, why: "a migration" },
  { statement: /^SELECT id FROM subscriptions WHERE told_ms/, why: "a migration" },
  { statement: /^UPDATE webhooks SET standing = 'paused' WHERE change/, why: "a migration" },
  { statement: /^SELECT webhook, standing FROM webhooks$/, why: "each of them may be told of the article" },
  {
    statement: /^SELECT SUM\(subscribers\) AS count FROM topic_counts$/,
    why: "a row for each topic that somebody has",
  },
  { statement: /^INSERT INTO topic_counts/, why: "a migration" },
];

/** Steps over what a statement was given, or has found itself. */
const OWN_ROWS = /^(json_each|wanted|made|numbers|\(subquery-\d+\)|CONSTANT|\d+|pragma_table_info)/;

/** Whether a statement, or a part of it, reads the first rows of a table in an order, and filters nothing out. */
const isFirstRows = (statement: string, table: string, plan: readonly string[]): boolean =>
  new RegExp(
    `SELECT (?:(?!\\b(?:WHERE|SELECT|JOIN)\\b)[^;])+ FROM ${table}( ORDER BY [\\w, ]+)? LIMIT (?:\\d+|\\?\\d*)`,
  ).test(statement) && !plan.some((step) => step.includes("TEMP B-TREE"));

const numbersIn = (query: string): number[] =>
  [...query.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number));

/** A statement with a plan; migrations have several statements. */
const hasPlan = (query: string): boolean =>
  /^(SELECT|INSERT|UPDATE|DELETE|WITH)\b/.test(query) && !query.includes(";");

/** What `EXPLAIN QUERY PLAN` says of the statements that objects executed. */
export interface Plans {
  /** The statements, with white space made one. */
  statements: string[];
  /** Steps that read a whole table which grows, each with its statement. */
  scans: string[];
}

/** Explains each statement that any object executes while something is done, in that object. */
export async function plansOf(act: () => Promise<unknown>): Promise<Plans> {
  const prototype = await sqlPrototype();
  const { exec } = prototype;
  const found = new Map<string, string[]>();
  prototype.exec = function <T extends Record<string, SqlStorageValue>>(
    this: SqlStorage,
    query: string,
    ...parameters: unknown[]
  ): SqlStorageCursor<T> {
    const statement = query.replace(/\s+/g, " ").trim();
    if (hasPlan(statement) && !found.has(statement)) {
      const numbers = numbersIn(query);
      const count = numbers.length > 0 ? Math.max(...numbers) : query.split("?").length - 1;
      const explained = [`EXPLAIN QUERY PLAN ${query}`, ...Array<number>(count).fill(0)];
      const plan = [...(Reflect.apply(exec, this, explained) as SqlStorageCursor<{ detail: string }>)];
      found.set(
        statement,
        plan.map(({ detail }) => detail),
      );
    }
    return Reflect.apply(exec, this, [query, ...parameters]) as SqlStorageCursor<T>;
  };
  try {
    await act();
  } finally {
    prototype.exec = exec;
  }
  const scans = [...found].flatMap(([statement, plan]) =>
    scansIn(statement, plan).map((step) => `${step}: ${statement}`),
  );
  return { statements: [...found.keys()], scans };
}

function scansIn(statement: string, plan: readonly string[]): string[] {
  if (ALLOWED.some((one) => one.statement.test(statement))) return [];
  const named = new Set([...statement.matchAll(/\bWITH (?:RECURSIVE )?(\w+)/g)].map(([, name]) => name));
  return plan.filter((step) => {
    const table = /^SCAN (\S+)/.exec(step)?.[1];
    if (table === undefined || table in BOUNDED || named.has(table) || OWN_ROWS.test(table)) return false;
    return !FEW.test(step) && !isFirstRows(statement, table, plan);
  });
}
