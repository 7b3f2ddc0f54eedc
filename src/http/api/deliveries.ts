import { type InferOutput, minLength, pipe, regex, string, transform } from "valibot";
import { explain } from "../../delivery/explain.ts";
import type { Bindings } from "../../env.ts";
import { DeliveryStatus } from "../../model/delivery.ts";
import { MessageType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail } from "../../model/result.ts";
import { SHARED } from "../../model/slug.ts";
import { moment, parseRfc3339 } from "../../model/time.ts";
import type { Webhook } from "../../model/webhook.ts";
import type { ChannelAccount } from "../../objects/channel/webhooks/webhooks.ts";
import { channelOf, endpointOf, switchboardOf } from "../../objects/stubs.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import { readArticle } from "../../store/records.ts";
import { answer, CURSOR, json, type Operation, operation } from "./operation.ts";
import { NUMBERED_CURSOR, wrongQuery } from "./query.ts";
import { PLACES, type Place } from "./webhook-places.ts";
import { changed } from "./webhooks.ts";

const needs = "webhooks";

const SHORT_PAGES =
  "With a filter, a page can have fewer deliveries while there are more: go on while there is a `cursor`.";

/** The parameters by which deliveries are chosen. */
const FILTERS = {
  status: { description: "Only with this status.", values: DeliveryStatus.options },
  type: { description: "Only of this event type.", values: MessageType.options },
  since: { description: "Only those created since then.", example: "2025-01-01", schema: moment },
  until: { description: "Only those created before then.", example: "2026-01-01", schema: moment },
} as const;

