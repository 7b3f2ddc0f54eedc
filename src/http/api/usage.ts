import { shownUsage } from "../../model/usage.ts";
import { directoryOf } from "../../objects/stubs.ts";
import { answer, type Operation, operation } from "./operation.ts";

/** What the service used of its plan, as it counted it. */
export const USAGE: readonly Operation[] = [
  operation({
    id: "getUsage",
    method: "GET",
    path: "/usage",
    needs: "operator",
    group: "Operator",
    summary: "Show what the service used today and in 30 days, beside the free plan's limits",
    detail:
      "Counted in memory, so it can be a little low. Rows and what other Workers use are counted by Cloudflare alone.",
    answers: { 200: "Usage" },
    handler: async ({ env }) => answer(shownUsage(await directoryOf(env).metrics.usage())),
  }),
];
