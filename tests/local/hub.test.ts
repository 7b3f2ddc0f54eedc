import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseAtomFeed } from "feedsmith";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "../../src/local/api.ts";
import { localAddress, PROJECT } from "../../src/local/config.ts";
import { readToken } from "../../src/local/token.ts";
import { endAll, freePort, type Program, startService } from "./programs.ts";
import { until } from "./until.ts";

const state = mkdtempSync(join(tmpdir(), "communique-hub-"));
/** What was pushed, in its order. */
const pushed: { type: string; body: string }[] = [];
let confirmed = 0;
let subscriber: Server;
let port: number;
let service: Program;

/** A subscriber that wants whatever it is asked about. */
async function answer(request: IncomingMessage): Promise<string> {
  if (request.method === "POST") {
    pushed.push({ type: request.headers["content-type"] ?? "", body: await text(request) });
    return "";
  }
  confirmed++;
  return new URL(request.url ?? "", "http://127.0.0.1").searchParams.get("hub.challenge") ?? "";
}

beforeAll(async () => {
  port = await freePort();
  subscriber = createServer(async (request, response) => response.end(await answer(request)));
  await new Promise((resolve) => subscriber.listen(0, "127.0.0.1", () => resolve(null)));
  service = await startService(port, state);
});

afterAll(async () => {
  subscriber.close();
  await endAll();
  rmSync(state, { recursive: true, force: true });
});

const feed = () => `${localAddress(port)}/icesco/feed.atom`;
/** The titles of what was pushed last. */
function titles(): (string | undefined)[] {
  const last = pushed.at(-1);
  return last ? (parseAtomFeed(last.body).entries ?? []).map(({ title }) => title?.value) : [];
}

async function announce(title: string): Promise<void> {
  const api = { baseUrl: localAddress(port), token: readToken(PROJECT) ?? "" };
  const said = await call(api, "POST", "/api/v1/articles", { organizations: ["icesco"], title });
  expect(said.ok).toBe(true);
}

test("pushes to a real subscriber within seconds, and loses nothing when everything is killed", async () => {
  const form = new URLSearchParams({
    "hub.mode": "subscribe",
    "hub.topic": feed(),
    "hub.callback": `http://127.0.0.1:${(subscriber.address() as AddressInfo).port}/push`,
  });
  expect((await fetch(`${localAddress(port)}/hub`, { method: "POST", body: form })).status).toBe(202);
  await until("the verification", 10_000, () => confirmed === 1);
  await announce("One");
  await until("the first push", 10_000, () => titles().includes("One"));
  const standing = await fetch(feed());
  expect(pushed.at(-1)).toEqual({ type: standing.headers.get("content-type"), body: await standing.text() });

  await announce("Two"); // acknowledged, and to be published in a second
  await service.crash();
  expect(titles()).not.toContain("Two");
  service = await startService(port, state);
  await until("the push after the crash", 30_000, () => titles().includes("Two"));
  await announce("Three");
  await until("the last push", 10_000, () => titles().includes("Three"));
  expect(confirmed).toBe(1); // nobody is asked again
  expect(new Set(pushed.map(({ body }) => body)).size).toBe(pushed.length); // nor sent the same twice
});
