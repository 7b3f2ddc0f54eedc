import * as v from "valibot";
import type { Bindings } from "../../../env.ts";
import { canonicalJson, digest } from "../../../model/digest.ts";
import { LIMITS } from "../../../model/limits.ts";
import { type Line, lineFrom } from "../../../model/line.ts";
import { type Failure, fail, ok, type Result } from "../../../model/result.ts";
import { unavailable } from "../../../publishing/draft.ts";
import { mapConcurrent } from "../../../store/concurrency.ts";
import { logLine } from "../../../store/log.ts";
import { type Problem, problemOf } from "../../problem.ts";
import { alerts, answer, operation } from "../operation.ts";
import { importArticles } from "./articles.ts";
import { linesIn, written } from "./lines.ts";
import { importOrganizations } from "./organizations.ts";
import type { Stored } from "./stored.ts";
import { importSharedWebhook, importWebhook } from "./webhooks.ts";

type ImportedLine = { line: number; status: number } & (Stored | { problem: Problem; id?: string });

/** A line that waits to be stored together with others of its type. */
interface Waiting {
  line: number;
  id: string;
  of: Line;
}

/** Lines as in an export, stored as they arrive. */
export const importLines = operation({
  id: "importData",
  method: "POST",
  path: "/import",
  needs: "operator",
  action: "import.lines",
  group: "Everything",
  summary: "Import lines of an export, or articles of another program",
  detail:
    "Lines are read as they arrive. Each is stored or refused on its own, and has a line in the answer. Importing the same lines again changes nothing.",
  parameters: alerts("none"),
  body: {
    "application/x-ndjson": {
      schema: "Text",
      example:
        '{"type":"article","id":"museum-opens","organizations":["acme"],"title":"The museum opens","published_at":"2025-05-05"}\n',
      read: v.instance(ReadableStream<Uint8Array>),
    },
  },
  bodyBytes: null,
  answers: { 200: "Text" },
  answerType: "application/x-ndjson",
  handler: ({ env, body, query }) => answer(written(importAll(env, body, query.alerts === "all"))),
});

/** Reads lines as they arrive, stores them in groups of one type, and yields the result of each. */
async function* importAll(
  env: Bindings,
  body: ReadableStream<Uint8Array>,
  notify: boolean,
): AsyncGenerator<ImportedLine> {
  let group: Waiting[] = [];
  let [count, characters] = [0, 0];
  for await (const { line, text } of linesIn(body)) {
    if (++count > LIMITS.IMPORT_LINES) {
      const message = `at most ${LIMITS.IMPORT_LINES} lines in one request: send this one and those after it in another`;
      yield* await storeGroup(env, group, notify);
      return yield refused(line, { tag: "invalid", errors: [{ path: "", message }] });
    }
    const read = text.ok ? lineFrom(text.value) : text;
    if (!read.ok) {
      yield refused(line, read.failure);
      continue;
    }
    const waiting = { line, id: await idOf(read.value), of: read.value };
    characters += text.ok ? text.value.length : 0;
    if (!fits(group, waiting) || characters > LIMITS.IMPORT_GROUP_CHARACTERS) {
      yield* await storeGroup(env, group, notify);
      group = [];
      characters = 0;
    }
    group.push(waiting);
  }
  yield* await storeGroup(env, group, notify);
}

/** Whether a line can join a group: of the same type, and no two with one id, whose order would be lost. */
function fits(group: readonly Waiting[], { id, of }: Waiting): boolean {
  const same = group.every((other) => other.of.type === of.type && other.id !== id);
  return same && group.length < LIMITS.IMPORT_GROUP_LINES;
}

/** The id of a line. An article without one gets an id derived from its content, so that a repetition is the same article. */
async function idOf(line: Line): Promise<string> {
  switch (line.type) {
    case "article":
    case "tombstone":
      return line.input.id ?? `art_${await digest(canonicalJson(line.input))}`;
    case "organization":
      return line.slug;
    case "webhook":
    case "shared-webhook":
      return line.id;
    case "cursor":
      return "";
  }
}

async function storeGroup(
  env: Bindings,
  group: readonly Waiting[],
  notify: boolean,
): Promise<ImportedLine[]> {
  let results: Result<Stored>[] = [];
  try {
    results = await storeAll(env, group, notify);
  } catch (error) {
    logLine("error", "import", { error: String(error) });
  }
  return group.map(({ line, id }, index) => {
    const result = results[index] ?? fail(unavailable());
    if (!result.ok) return refused(line, result.failure, id);
    return { line, status: result.value.outcome === "created" ? 201 : 200, ...result.value };
  });
}

/** Stores lines of one type. */
async function storeAll(
  env: Bindings,
  group: readonly Waiting[],
  notify: boolean,
): Promise<Result<Stored>[]> {
  const some = <T extends Line["type"]>(type: T) =>
    group.flatMap(({ of, id }) => (of.type === type ? [{ id, of: of as Extract<Line, { type: T }> }] : []));
  switch (group[0]?.of.type) {
    case "organization":
      return importOrganizations(
        env,
        some("organization").map(({ of }) => of),
      );
    case "article":
    case "tombstone":
      return importArticles(
        env,
        [...some("article"), ...some("tombstone")].map(({ id, of }) => ({ ...of, id })),
        notify,
      );
    case "webhook":
      return mapConcurrent(LIMITS.CONNECTIONS, some("webhook"), ({ of }) => importWebhook(env, of));
    case "shared-webhook":
      return mapConcurrent(LIMITS.CONNECTIONS, some("shared-webhook"), ({ of }) =>
        importSharedWebhook(env, of),
      );
    default:
      return some("cursor").map(({ id, of }) => ok({ type: of.type, id, outcome: "unchanged" }));
  }
}

function refused(line: number, failure: Failure, id?: string): ImportedLine {
  const problem = problemOf(failure);
  return { line, status: problem.status, ...(id ? { id } : {}), problem };
}
