import { directoryOf } from "../../objects/stubs.ts";
import { answer, CURSOR, type Operation, operation } from "./operation.ts";

/** Records that another program wrote and that are invalid. */
export const RECORD_PROBLEMS: readonly Operation[] = [
  operation({
    id: "listProblems",
    method: "GET",
    path: "/problems",
    needs: "operator",
    group: "Operator",
    summary: "List invalid records in KV, with the reasons",
    parameters: CURSOR,
    answers: { 200: "RecordProblemPage" },
    handler: async ({ env, query }) => answer(await directoryOf(env).problems.page(query.cursor ?? null)),
  }),
];
