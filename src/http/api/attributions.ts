import type { Context } from "hono";
import type { Bindings } from "../../env.ts";
import { type ArticleFields, AttributionInput, type NamedFields } from "../../model/article.ts";
import type { Texts } from "../../model/attribution.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { findIn, NONE_FOUND, organizationsFound, textsOf } from "../../objects/publishing/attribution.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { jsonBody } from "./body.ts";

/** `POST /attributions`: the organizations that a text names, and the doubtful names in it. Nothing is stored. */
export async function previewAttributions(c: Context<App>): Promise<Response> {
  const input = await jsonBody(c, AttributionInput);
  if (!input.ok) return refuse(c, input.failure);
  const texts = textsOf(input.value);
  if (!texts.ok) return refuse(c, texts.failure);
  const [findings] = await findIn(c.env, [texts.value]);
  return c.json(findings ?? { attributions: [], doubts: [] });
}

/** Articles with their organizations: those that they name, or else those that are found in their texts. */
export async function withOrganizations(
  env: Bindings,
  inputs: readonly ArticleFields[],
): Promise<Result<NamedFields>[]> {
  const texts = inputs.map((input) => (input.organizations ? null : textsOf(input)));
  const readable = texts.flatMap((each): Texts[] => (each?.ok ? [each.value] : []));
  const findings = (await findIn(env, readable)).values();
  return inputs.map((input, index) => {
    const { organizations, attributions: _notBelieved, ...fields } = input;
    if (organizations) return ok({ ...fields, organizations });
    const read = texts[index];
    if (read && !read.ok) return read;
    const found = findings.next().value;
    if (!found || found.attributions.length === 0) return fail(NONE_FOUND);
    return ok({ ...fields, ...organizationsFound(found) });
  });
}
