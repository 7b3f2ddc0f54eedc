import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Explanation } from "../../../src/delivery/explain.ts";
import type { Webhook } from "../../../src/model/webhook.ts";
import { addressOf, alertsFor, switchable } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { deliver, newWebhook } from "../../support/objects.ts";
import { api, json, newArticle, newOrganization } from "../../support/service.ts";

stopClockForEachTest();
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});

const explanation = (webhook: Webhook, article: string): Promise<Explanation> =>
  json(api("GET", `${addressOf(webhook)}/explain?article=${article}`), 200);

/** What is said of the only article of a webhook with these settings, once it was tried. */
async function afterOneTry(status: number, fields: Record<string, unknown> = {}): Promise<Explanation> {
  switchable(status);
  const { webhook, articles } = await alertsFor(["News"], fields);
  await deliver(webhook.id);
  return explanation(webhook, articles[0]?.id ?? "");
}

describe("explains that an article was", () => {
  test("sent", async () => {
    expect(await afterOneTry(204)).toMatchObject({
      outcome: "sent",
      detail: "It was delivered at 2040-01-01T00:00:05Z.",
      rule: null,
      until: null,
      delivery: { status: "delivered", attempts: [{ status: 204 }] },
    });
  });

  test("attempted without success, and when it is retried", async () => {
    expect(await afterOneTry(500, { per_minute: 3 })).toMatchObject({
      outcome: "waiting",
      detail:
        "The last of 1 tries: The receiver answered 500; only 2xx is a success. At most 3 are sent in a minute.",
      until: "2040-01-01T00:00:10Z",
    });
  });

  test("given up", async () => {
    expect(await afterOneTry(500, { retry_seconds: [] })).toMatchObject({
      outcome: "failed",
      detail: "It was given up after 1 tries. The last: The receiver answered 500; only 2xx is a success.",
    });
  });

  test("kept, because the receiver answered 410", async () => {
    expect(await afterOneTry(410)).toMatchObject({ outcome: "disabled" });
  });

  test("kept, because the webhook is paused", async () => {
    const { webhook, articles } = await alertsFor(["News"]);
    await api("PATCH", addressOf(webhook), { paused: true });
    expect(await explanation(webhook, articles[0]?.id ?? "")).toMatchObject({ outcome: "paused" });
  });

  test("not of a type that the webhook wants, by its last event", async () => {
    const said = await afterOneTry(204, { events: ["article.withdrawn"] });
    expect(said).toMatchObject({ outcome: "filtered", rule: "events", delivery: null });
    expect(said.detail).toContain("article.published");
  });

  test("excluded by the filter", async () => {
    expect(await afterOneTry(204, { filter: "tag=sport" })).toMatchObject({
      outcome: "filtered",
      rule: "filter",
      detail: "The article does not fit the webhook's filter: tag=sport",
    });
  });

  test("announced but not handed over yet, or not announced", async () => {
    const slug = await newOrganization();
    const early = await newArticle(slug, { title: "Early" });
    wait(1_000);
    const webhook = await newWebhook(slug);
    const late = await newArticle(slug, { title: "Late" });
    expect(await explanation(webhook, late.id)).toMatchObject({
      outcome: "waiting",
      detail: "It was not tried yet.",
    });
    expect(await explanation(webhook, early.id)).toMatchObject({ outcome: "older-than-webhook" });
    expect(await explanation(webhook, "art_none")).toMatchObject({ outcome: "not-announced" });
  });

  test("held back by an older one in an ordered webhook", async () => {
    switchable(500);
    const { webhook, articles } = await alertsFor(["One", "Two"], { ordered: true });
    await deliver(webhook.id);
    expect(await explanation(webhook, articles[1]?.id ?? "")).toMatchObject({
      outcome: "waiting",
      detail: "It was not tried yet. The webhook is in order: what is older goes first.",
    });
  });
});

test("rejects a request without an article or of an unknown webhook", async () => {
  const organization = await newOrganization();
  const webhook = await newWebhook(organization);
  expect((await api("GET", `${addressOf(webhook)}/explain`)).status).toBe(400);
  expect((await api("GET", `${addressOf({ organization, id: "end_x" })}/explain?article=a`)).status).toBe(
    404,
  );
});
