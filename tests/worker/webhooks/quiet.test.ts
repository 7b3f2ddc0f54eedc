import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Explanation } from "../../../src/delivery/explain.ts";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { addressOf, deliverForDays, shownWebhook, switchable } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { alarmIn, deliver, deliveriesOf, newWebhook, publish } from "../../support/objects.ts";
import { type Received, receive } from "../../support/receiver.ts";
import { api, json, newArticle, newOrganization } from "../../support/service.ts";

stopClockForEachTest();

const told = (received: readonly Received[]) =>
  received.map(({ body }) => {
    const { type, data } = JSON.parse(body);
    return `${type.slice("article.".length)} ${data.article.title}`;
  });

/** An organization with a webhook that waits for a quiet minute, and what is done with one article of it. */
async function quiet(fields: Record<string, unknown> = {}) {
  const receiver = receive();
  const slug = await newOrganization();
  const webhook = await newWebhook(slug, { quiet_seconds: 60, ...fields });
  const { id } = await newArticle(slug, { title: "One" });
  await publish(slug);
  const change = async (title: string | null) => {
    await (title === null
      ? api("DELETE", `/articles/${id}`)
      : api("PUT", `/articles/${id}`, { organizations: [slug], title }));
    await publish(slug);
  };
  const tell = async () => {
    for (;;) {
      const due = await alarmIn(endpointOf(env, webhook.id));
      if (due === null) return;
      wait(Math.max(due, 0));
      await deliver(webhook.id);
    }
  };
  return { receiver, slug, webhook, id, change, tell };
}

describe("quiet_seconds", () => {
  test("has several edits told as the last one, as published when nothing was told before", async () => {
    const { receiver, webhook, change, tell } = await quiet();
    await deliver(webhook.id);
    expect(receiver.received).toEqual([]);
    for (const title of ["Two", "Three"]) {
      wait(40_000);
      await change(title);
    }
    wait(55_000);
    await deliver(webhook.id);
    expect(receiver.received).toEqual([]);
    await tell();
    expect(told(receiver.received)).toEqual(["published Three"]);
    expect((await deliveriesOf(webhook)).map(({ status }) => status)).toEqual([
      "delivered",
      "superseded",
      "superseded",
    ]);
    for (const title of ["Four", "Five"]) await change(title);
    await tell();
    expect(told(receiver.received)).toEqual(["published Three", "updated Five"]);
  });

  test("has an article that is withdrawn before it was announced not told at all, and says so", async () => {
    const { receiver, slug, webhook, id, change, tell } = await quiet();
    await change("Two");
    await change(null);
    await tell();
    expect(receiver.received).toEqual([]);
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(null);
    expect(
      await json<Explanation>(api("GET", `${addressOf(webhook)}/explain?article=${id}`), 200),
    ).toMatchObject({
      outcome: "superseded",
      detail: "The article was withdrawn before it was announced here.",
    });
    await change("Again");
    await newArticle(slug, { title: "Other" });
    await publish(slug);
    await tell();
    expect(told(receiver.received).sort()).toEqual(["published Again", "published Other"]);
  });

  test("has the withdrawal of what was told told, whatever came between", async () => {
    const { receiver, change, tell } = await quiet();
    await tell();
    for (const title of ["Two", null, "Three", null]) await change(title);
    await tell();
    expect(told(receiver.received)).toEqual(["published One", "withdrawn Three"]);
  });

  test("never keeps an article back for longer than an hour", async () => {
    const { receiver, webhook, change } = await quiet();
    for (let number = 1; number <= 80; number++) {
      wait(45_000);
      await change(`${number}`);
      if ((await alarmIn(endpointOf(env, webhook.id))) === 0) await deliver(webhook.id);
    }
    expect(receiver.received.length).toBe(1);
  });

  test("holds back neither tests nor other articles, and can be taken away", async () => {
    const { receiver, slug, webhook } = await quiet();
    await api("POST", `${addressOf(webhook)}/test`);
    await publish(slug);
    await deliver(webhook.id);
    expect(receiver.received.map(({ body }) => JSON.parse(body).type)).toEqual(["webhook.test"]);
    await json(api("PATCH", addressOf(webhook), { quiet_seconds: null }), 200);
    await newArticle(slug, { title: "Other" });
    await publish(slug);
    await deliver(webhook.id);
    expect(told(receiver.received.slice(1))).toEqual(["published Other"]);
  });

  test.each([-1, 3_601, 1.5, "60"])("cannot be %j", async (quiet_seconds) => {
    const slug = await newOrganization();
    const body = { url: "https://hooks.example.com/", quiet_seconds };
    expect((await api("POST", `/organizations/${slug}/webhooks`, body)).status).toBe(422);
  });
});

