import { env } from "cloudflare:workers";
import { afterEach, expect, test } from "vitest";
import { announcementOf } from "../../../src/delivery/announcement.ts";
import type { WebhookFormat } from "../../../src/delivery/formats/format.ts";
import { formats } from "../../../src/delivery/formats.ts";
import { configuration } from "../../../src/env.ts";
import type { Webhook } from "../../../src/model/webhook.ts";
import { seal } from "../../../src/objects/secrets.ts";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { withoutFirstTry } from "../../support/first-try.ts";
import { deliver, deliveriesOf, newWebhook, publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { newArticle, newOrganization } from "../../support/service.ts";

stopClockForEachTest();

/** Matrix, client-server API: `PUT /rooms/{roomId}/send/{eventType}/{txnId}`, by which a message sent twice is one. */
const matrix: WebhookFormat = {
  contentType: "application/json",
  method: "PUT",
  address: (url, { eventId }) => `${url}/send/m.room.message/${encodeURIComponent(eventId)}`,
  headers: ({ type }) => ({ "x-kind": type }),
  body: (message) => JSON.stringify({ msgtype: "m.text", body: announcementOf(message).title }),
  pace: [{ most: 2, windowMs: 1_000 }],
};

const table = formats as unknown as Record<string, WebhookFormat>;

afterEach(() => {
  delete table.matrix;
});

/** A webhook of a format that the API does not know yet, and so many alerts on their way to it. */
async function matrixWebhook(url: string, titles: readonly string[]) {
  table.matrix = matrix;
  const slug = await newOrganization();
  const { secret, ...webhook } = await newWebhook(slug);
  const headers = { authorization: "Bearer syt_token" };
  const secrets = await seal(configuration(env), webhook.id, { secret, former: [], headers });
  const config = { ...webhook, url, format: "matrix" as Webhook["format"] };
  await endpointOf(env, webhook.id).registration.configure({ version: 2, webhook: config, secrets });
  for (const title of titles) await newArticle(slug, { title });
  await withoutFirstTry(() => publish(slug));
  return webhook;
}

test("a format sets its method, URL, headers and pace in one file", async () => {
  const { received } = receive();
  const webhook = await matrixWebhook("https://matrix.example/_matrix/client/v3/rooms/!a:example", [
    "One",
    "Two",
    "Three",
  ]);
  await deliver(webhook.id);
  const [, , first] = await deliveriesOf(webhook);
  expect(received).toHaveLength(2);
  expect(received[0]).toMatchObject({
    method: "PUT",
    url: `https://matrix.example/_matrix/client/v3/rooms/!a:example/send/m.room.message/${first?.event_id}`,
    headers: {
      authorization: "Bearer syt_token",
      "x-kind": "article.published",
      "webhook-id": first?.event_id,
    },
    body: '{"msgtype":"m.text","body":"One"}',
  });
});

test("checks a URL that a format makes", async () => {
  const { received } = receive();
  const webhook = await matrixWebhook("https://matrix.example", ["One"]);
  table.matrix = { ...matrix, address: () => "https://10.0.0.1/" };
  await deliver(webhook.id);
  expect(received).toEqual([]);
  expect((await deliveriesOf(webhook))[0]?.attempts).toMatchObject([{ error: "address" }]);
});
