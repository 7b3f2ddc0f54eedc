import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { app } from "../../../src/http/app.ts";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { addressOf, alertsFor, shownWebhook, switchable } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { type LogLine, watchLog } from "../../support/log.ts";
import { alarmIn, deliver, deliveriesOf, publish, rows, withSettings } from "../../support/objects.ts";
import { verified } from "../../support/receiver.ts";
import { api, json, newArticle, SITE } from "../../support/service.ts";

const FIRST_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const SECOND_KEY = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=";
// RFC 8032 §7.1, tests 1 and 2.
const FIRST_SIGNING_KEY = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
const SECOND_SIGNING_KEY = "whsk_TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=";

stopClockForEachTest();

const sealedText = async (id: string) =>
  (await rows(endpointOf(env, id), "SELECT confidential FROM endpoint"))[0]?.confidential;

/** A webhook whose secret is sealed with a key, and alerts on their way to it. */
async function sealedWith(key: string, titles = ["One"]) {
  const made = await alertsFor(titles, { headers: { "x-key": "hidden" } });
  await withSettings(made.webhook.id, { SECRETS_KEY: key });
  await endpointOf(env, made.webhook.id).wake();
  return made;
}

describe("SECRETS_KEY", () => {
  test("set later seals stored secrets at the next watchdog check", async () => {
    const { webhook } = await sealedWith(FIRST_KEY);
    expect(await sealedText(webhook.id)).toMatch(/^sealed:1:/);
  });

  test("that was rotated: the former key opens secrets, and the watchdog check seals them again", async () => {
    const { receiver } = switchable(204);
    const { slug, webhook } = await sealedWith(FIRST_KEY);
    const before = await sealedText(webhook.id);
    await withSettings(webhook.id, { SECRETS_KEY: SECOND_KEY, SECRETS_KEY_FORMER: FIRST_KEY });
    await deliver(webhook.id);
    expect(receiver.received[0] && verified(webhook.secret, receiver.received[0]).type).toBe(
      "article.published",
    );
    await endpointOf(env, webhook.id).wake();
    expect(await sealedText(webhook.id)).not.toBe(before);
    await withSettings(webhook.id, { SECRETS_KEY: SECOND_KEY });
    await newArticle(slug, { title: "Two" });
    await publish(slug);
    await deliver(webhook.id);
    expect(receiver.received[1]?.headers["x-key"]).toBe("hidden");
    const sealed = await sealedText(webhook.id);
    await endpointOf(env, webhook.id).wake();
    expect(await sealedText(webhook.id)).toBe(sealed); // once
  });

  test("is rejected by name if it or a former key is invalid", async () => {
    const log = watchLog("error");
    const settings = { ...env, SECRETS_KEY_FORMER: `${FIRST_KEY}, short` };
    const answer = await app.fetch(
      new Request(`${SITE}/webhooks/public-key`),
      settings,
      createExecutionContext(),
    );
    expect(answer.status).toBe(503);
    expect(log).toMatchObject([{ error: expect.stringContaining("SECRETS_KEY_FORMER must be base64") }]);
  });
});

describe("SECRETS_KEY that is lost", () => {
  async function lost(titles = ["One"]) {
    const log: LogLine[] = watchLog("error");
    const { receiver } = switchable(204);
    const made = await sealedWith(FIRST_KEY, titles);
    await withSettings(made.webhook.id, { SECRETS_KEY: SECOND_KEY });
    return { log, receiver, ...made, stub: endpointOf(env, made.webhook.id) };
  }

  test("is reported in the delivery log, health, explain and the service's log", async () => {
    const { log, receiver, webhook, articles } = await lost();
    await deliver(webhook.id);
    expect(receiver.received).toEqual([]);
    const [delivery] = await deliveriesOf(webhook);
    expect(delivery).toMatchObject({
      status: "pending",
      attempts: [{ status: null, error: "secret", detail: expect.stringContaining("SECRETS_KEY") }],
    });
    expect((await shownWebhook(webhook)).health).toMatchObject({
      state: "failing",
      problem: expect.stringContaining("rotate the secret"),
    });
    const path = `${addressOf(webhook)}/explain?article=${articles[0]?.id}`;
    expect(await json(api("GET", path), 200)).toMatchObject({
      outcome: "waiting",
      detail: expect.stringContaining("SECRETS_KEY"),
    });
    expect(log).toMatchObject([{ event: "endpoint.secrets", endpoint: webhook.id }]);
  });

  test("is retried with backoff, and no delivery is given up", async () => {
    const { webhook, stub } = await lost(["One", "Two", "Three"]);
    const waits: number[] = [];
    for (let alarm = 0; alarm < 16; alarm++) {
      wait(Math.max((await alarmIn(stub)) ?? 0, 0));
      await deliver(webhook.id);
      waits.push(((await alarmIn(stub)) ?? 0) / 1_000);
    }
    expect(waits.slice(0, 3)).toEqual([5, 10, 20]);
    expect(waits.slice(-3)).toEqual([3_600, 3_600, 3_600]);
    expect((await deliveriesOf(webhook)).map(({ status }) => status)).toEqual(Array(3).fill("pending"));
  });

  test("is used again at the next watchdog check once it is back", async () => {
    const { receiver, webhook, stub } = await lost();
    await deliver(webhook.id);
    await withSettings(webhook.id, { SECRETS_KEY: FIRST_KEY });
    await stub.wake();
    await deliver(webhook.id);
    expect(receiver.received[0] && verified(webhook.secret, receiver.received[0]).type).toBe(
      "article.published",
    );
    expect((await shownWebhook(webhook)).health).toMatchObject({ state: "active" });
  });

  test("does not prevent a rotation of the secret, after which everything is sent", async () => {
    const { receiver, webhook } = await lost(["One", "Two"]);
    await deliver(webhook.id);
    const { secret } = await json<{ secret: string }>(
      api("POST", `${addressOf(webhook)}/rotate-secret`, {}),
      200,
    );
    await deliver(webhook.id);
    expect(receiver.received.map((request) => verified(secret, request).data.article.title)).toEqual([
      "One",
      "Two",
    ]);
  });

  test("fails a test at once, with the reason", async () => {
    const { slug, webhook } = await lost([]);
    await api("POST", `${addressOf(webhook)}/test`);
    await publish(slug);
    await deliver(webhook.id);
    expect((await deliveriesOf(webhook))[0]).toMatchObject({
      status: "failed",
      attempts: [{ error: "secret" }],
    });
  });
});

test("signs with a rotated SIGNING_KEY and the former one, and serves both public keys", async () => {
  const settings = { SIGNING_KEY: SECOND_SIGNING_KEY, SIGNING_KEY_FORMER: FIRST_SIGNING_KEY };
  const { receiver } = switchable(204);
  const { webhook } = await alertsFor(["One"]);
  await withSettings(webhook.id, settings);
  await deliver(webhook.id);
  const signatures = receiver.received[0]?.headers["webhook-signature"]?.split(" ") ?? [];
  expect(signatures.map((one) => one.split(",")[0])).toEqual(["v1", "v1a", "v1a"]);
  expect(new Set(signatures).size).toBe(3);
  const answer = await app.fetch(
    new Request(`${SITE}/webhooks/public-key`),
    { ...env, ...settings },
    createExecutionContext(),
  );
  expect(await answer.json()).toEqual({
    public_key: "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=",
    former_public_keys: ["whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
  });
});
