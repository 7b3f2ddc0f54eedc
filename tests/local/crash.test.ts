import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseJsonFeed } from "feedsmith";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call, list } from "../../src/local/api.ts";
import { localAddress, PROJECT } from "../../src/local/config.ts";
import type { Outcome } from "../../src/local/outcome.ts";
import { type Receipt, startReceiver } from "../../src/local/receiver.ts";
import { readToken } from "../../src/local/token.ts";
import { endAll, freePort, type Program, startService } from "./programs.ts";
import { until } from "./until.ts";

/** How often to kill: three times here, more often in `npm run soak`. */
const KILLS = Number(process.env.KILLS ?? 3);
/** When to kill, over and over: see {@link crash}. */
const CYCLE = ["alert", 3, "alert", 1, "alert", 5, "alert", 8, "alert", 12] as const;
const MOMENTS = Array.from({ length: KILLS }, (_, index) => CYCLE[index % CYCLE.length] ?? "alert");
/** Each round publishes in this many lanes at once. */
const LANES = 4;
const ARTICLES_A_LANE = 4;

const state = mkdtempSync(join(tmpdir(), "communique-crash-"));
const secrets = new Map<string, string>();
/** The webhook-ids of the alerts that came about each article, one for each time. */
const announced = new Map<string, string[]>();
const refused: Receipt[] = [];
let alerted: (articleId: string) => void = () => {};
let receiver: Server;
let port: number;
let service: Program;

function receive(receipt: Receipt): void {
  if (!receipt.verified) {
    refused.push(receipt);
    return;
  }
  const { id } = receipt.alert.data.article;
  announced.set(id, [...(announced.get(id) ?? []), receipt.id]);
  alerted(id);
}

const api = () => ({ baseUrl: localAddress(port), token: readToken(PROJECT) ?? "" });

beforeAll(async () => {
  port = await freePort();
  receiver = await startReceiver(0, secrets, receive);
  service = await startService(port, state);
});

afterAll(async () => {
  receiver.close();
  await endAll();
  rmSync(state, { recursive: true, force: true });
});

/** An organization of its own for a round, whose feed holds all that the round publishes, and its webhook. */
async function prepare(organization: string): Promise<void> {
  const path = `/api/v1/organizations/${organization}`;
  found(await call(api(), "PUT", path, { name: organization }));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/${organization}`;
  const made = found(await call<{ secret: string }>(api(), "POST", `${path}/webhooks`, { url }));
  secrets.set(`/${organization}`, made.secret);
}

/** Puts articles one after the other, until one is not acknowledged. */
async function publish(
  organization: string,
  ids: string[],
  acknowledged: (id: string) => void,
): Promise<void> {
  for (const id of ids) {
    const body = { organizations: [organization], title: `Article ${id}` };
    const put = await call(api(), "PUT", `/api/v1/articles/${id}`, body);
    if (!put.ok) return;
    acknowledged(id);
  }
}

/**
 * Publishes in several lanes and kills everything in the middle.
 * @param moment `alert`: when the first alert of the round arrives; else when so many calls are acknowledged
 * @returns the ids that were acknowledged
 */
async function crash(organization: string, moment: number | "alert"): Promise<string[]> {
  const acknowledged: string[] = [];
  let crashed: Promise<void> | undefined;
  const kill = () => {
    crashed ??= service.crash();
  };
  alerted = (id) => {
    if (moment === "alert" && id.startsWith(organization)) kill();
  };
  const lanes = idsOf(organization).map((lane) =>
    publish(organization, lane, (id) => {
      acknowledged.push(id);
      if (acknowledged.length === moment) kill();
    }),
  );
  await Promise.all(lanes);
  await until("the crash", 20_000, () => crashed !== undefined);
  await crashed;
  return acknowledged;
}

/** The ids of a round's articles, lane by lane. */
function idsOf(organization: string): string[][] {
  return Array.from({ length: LANES }, (_, lane) =>
    Array.from({ length: ARTICLES_A_LANE }, (_, n) => `${organization}-${lane}-${n}`),
  );
}

/** The ids in an organization's feed. */
async function feed(organization: string): Promise<string[]> {
  const text = await (await fetch(`${api().baseUrl}/${organization}/feed.json`)).text();
  return (parseJsonFeed(text).items ?? []).map(({ url }) => String(url).replace(/.*\//, ""));
}

/** What the service has ever had to deliver to the receiver of a round. */
async function deliveries(organization: string): Promise<unknown[]> {
  const path = `/api/v1/organizations/${organization}/webhooks`;
  const [webhook] = found(await list<{ id: string }>(api(), path, "webhooks"));
  return found(await list(api(), `${path}/${webhook?.id}/deliveries`, "deliveries"));
}

function found<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.value;
}

test(
  `loses nothing acknowledged in ${KILLS} crashes and announces nothing under two ids`,
  async () => {
    const expected = new Map<string, string[]>();
    for (const [round, moment] of MOMENTS.entries()) {
      const organization = `round-${round}`;
      await prepare(organization);
      expected.set(organization, await crash(organization, moment));
      service = await startService(port, state);
      // Who got no answer says it again; who got one and says it again changes nothing.
      await publish(organization, idsOf(organization).flat(), (id) => expected.get(organization)?.push(id));
    }
    expect([...expected.values()].every((ids) => ids.length >= LANES * ARTICLES_A_LANE)).toBe(true);
    for (const [organization, ids] of expected) {
      await until(`${organization} in its feed`, 30_000, async () => {
        const inFeed = new Set(await feed(organization));
        return ids.every((id) => inFeed.has(id));
      });
      await until(`${organization} announced`, 60_000, () => ids.every((id) => announced.has(id)));
      expect(await deliveries(organization)).toHaveLength(new Set(ids).size); // and nothing more is to come
    }
    const repeated = [...announced.values()].filter((webhookIds) => webhookIds.length > 1);
    if (KILLS >= CYCLE.length) expect(repeated.length).toBeGreaterThan(0); // else nothing has tried the next line
    expect(repeated.filter((webhookIds) => new Set(webhookIds).size > 1)).toEqual([]);
    expect(refused).toEqual([]);
  },
  60_000 + KILLS * 20_000,
);
