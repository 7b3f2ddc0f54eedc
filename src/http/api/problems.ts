import { directoryOf } from "../../objects/stubs.ts";
import { answer, CURSOR, type Operation, operation } from "./operation.ts";

/** Invalid records that another program wrote, and webhooks that fail or are disabled. */
export const RECORD_PROBLEMS: readonly Operation[] = [
  operation({
    id: "listProblems",
    method: "GET",
    path: "/problems",
    needs: "operator",
    group: "Operator",
    summary: "List what needs the operator: invalid records in KV, and webhooks that fail or are disabled",
    parameters: CURSOR,
    answers: { 200: "RecordProblemPage" },
    handler: async ({ env, query }) => answer(await directoryOf(env).problems.page(query.cursor ?? null)),
  }),
];
