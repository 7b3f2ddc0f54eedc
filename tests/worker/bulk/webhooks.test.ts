import { beforeEach, expect, test } from "vitest";
import { addressOf, shownWebhook } from "../../support/alerts.ts";
import { exportAll, importLines } from "../../support/bulk.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import { receive, verified } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import { ADMIN_TOKEN, api, json, newArticle, newOrganization, newToken } from "../../support/service.ts";

stopClockForEachTest();
beforeEach(async () => {
  await reset();
});

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HEADERS = { Authorization: "Bearer very-secret-value" };

test("no secret, no header's value and no token is in an export", async () => {
  const slug = await newOrganization({ unlisted: true });
  const { secret } = await newWebhook(slug, { headers: HEADERS, filter: "tag=x" });
  await newWebhook(slug, { secret: SECRET });
  const token = await newToken(slug);
  const { key = "" } = await json<{ key?: string }>(api("POST", `/organizations/${slug}/readers`, {}), 201);
  const text = JSON.stringify(await exportAll());
  for (const hidden of [
    secret,
    SECRET,
    "very-secret-value",
    token,
    ADMIN_TOKEN,
    "whsec_",
    ...(key ? [key] : []),
  ]) {
    expect(text).not.toContain(hidden);
  }
  expect(text).toContain("tag=x");
});

test("a webhook is restored under its id, with a new secret, and paused until its receiver knows it", async () => {
  const slug = await newOrganization();
  const { id, secret: former } = await newWebhook(slug, { filter: "tag=x", per_minute: 9, headers: HEADERS });
  const lines = await exportAll();
  await reset();
  const results = await importLines(lines);
  const secret = results.at(-1)?.secret ?? "";
  expect(results.at(-1)).toEqual({
    line: 2,
    status: 201,
    type: "webhook",
    id,
    outcome: "created",
    secret: expect.stringMatching(/^whsec_/),
    paused: true,
  });
  expect(secret).not.toBe(former);
  await publish(slug);
  expect(await exportAll()).toEqual(lines);
  const { received } = receive();
  await newArticle(slug, { tags: ["x"] });
  await publish(slug);
  await deliver(id);
  expect(received).toEqual([]);
  await json(api("PATCH", addressOf({ organization: slug, id }), { paused: false, headers: HEADERS }), 200);
  await deliver(id);
  expect(received.map((request) => verified(secret, request).type)).toEqual(["article.published"]);
});

test("one that stands is left as it is, and its secret is not shown again", async () => {
  const slug = await newOrganization();
  await newWebhook(slug);
  const lines = await exportAll();
  expect((await importLines(lines)).map(({ outcome, secret }) => [outcome, secret])).toEqual([
    ["unchanged", undefined],
    ["unchanged", undefined],
  ]);
});

test("with its secret and headers written into its line it goes on at once", async () => {
  const slug = await newOrganization();
  await newWebhook(slug, { headers: HEADERS });
  const lines = await exportAll();
  await reset();
  const whole = lines.map((line) =>
    line.type === "webhook" ? { ...line, secret: SECRET, headers: HEADERS } : line,
  );
  const result = (await importLines(whole)).at(-1);
  expect(result).toEqual({ line: 2, status: 201, type: "webhook", id: result?.id, outcome: "created" });
  const { received } = receive();
  await newArticle(slug);
  await publish(slug);
  await deliver(result?.id ?? "");
  expect(received.map((request) => [verified(SECRET, request).type, request.headers.authorization])).toEqual([
    ["article.published", HEADERS.Authorization],
  ]);
});

test("none takes over another organization's, names none that is not there, or goes where none may", async () => {
  const [one, two] = [await newOrganization(), await newOrganization()];
  const webhook = await newWebhook(one);
  const { secret: _, ...line } = webhook;
  const bad = [
    { ...line, organization: two },
    { ...line, organization: "nobody-at-all" },
    { ...line, id: line.id.replace(/.$/, "z"), url: "http://10.0.0.1/" },
    { ...line, id: line.id.replace(/.$/, "z"), secret: "short" },
    { ...line, id: line.id.replace(/.$/, "z"), backfill: { last: 5 } },
  ];
  const results = await importLines(bad.map((each) => ({ type: "webhook", ...each })));
  results.sort((a, b) => a.line - b.line);
  expect(results.map(({ status, problem }) => [status, problem?.errors?.[0]?.path])).toEqual([
    [422, "id"],
    [422, "organization"],
    [422, "url"],
    [422, "secret"],
    [422, "backfill"],
  ]);
  expect(await shownWebhook(webhook)).toMatchObject({ organization: one, health: { state: "active" } });
});
