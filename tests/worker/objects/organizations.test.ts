import { expect, test } from "vitest";
import { stopClockForEachTest } from "../../support/clock.ts";
import { deliver, deliveriesOf, newWebhook, publish, titlesIn } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { api, fresh, json, newOrganization } from "../../support/service.ts";

stopClockForEachTest();

test("an article of two organizations is an item of each, and one alert for each and its every webhook", async () => {
  const receiver = receive();
  const [first, second] = [await newOrganization(), await newOrganization()];
  const webhooks = [await newWebhook(first), await newWebhook(second), await newWebhook(second)];
  const id = fresh("a");
  const article = { organizations: [first, second], title: "Both" };
  await json(api("PUT", `/articles/${id}`, article), 201);
  await json(api("PUT", `/articles/${id}`, article), 200);
  for (const slug of [first, second]) {
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Both"]);
  }
  for (const webhook of webhooks) await deliver(webhook.id);
  const told = receiver.received.map(({ body }) => JSON.parse(body).data.organization.slug);
  expect(told).toEqual([first, second, second]);
  // An event has one id at every webhook of its organization.
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(2);
  for (const webhook of webhooks) expect(await deliveriesOf(webhook)).toHaveLength(1);
});

test("withdraws an article from an organization that it leaves, and updates it in the others", async () => {
  const receiver = receive();
  const [first, second] = [await newOrganization(), await newOrganization()];
  const webhooks = [await newWebhook(first), await newWebhook(second)];
  const id = fresh("a");
  await json(api("PUT", `/articles/${id}`, { organizations: [first, second], title: "News" }), 201);
  await json(api("PUT", `/articles/${id}`, { organizations: [second], title: "News" }), 200);
  await publish(first);
  await publish(second);
  for (const webhook of webhooks) await deliver(webhook.id);
  const told = receiver.received.map(({ body }) => JSON.parse(body));
  expect(told.map(({ type, data }) => [data.organization.slug, type])).toEqual([
    [first, "article.published"],
    [first, "article.withdrawn"],
    [second, "article.published"],
    [second, "article.updated"],
  ]);
  expect(await titlesIn(first)).toEqual([]);
  expect(await titlesIn(second)).toEqual(["News"]);
});
