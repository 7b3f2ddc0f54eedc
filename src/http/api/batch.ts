import type { Context } from "hono";
import { type ArticleFields, ArticleInput } from "../../model/article.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { parse, parseJson } from "../../model/parse.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Published, Submission } from "../../objects/publishing/submissions.ts";
import type { App } from "../context.ts";
import { problemOf, refuse } from "../problem.ts";
import { publish } from "./articles.ts";
import { withOrganizations } from "./attributions.ts";
import { changed } from "./audit.ts";
import { bodyText, mediaTypeOf } from "./body.ts";
import { NDJSON } from "./bulk/lines.ts";
import { isQuiet } from "./query.ts";
import type { LineResult } from "./schemas.ts";

/** `POST /articles/batch?alerts=`: a JSON array or NDJSON. Each line is taken or refused on its own; the answer is 200. */
export async function createBatch(c: Context<App>): Promise<Response> {
  const quiet = isQuiet(c, "all");
  if (!quiet.ok) return refuse(c, quiet.failure);
  const lines = await linesOf(c);
  if (!lines.ok) return refuse(c, lines.failure);
  if (lines.value.length > LIMITS.BATCH_LINES) {
    const message = `at most ${LIMITS.BATCH_LINES} articles in one batch`;
    return refuse(c, { tag: "invalid", errors: [{ path: "", message }] });
  }
  changed(c); // nothing yet
  const submissions = await submissionsOf(c, lines.value);
  const accepted = submissions.flatMap((submission) => (submission.ok ? [submission.value] : []));
  const published = accepted.length > 0 ? await publish(c, accepted, { quiet: quiet.value }) : [];
  const outcomes = new Map(accepted.map((submission, index) => [submission, published[index]]));
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
  return c.json({ accepted: results.length - failed, failed, results });
}

/** The values of the lines, each parsed on its own; blank lines of NDJSON are none. */
async function linesOf(c: Context<App>): Promise<Result<Result<unknown>[]>> {
  const type = mediaTypeOf(c);
  if (type !== "application/json" && !NDJSON.includes(type)) {
    return fail({ tag: "unsupported-media-type", accepted: ["application/json", ...NDJSON] });
  }
  const text = await bodyText(c);
  if (!text.ok) return text;
  if (type !== "application/json") {
    return ok(
      text.value
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map(parseJson),
    );
  }
  const value = parseJson(text.value);
  if (!value.ok) return value;
  if (!Array.isArray(value.value)) {
    return fail({ tag: "invalid", errors: [{ path: "", message: "must be an array of articles" }] });
  }
  return ok(value.value.map((line: unknown) => ok(line)));
}

async function submissionsOf(
  c: Context<App>,
  lines: readonly Result<unknown>[],
): Promise<Result<Submission>[]> {
  const inputs = lines.map((line) => (line.ok ? parse(ArticleInput, line.value) : line));
  const usable = inputs.flatMap((input): ArticleFields[] => (input.ok ? [input.value] : []));
  const named = (await withOrganizations(c.env, usable)).values();
  const ids = new Set<string>();
  return inputs.map((line) => {
    const input = line.ok ? (named.next().value ?? fail({ tag: "not-found" })) : line;
    if (!input.ok) return input;
    const { id } = input.value;
    // Two writes to one key within a second: KV would refuse the later, or keep either.
    if (id !== undefined && ids.has(id)) {
      return fail({ tag: "invalid", errors: [{ path: "id", message: "stands twice in this batch" }] });
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
