import * as v from "valibot";
import type { Bindings } from "../../env.ts";
import { type ArticleFields, ArticleInput } from "../../model/article.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { parse, parseJson } from "../../model/parse.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Published, Submission } from "../../objects/publishing/submissions.ts";
import { problemOf } from "../problem.ts";
import { withOrganizations } from "./attributions.ts";
import { EXAMPLE } from "./example.ts";
import { alerts, answer, changing, operation } from "./operation.ts";
import { publish } from "./publishing.ts";
import type { LineResult } from "./schemas.ts";

/** Many articles in one request: a JSON array, or NDJSON. */
export const createBatch = operation({
  id: "createBatch",
  method: "POST",
  path: "/articles/batch",
  needs: "publish",
  action: "article.put",
  group: "Articles",
  summary: `Publish up to ${LIMITS.BATCH_LINES} articles`,
  detail: "Each line succeeds or fails on its own and has its own result; the status is 200 either way.",
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
    const submissions = await submissionsOf(call.env, lines);
    const accepted = submissions.flatMap((submission) => (submission.ok ? [submission.value] : []));
    const published = await publish(call, accepted, { quiet: call.query.alerts === "none" });
    const outcomes = new Map(accepted.map((submission, index) => [submission, published.results[index]]));
    const results = submissions.map((submission, index) =>
      submission.ok
        ? lineResult(
            index + 1,
            outcomes.get(submission.value) ?? fail({ tag: "not-found" }),
            submission.value.id,
          )
        : lineResult(index + 1, submission),
    );
    const failed = results.filter(({ status }) => status >= 400).length;
    return changing(published.changes, answer({ accepted: results.length - failed, failed, results }));
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

async function submissionsOf(
  env: Bindings,
  lines: readonly Result<unknown>[],
): Promise<Result<Submission>[]> {
  const inputs = lines.map((line) => (line.ok ? parse(ArticleInput, line.value) : line));
  const usable = inputs.flatMap((input): ArticleFields[] => (input.ok ? [input.value] : []));
  const named = (await withOrganizations(env, usable)).values();
  const ids = new Set<string>();
  return inputs.map((line) => {
    const input = line.ok ? (named.next().value ?? fail({ tag: "not-found" })) : line;
    if (!input.ok) return input;
    const { id } = input.value;
    // KV allows one write a second to a key, and could keep either.
    if (id !== undefined && ids.has(id)) {
      return fail({ tag: "invalid", errors: [{ path: "id", message: "is a duplicate id in this batch" }] });
    }
    if (id !== undefined) ids.add(id);
    return ok({ id: id ?? randomId("art_"), input: input.value, fresh: id === undefined });
  });
}

function lineResult(line: number, result: Result<Published | Submission>, id?: string): LineResult {
  if (result.ok) {
    const created = "created" in result.value && result.value.created;
    return { line, status: created ? 201 : 200, id: id ?? "" };
  }
  const problem = problemOf(result.failure);
  return { line, status: problem.status, ...(id ? { id } : {}), problem };
}
