import * as v from "valibot";
import { EventType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail } from "../../model/result.ts";
import { channelOf } from "../../objects/stubs.ts";
import { answer, type Operation, operation } from "./operation.ts";

const Types = v.pipe(
  v.string(),
  v.transform((text) => text.split(",")),
  v.array(
    v.picklist(
      EventType.options,
      `must be event types, separated by commas: ${EventType.options.join(", ")}`,
    ),
  ),
);
const wrongWait = `must be a whole number of seconds, at most ${LIMITS.EVENTS_WAIT_SECONDS}`;
const Wait = v.pipe(
  v.string(),
  v.regex(/^\d{1,2}$/, wrongWait),
  v.transform(Number),
  v.maxValue(LIMITS.EVENTS_WAIT_SECONDS, wrongWait),
);

/** What happened, for consumers that fetch it. */
export const EVENTS: readonly Operation[] = [
  operation({
    id: "listEvents",
    method: "GET",
    path: "/organizations/:slug/events",
    needs: "webhooks",
    group: "Webhooks",
    summary: "List events, oldest first",
    detail: `The bodies that webhooks of the format \`standard\` receive, each with its id, for ${LIMITS.EVENTS_KEPT_DAYS} days. Send the \`cursor\` of each response as \`after\` in the next request: nothing is skipped or repeated. With \`types\`, a response can have no events while there are more: its cursor has moved on.`,
    loads: "organization",
    parameters: {
      after: {
        description:
          "The `cursor` of the previous response, or an event's id. Without it, from the oldest event on.",
        example: "0",
      },
      types: {
        description: "Only these event types, separated by commas.",
        example: "article.published,article.withdrawn",
        schema: Types,
      },
      wait: {
        description: `How many seconds to wait for an event if there is none; at most ${LIMITS.EVENTS_WAIT_SECONDS}.`,
        example: "1",
        schema: Wait,
      },
    },
    answers: { 200: "EventPage" },
    problems: ["expired"],
    async handler({ env, loaded: { slug }, query: { after = null, types = EventType.options, wait = 0 } }) {
      const read = await channelOf(env, slug).events.read({ after, types: [...types], waitMs: wait * 1_000 });
      if (!read.known) return fail({ tag: "expired", oldest: read.oldest, cursor: read.cursor });
      const { events, cursor } = read;
      return answer(`{"events":[${events.join(",")}],"cursor":${JSON.stringify(cursor)}}`);
    },
  }),
];
