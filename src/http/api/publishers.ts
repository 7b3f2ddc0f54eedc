import { directoryOf } from "../../objects/stubs.ts";
import { answer, json, type Operation, operation } from "./operation.ts";

/** The publishers of copied pages, which the operator keeps. */
export const PUBLISHERS: readonly Operation[] = [
  operation({
    id: "getPublishers",
    method: "GET",
    path: "/publishers",
    needs: "read",
    group: "Operator",
    summary: "List the publishers of copied pages",
    answers: { 200: "PublisherList" },
    handler: async ({ env }) => answer({ publishers: await directoryOf(env).publishers.list() }),
  }),
  operation({
    id: "putPublishers",
    method: "PUT",
    path: "/publishers",
    needs: "operator",
    action: "publishers.put",
    group: "Operator",
    summary: "Replace the list of publishers of copied pages",
    detail:
      "By these names and hosts an imported page is known to be a publisher's, and its article's `source` is `name`. " +
      "Organizations are known without being listed.",
    body: json("PublisherList", {
      publishers: [{ name: "Acme News", aliases: ["Acme News Agency"], domains: ["news.acme.example"] }],
    }),
    answers: { 200: "PublisherList" },
    async handler({ env, body }) {
      await directoryOf(env).publishers.replace(body.publishers);
      return answer(body);
    },
  }),
];
