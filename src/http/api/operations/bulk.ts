import { exportLines } from "../bulk/export.ts";
import { importLines } from "../bulk/import.ts";
import { alerts, CURSOR, type Operation } from "../operation.ts";

const group = "Everything";
const ndjson = "application/x-ndjson";
const needs = "operator";

/** All that there is, a line each: out, and in again. */
export const BULK: readonly Operation[] = [
  {
    id: "exportLines",
    method: "GET",
    path: "/export",
    handler: exportLines,
    needs,
    group,
    summary: "Export organizations, articles and webhooks, a page at a time",
    detail:
      'The last line of each page is `{"type":"cursor","cursor":…}`, `null` at the end. No secret is in it. Imported into an empty store it gives the same feeds, byte by byte.',
    parameters: CURSOR,
    answers: { 200: "Text" },
    answerType: ndjson,
    problems: ["malformed-query"],
  },
  {
    id: "importLines",
    method: "POST",
    path: "/import",
    handler: importLines,
    needs,
    action: "import.lines",
    group,
    summary: "Import lines of an export, or articles of another program",
    detail:
      "Lines are read as they arrive; each is stored or refused by itself, and told of in a line of the answer. The same lines again change nothing.",
    parameters: alerts("none"),
    body: {
      [ndjson]: {
        schema: "Text",
        example:
          '{"type":"article","id":"museum-opens","organizations":["acme"],"title":"The museum opens","published_at":"2025-05-05"}\n',
      },
    },
    bodyBytes: null,
    answers: { 200: "Text" },
    answerType: ndjson,
    problems: ["malformed-query"],
  },
];