describe("include: summary", () => {
  test.each([{}, { batch_seconds: 5 }])("sends no content: %j", async (settings) => {
    const { received } = receive();
    const slug = await newOrganization();
    const webhook = await newWebhook(slug, { include: "summary", ...settings });
    const article = await newArticle(slug, {
      title: "One",
      summary: "Short",
      url: "https://example.org/one",
      content_text: "Long",
      tags: ["a"],
      authors: [{ name: "A" }],
    });
    await publish(slug);
    await deliver(webhook.id);
    const { data } = JSON.parse(received[0]?.body ?? "");
    const { id, organizations, title, summary, url, page_url, published_at, updated_at } = article;
    const thin = { id, organizations, title, summary, url, page_url, published_at, updated_at, revision: 1 };
    expect((data.messages?.[0].data ?? data).article).toEqual(thin);
    await json(api("PATCH", addressOf(webhook), { include: null }), 200);
    await api("POST", `${addressOf(webhook)}/replay`, { since: "2039-01-01" });
    wait(5_000);
    await deliver(webhook.id);
    expect(received[1]?.body).toContain("Long");
  });
});

describe("other webhooks are told", () => {
  const typesOf = (received: readonly Received[]) =>
    received.filter(({ url }) => url.includes("ops")).map(({ body }) => JSON.parse(body).type);

  async function watched() {
    const { receiver, answer } = switchable(204);
    const slug = await newOrganization();
    const webhook = await newWebhook(slug);
    const events = ["endpoint.recovered", "endpoint.secret_rotated"];
    const watcher = await newWebhook(slug, { url: "https://ops.example.com/", events });
    const tell = async () => {
      await deliver(webhook.id); // reports
      await publish(slug);
      answer.status = 204;
      await deliver(watcher.id);
      return typesOf(receiver.received);
    };
    return { receiver, answer, slug, webhook, tell };
  }

  test("that a webhook's secret was replaced, and not what it is", async () => {
    const { receiver, webhook, tell } = await watched();
    const { secret } = await json<{ secret: string }>(
      api("POST", `${addressOf(webhook)}/rotate-secret`),
      200,
    );
    expect(await tell()).toEqual(["endpoint.secret_rotated"]);
    const body = receiver.received.at(-1)?.body ?? "";
    expect(JSON.parse(body).data).toMatchObject({
      webhook: { id: webhook.id, origin: "https://hooks.example.com" },
      former_signs_until: "2040-01-02T00:00:00Z",
    });
    expect(body).not.toContain(secret);
  });

  test("that a webhook that was disabled is enabled", async () => {
    const { answer, slug, webhook, tell } = await watched();
    answer.status = 410;
    await newArticle(slug);
    await publish(slug);
    await deliver(webhook.id);
    expect(await shownWebhook(webhook)).toMatchObject({ health: { state: "disabled" } });
    answer.status = 204;
    await json(api("POST", `${addressOf(webhook)}/enable`), 200);
    expect(await tell()).toEqual(["endpoint.recovered"]);
  });

  test("that a webhook of whose failing they were warned has received again, and of a short failure nothing", async () => {
    const { answer, slug, webhook, tell } = await watched();
    answer.status = 500;
    await newArticle(slug);
    await publish(slug);
    await deliver(webhook.id);
    answer.status = 204;
    wait(60_000);
    expect(await tell()).toEqual([]);
    answer.status = 500;
    for (let day = 0; day < 4; day++) {
      await newArticle(slug);
      await publish(slug);
      await deliverForDays(webhook.id, 0.9);
    }
    expect((await shownWebhook(webhook)).health).toMatchObject({ state: "failing" });
    answer.status = 204;
    await newArticle(slug);
    await publish(slug);
    expect(await tell()).toEqual(["endpoint.recovered"]);
  });
});
