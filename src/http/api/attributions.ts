import { findNames } from "../../objects/names.ts";
import { textsOf } from "../../publishing/attribution.ts";
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
