import type { Bindings } from "../../env.ts";
import type { ArticleFields, NamedFields } from "../../model/article.ts";
import type { Texts } from "../../model/attribution.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { findNames } from "../../objects/names.ts";
import { NONE_FOUND, organizationsFound, textsOf } from "../../objects/publishing/attribution.ts";
import { answer, json, type Operation, operation } from "./operation.ts";

/** Which organizations a text names. */
export const ATTRIBUTIONS: readonly Operation[] = [
  operation({
    id: "previewAttributions",
    method: "POST",
    path: "/attributions",
    needs: "read",
    action: null,
    group: "Articles",
    summary: "Preview which organizations a text names",
    detail: "Nothing is stored.",
    body: json("AttributionInput", {
      title: "A seminar of Acme",
      content_text: "The Ministry of Culture took part.",
    }),
    answers: { 200: "Findings" },
    async handler({ env, body }) {
      const texts = textsOf(body);
      if (!texts.ok) return texts;
      const [findings] = await findNames(env, [texts.value]);
      return answer(findings ?? { attributions: [], doubts: [] });
    },
  }),
];

/** Articles with their organizations: those that they name, or else those that are found in their texts. */
export async function withOrganizations(
  env: Bindings,
  inputs: readonly ArticleFields[],
): Promise<Result<NamedFields>[]> {
  const texts = inputs.map((input) => (input.organizations ? null : textsOf(input)));
  const readable = texts.flatMap((each): Texts[] => (each?.ok ? [each.value] : []));
  const findings = (await findNames(env, readable)).values();
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
