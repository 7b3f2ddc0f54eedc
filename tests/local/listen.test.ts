import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, expect, test } from "vitest";
import { alertText } from "../../src/local/alert-text.ts";
import { type Receipt, startReceiver } from "../../src/local/receiver.ts";
import type { EventData } from "../../src/model/event.ts";

const SECRET = `whsec_${Buffer.from("a".repeat(32)).toString("base64")}`;
const BODY = JSON.stringify({
  type: "article.published",
  timestamp: "2025-12-17T09:11:00Z",
  data: {
    organization: { slug: "oic", name: "OIC", page_url: "https://news.example/oic" },
    article: { id: "a", title: "A\u001b[31m title", page_url: "https://news.example/articles/a" },
  },
});

let receiver: Server;
let receipts: Receipt[];

beforeEach(async () => {
  receipts = [];
  receiver = await startReceiver(0, new Map([["/oic", SECRET]]), (receipt) => receipts.push(receipt));
});

afterEach(() => receiver.close());

async function send(path: string, signature: (id: string, at: Date) => string): Promise<number> {
  const at = new Date();
  const { port } = receiver.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: {
      "webhook-id": "evt_1",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": signature("evt_1", at),
      connection: "close",
    },
    body: BODY,
  });
  return response.status;
}

const signed = (id: string, at: Date) => new Webhook(SECRET).sign(id, at, BODY);

test("prints signed alerts, and marks repeated ones", async () => {
  expect(await send("/oic", signed)).toBe(204);
  const [receipt] = receipts;
  if (!receipt) throw new Error("nothing was reported");
  expect(alertText(receipt, false, "09:11:02")).toBe(
    [
      "09:11:02  article.published · OIC",
      "          A[31m title",
      "          https://news.example/articles/a",
      "          signature verified · webhook-id evt_1",
    ].join("\n"),
  );
  expect(alertText(receipt, true, "09:11:02")).toMatch(/webhook-id evt_1 · again$/);
});

test("prints operational events, which have no article", () => {
  const data = { organization: { slug: "oic", name: "OIC", page_url: "" } } as EventData;
  const alert = { type: "webhook.test" as const, timestamp: "2025-12-17T09:11:00Z", sequence: 1, data };
  expect(alertText({ verified: true, id: "evt_2", alert }, false, "09:11:02")).toBe(
    "09:11:02  webhook.test · OIC\n          signature verified · webhook-id evt_2",
  );
});

test("rejects an invalid signature, and reports it", async () => {
  expect(await send("/oic", (id, at) => new Webhook(SECRET).sign(id, at, `${BODY} `))).toBe(400);
  const [receipt] = receipts;
  if (!receipt) throw new Error("nothing was reported");
  expect(alertText(receipt, false, "09:11:02")).toBe(
    "09:11:02  REFUSED at /oic: No matching signature found\n          webhook-id evt_1",
  );
});

test("returns 404 for other paths", async () => {
  expect(await send("/unesco", signed)).toBe(404);
  expect(receipts).toEqual([]);
});
