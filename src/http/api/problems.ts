import { directoryOf } from "../../objects/stubs.ts";
import { answer, CURSOR, type Operation, operation } from "./operation.ts";
import { givenCursor, shownCursor } from "./query.ts";

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
    async handler({ env, query }) {
      const page = await directoryOf(env).problems.page(givenCursor(query.cursor ?? null));
      return answer({ ...page, cursor: shownCursor(page.cursor) });
    },
  }),
];
