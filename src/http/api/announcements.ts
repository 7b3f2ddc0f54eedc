import { explain } from "../../delivery/explain.ts";
import { type Announcement, sorted, type Told } from "../../delivery/told.ts";
import type { Bindings } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail } from "../../model/result.ts";
import type { Webhook } from "../../model/webhook.ts";
import type { ChannelAccount } from "../../objects/channel/webhooks/webhooks.ts";
import { channelOf, endpointOf } from "../../objects/stubs.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import { answer, CURSOR, operation } from "./operation.ts";

/** Who was told of an article: one call of the channel, and one of each webhook's endpoint on the page. */
export const getAnnouncement = operation({
  id: "getAnnouncement",
  method: "GET",
  path: "/organizations/:slug/articles/:id/announcement",
  needs: "read",
  group: "Articles",
  summary: "Show what an organization announced of an article, and who was told",
  detail:
    "The last announcement: when it was made, whether the feeds are written, and for each webhook of the organization " +
    "whether it received it, in the words of `explain`. Shared webhooks are not among them.",
  loads: "organization",
  parameters: CURSOR,
  answers: { 200: "Announcement" },
  async handler({ env, loaded: { slug }, params: { id = "" }, query }) {
    const announced = await channelOf(env, slug).announcements.of(id, query.cursor ?? null);
    if (!announced) return fail({ tag: "not-found" });
    const { accounts, ...said } = announced;
    const told = await mapConcurrent(LIMITS.CONNECTIONS, accounts, (one) => toldOf(env, id, one));
    const announcement: Announcement = { ...said, ...sorted(told.flatMap((one) => one ?? [])) };
    return answer(announcement);
  },
});

async function toldOf(
  env: Bindings,
  articleId: string,
  { webhook, account }: { webhook: Webhook; account: ChannelAccount },
): Promise<Told | null> {
  const standing = await endpointOf(env, webhook.id).deliveries.standing(
    articleId,
    account.seen?.revision ?? 0,
  );
  if (!standing) return null;
  const facts = { webhook, announced: account.seen, fits: account.fits, waiting: account.waiting };
  const { delivery, ...explained } = explain({ ...facts, ...standing });
  return {
    webhook_id: webhook.id,
    description: webhook.description,
    host: new URL(webhook.url).host,
    ...explained,
    delivery_id: delivery?.id ?? null,
  };
}
