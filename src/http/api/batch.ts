import * as v from "valibot";
import { ArticleInput } from "../../model/article.ts";
import type { Change } from "../../model/audit.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { parse, parseJson } from "../../model/parse.ts";
import { fail, ok, type Result, through } from "../../model/result.ts";
import type { Input, Published } from "../../publishing/draft.ts";
import { problemOf } from "../problem.ts";
import { EXAMPLE } from "./example.ts";
import { alerts, answer, changing, operation } from "./operation.ts";
import { publishFor } from "./publishing.ts";
import type { LineResult } from "./schemas.ts";

/** Many articles in one request: a JSON array, or NDJSON. */
export const createArticles = operation({
  id: "createArticles",
  method: "POST",
  path: "/articles/batch",
  needs: "publish",
  action: "article.put",
  group: "Articles",
  summary: `Publish up to ${LIMITS.BATCH_LINES} articles`,
  detail:
    "Each line succeeds or fails on its own and has its own result; the status is 200 either way. " +
    "`If-Match` is not for many articles: a line replaces what stands at its id.",
  parameters: alerts("all"),
  body: {
    "application/json": {
      schema: "ArticleList",
      example: [EXAMPLE, { organizations: ["nobody"], title: "Not to be had" }],
      read: v.array(v.unknown(), "must be an array of articles"),
    },
    "application/x-ndjson": {
      schema: "Text",
      example: '{"organizations":["acme"],"title":"One"}\n{"organizations":["acme"],"title":"Two"}\n',
    },
  },
  bodyBytes: LIMITS.BATCH_BODY_BYTES,
  answers: { 200: "BatchResult" },
  async handler(call) {
    const lines = linesOf(call.body);
    if (lines.length > LIMITS.BATCH_LINES) {
      const message = `at most ${LIMITS.BATCH_LINES} articles in one batch`;
      return fail({ tag: "invalid", errors: [{ path: "", message }] });
    }
    const inputs = lines.map(inputOf);
    let changes: Change[] = [];
    const published = await through(inputs, async (some) => {
      const done = await publishFor(call, some, call.query.alerts !== "none");
      changes = done.changes;
      return done.results;
    });
    const results = published.map((result, index) => lineResult(index + 1, result, inputs[index]));
    const failed = results.filter(({ status }) => status >= 400).length;
    return changing(changes, answer({ accepted: results.length - failed, failed, results }));
  },
});

/** The values of the lines, each parsed on its own. Blank lines of NDJSON are ignored. */
function linesOf(body: string | unknown[]): Result<unknown>[] {
  if (typeof body !== "string") return body.map(ok);
  return body
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(parseJson);
}

function inputOf(line: Result<unknown>): Result<Input> {
  const fields = line.ok ? parse(ArticleInput, line.value) : line;
  if (!fields.ok) return fields;
  const { id } = fields.value;
  const named = id === undefined ? null : ({ id, idBy: "publisher" } as const);
  return ok({ ...(named ?? { id: randomId("art_"), idBy: "chance" }), fields: fields.value });
}

function lineResult(line: number, result: Result<Published>, input: Result<Input> | undefined): LineResult {
  const id = input?.ok ? input.value.id : undefined;
  if (result.ok) {
    const { article, outcome } = result.value;
    return { line, status: outcome === "created" ? 201 : 200, id: article.id };
  }
  const problem = problemOf(result.failure);
  return { line, status: problem.status, ...(id ? { id } : {}), problem };
}