interface Filters {
  status?: DeliveryStatus | undefined;
  type?: MessageType | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

const filterOf = ({ status, type, since, until }: Filters) => ({
  status: status ?? null,
  type: type ?? null,
  sinceMs: since === undefined ? null : parseRfc3339(since),
  untilMs: until === undefined ? null : parseRfc3339(until),
});

/** Where a page over several webhooks has ended: the group of webhooks, and the last delivery that was shown of it. */
const MergedCursor = pipe(
  string(),
  regex(/^[\w-]*\.\d{0,15}\.[\w-]*$/, "is not a valid cursor"),
  transform((text) => {
    const [group = "", seq = "", webhook = ""] = text.split(".");
    return { group, seq: seq === "" ? null : Number(seq), webhook };
  }),
);

/** Deliveries of one event stand in the order of their webhooks' ids. */
const seqBefore = ({ seq, webhook }: InferOutput<typeof MergedCursor>, id: string): number | null =>
  seq !== null && id > webhook ? seq + 1 : seq;

const OF_ORGANIZATION: readonly Operation[] = [
  operation({
    id: "listOrganizationDeliveries",
    method: "GET",
    path: "/organizations/:slug/deliveries",
    needs,
    group: "Deliveries",
    summary: "List the deliveries of all webhooks, newest first",
    detail: `An organization with more than ${LIMITS.PAGE_ITEMS} webhooks has ${LIMITS.PAGE_ITEMS} of them listed after each other, in the order of their ids. ${SHORT_PAGES}`,
    loads: "organization",
    parameters: {
      ...FILTERS,
      webhook: { description: "Only of the webhook with this id." },
      cursor: { ...CURSOR.cursor, schema: MergedCursor },
    },
    answers: { 200: "OrganizationDeliveryPage" },
    async handler({ env, loaded: { slug }, query: { webhook: id, cursor, ...query } }) {
      const { webhooks } = channelOf(env, slug);
      const one = id === undefined ? null : await webhooks.get(id);
      if (id !== undefined && !one) return fail(wrongQuery("webhook", `there is no webhook ${id}`));
      const group = one ? { webhooks: [one], cursor: null } : await webhooks.page(cursor?.group || null);
      const most = Math.max(
        LIMITS.PAGE_ITEMS + 1,
        Math.floor(LIMITS.DELIVERIES_SEARCHED / group.webhooks.length),
      );
      const lists = await mapConcurrent(LIMITS.CONNECTIONS, group.webhooks, async (webhook) => {
        const asked = {
          ...filterOf(query),
          article: null,
          cursor: cursor ? seqBefore(cursor, webhook.id) : null,
        };
        const { placed, end } = await endpointOf(env, webhook.id).deliveries.placed(asked, most);
        return { end, found: placed.map((one) => ({ ...one, webhook_id: webhook.id })) };
      });
      // Before this, not every webhook's were looked at: the next page begins there.
      const end = Math.max(0, ...lists.map((list) => list.end ?? 0));
      const searched = lists.flatMap(({ found }) => found.filter(({ seq }) => seq >= end));
      const all = searched.sort((a, b) => b.seq - a.seq || (a.webhook_id < b.webhook_id ? -1 : 1));
      const shown = all.slice(0, LIMITS.PAGE_ITEMS);
      const last = all.length > shown.length ? shown.at(-1) : undefined;
      const nextGroup = group.cursor && `${group.cursor}..`;
      const at = (seq: number, id: string) => [cursor?.group ?? "", seq, id].join(".");
      const beyond = end > 0 ? at(end, group.webhooks.at(-1)?.id ?? "") : nextGroup;
      return answer({
        deliveries: shown.map(({ webhook_id, delivery }) => ({ webhook_id, ...delivery })),
        cursor: last ? at(last.seq, last.webhook_id) : beyond,
      });
    },
  }),
];

/** What was sent to one webhook, of an organization or shared. */
const ofOne = ({ path: list, loads, group, named }: Place): readonly Operation[] => {
  const path = `${list}/:id` as const;
  return [
    operation({
      id: named("replayDeliveries"),
      method: "POST",
      path: `${path}/replay`,
      needs,
      action: "webhook.replay",
      group,
      summary: "Send failed deliveries again, or all since a time",
      detail: "They keep their ids.",
      loads,
      body: json("Replay", { status: "failed", since: "2025-01-01" }),
      answers: { 202: "Replayed" },
      async handler({ env, loaded: webhook, body: { since, status } }) {
        const sinceMs = since === undefined ? 0 : (parseRfc3339(since) ?? 0);
        return changed(
          webhook,
          answer({
            replayed: await endpointOf(env, webhook.id).deliveries.replay(sinceMs, status === "failed"),
          }),
        );
      },
    }),
    operation({
      id: named("explainDelivery"),
      method: "GET",
      path: `${path}/explain`,
      needs,
      group,
      summary: "Explain whether an article was sent, and why",
      loads,
      parameters: {
        article: {
          description: "The article's id.",
          required: true,
          example: "museum-opens-archive",
          schema: pipe(string(), minLength(1, "must be an article's id")),
        },
      },
      answers: { 200: "Explained" },
      async handler({ env, loaded: webhook, query: { article } }) {
        const endpoint = endpointOf(env, webhook.id);
        const [account, health] = await Promise.all([
          accountOf(env, webhook, article),
          endpoint.health.get(),
        ]);
        if (!account || !health) return fail({ tag: "not-found" });
        const { seen: announced, fits, waiting } = account;
        const delivery = announced && (await endpoint.deliveries.announcing(article, announced.revision));
        return answer({
          article_id: article,
          webhook_id: webhook.id,
          ...explain({ webhook, health, announced, fits, waiting, delivery }),
        });
      },
    }),
    operation({
      id: named("listDeliveries"),
      method: "GET",
      path: `${path}/deliveries`,
      needs,
      group: "Deliveries",
      summary: "List deliveries, newest first",
      detail: SHORT_PAGES,
      loads,
      parameters: {
        ...FILTERS,
        article: { description: "Only of this article.", example: "museum-opens-archive" },
        ...NUMBERED_CURSOR,
      },
      answers: { 200: "DeliveryPage" },
      async handler({ env, loaded: webhook, query: { article = null, cursor = null, ...query } }) {
        const asked = { ...filterOf(query), article, cursor };
        return answer(await endpointOf(env, webhook.id).deliveries.list(asked));
      },
    }),
    operation({
      id: named("getDelivery"),
      method: "GET",
      path: `${path}/deliveries/:delivery`,
      needs,
      group: "Deliveries",
      summary: "Get a delivery with every attempt",
      loads,
      parameters: {
        include: { description: "Also what was sent at each attempt.", values: ["request"] },
      },
      answers: { 200: "DeliveryLog" },
      async handler({ env, loaded: webhook, params, query: { include } }) {
        const { deliveries } = endpointOf(env, webhook.id);
        const delivery = await deliveries.get(params.delivery ?? "", include !== undefined);
        return delivery ? answer(delivery) : fail({ tag: "not-found" });
      },
    }),
    operation({
      id: named("retryDelivery"),
      method: "POST",
      path: `${path}/deliveries/:delivery/retry`,
      needs,
      action: "delivery.retry",
      group: "Deliveries",
      summary: "Send a delivery again",
      detail: "At once, also if it was delivered.",
      loads,
      answers: { 202: "DeliveryLog" },
      async handler({ env, loaded: webhook, params }) {
        const delivery = await endpointOf(env, webhook.id).deliveries.retry(params.delivery ?? "");
        return delivery ? changed(webhook, answer(delivery), delivery.id) : fail({ tag: "not-found" });
      },
    }),
  ];
};

/** What was sent to webhooks, and what was not. */
export const DELIVERIES: readonly Operation[] = [
  ...OF_ORGANIZATION,
  ...ofOne(PLACES.organization),
  ...ofOne(PLACES.shared),
];

/** What is known about an article and a webhook; null if nothing is. */
async function accountOf(env: Bindings, webhook: Webhook, articleId: string): Promise<ChannelAccount | null> {
  if (webhook.organization !== SHARED)
    return channelOf(env, webhook.organization).webhooks.account(webhook, articleId);
  const record = await readArticle(env.RECORDS, articleId, Date.now());
  const { organizations: covered = "all" } = webhook;
  const slugs = (record?.organizations ?? []).filter((slug) => covered === "all" || covered.includes(slug));
  const [accounts, own, gathers] = await Promise.all([
    mapConcurrent(LIMITS.CONNECTIONS, slugs, (slug) =>
      channelOf(env, slug).webhooks.account(webhook, articleId),
    ),
    switchboardOf(env).webhooks.account(webhook, articleId),
    endpointOf(env, webhook.id).deliveries.gathers(articleId),
  ]);
  const known = accounts.filter((account) => account?.seen);
  const seen = known
    .map((account) => account?.seen ?? null)
    .sort((a, b) => (b?.changedMs ?? 0) - (a?.changedMs ?? 0));
  return {
    seen: seen[0] ?? null,
    fits: known.length === 0 || known.some((account) => account?.fits),
    waiting: gathers || own?.waiting === true,
  };
}
