import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Operation } from "../../../src/http/api/operation.ts";
import { OPERATIONS } from "../../../src/http/api/routes.ts";
import {
  auditOf,
  channelOf,
  directoryOf,
  endpointOf,
  followerOf,
  subscriptionOf,
} from "../../../src/objects/stubs.ts";
import { stopClock } from "../../support/clock.ts";
import { signedIn } from "../../support/console.ts";
import { subscribe, subscriber, subscriptionsOf, topicOf } from "../../support/hub.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import {
  ADMIN_TOKEN,
  api,
  fresh,
  json,
  newArticle,
  newOrganization,
  scopedToken,
  send,
} from "../../support/service.ts";
import { sourcesOf } from "../../support/upstream.ts";

/** Stands in every name, title and text of B's. */
const SECRET = "Quetzal7";

/** What B has, by the segment of an address that names it; of some kinds there are several. */
type Things = Record<string, string[]>;

let token: string;
let own: string;
let theirs: Things;
/** What no answer may hold. */
let secrets: string[];
let before: unknown;

const idsIn = async (path: string, field: string): Promise<string[]> =>
  (await json<Record<string, { id: string }[]>>(api("GET", path), 200))[field]?.map(({ id }) => id) ?? [];

beforeAll(async () => {
  stopClock();
  subscriber();
  own = await newOrganization({ sources: ["https://shared.example/feed"] });
  token = await scopedToken(own, "publish", "webhooks", "read", "manage");
  const named = { name: `${SECRET} Museum`, description: `About ${SECRET}` };
  const listed = await newOrganization({
    ...named,
    sources: ["https://shared.example/feed", `https://${fresh("b")}.example/feed`],
  });
  const unlisted = await newOrganization({ ...named, unlisted: true });
  const article = async (slug: string, fields = {}) =>
    (await newArticle(slug, { id: fresh("theirs"), title: `${SECRET} opens`, summary: SECRET, ...fields }))
      .id;
  const webhook = await newWebhook(listed, { description: SECRET });
  const articles = [
    await article(listed),
    await article(listed, { published_at: "2041-01-01T00:00:00Z" }),
    await article(unlisted),
    await article(listed),
  ];
  await api("DELETE", `/articles/${articles[3]}`);
  await publish(listed);
  await publish(unlisted);
  await deliver(webhook.id);
  await subscribe(topicOf(listed));
  const at = `/organizations/${listed}`;
  await json(api("POST", `${at}/readers`, { description: SECRET }), 201);
  await json(api("POST", `${at}/drafts`, { title: SECRET }), 201);
  const sources = await sourcesOf(listed);
  const theirToken = await scopedToken(listed, "read");
  theirs = {
    organizations: [listed, unlisted],
    articles,
    webhooks: [webhook.id],
    deliveries: await idsIn(`${at}/webhooks/${webhook.id}/deliveries`, "deliveries"),
    readers: await idsIn(`${at}/readers`, "readers"),
    drafts: await idsIn(`${at}/drafts`, "drafts"),
    subscriptions: (await subscriptionsOf(listed)).map(({ id }) => id),
    sources: sources.filter(({ organizations }) => !organizations.includes(own)).map(({ id }) => id),
    tokens: [theirToken.slice(0, 30)],
    sessions: await sessionsOf(theirToken),
    versions: ["1"],
  };
  const { versions: _numbers, ...known } = theirs;
  secrets = [SECRET, ...Object.values(known).flat()];
  before = await everythingOfTheirs();
});

beforeEach(() => {
  subscriber();
});

afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The sessions of a token, of which one has begun. */
async function sessionsOf(token: string): Promise<string[]> {
  await signedIn(token);
  const { sessions } = await json<{ sessions: { id: string }[] }>(
    api("GET", "/me/sessions", undefined, { token }),
    200,
  );
  return sessions.map(({ id }) => id);
}

/** All rows of an object. */
const tablesOf = (stub: DurableObjectStub): Promise<Record<string, unknown[]>> =>
  runInDurableObject(stub, (_object, { storage: { sql } }) => {
    const names = sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
      )
      .toArray();
    return Object.fromEntries(names.map(({ name }) => [name, sql.exec(`SELECT * FROM "${name}"`).toArray()]));
  });

/** What of some rows is about B. */
const aboutThem = (tables: Record<string, unknown[]>): unknown[] =>
  Object.entries(tables).flatMap(([name, rows]) =>
    rows
      .filter((row) => secrets.some((secret) => JSON.stringify(row).includes(secret)))
      .map((row) => [name, row]),
  );

/** All that is stored of B: its objects, its rows in those for everybody, and its records and documents. */
async function everythingOfTheirs(): Promise<unknown> {
  const { organizations = [], webhooks = [], subscriptions = [], sources = [] } = theirs;
  const objects = [
    ...organizations.map((slug) => channelOf(env, slug)),
    ...webhooks.map((id) => endpointOf(env, id)),
    ...subscriptions.map((id) => subscriptionOf(env, id)),
    ...sources.map((id) => followerOf(env, id)),
  ];
  const tables: unknown[] = [];
  for (const stub of objects) tables.push(await tablesOf(stub));
  for (const stub of [directoryOf(env), auditOf(env)]) tables.push(aboutThem(await tablesOf(stub)));
  const stored: unknown[] = [];
  for (const kv of [env.RECORDS, env.DOCUMENTS]) {
    const { keys } = await kv.list();
    for (const { name } of keys) {
      const value = await kv.get(name);
      if ([...secrets].some((secret) => `${name} ${value}`.includes(secret))) stored.push([name, value]);
    }
  }
  return { tables, stored };
}

/** The addresses of an operation that name something of B's: all of it, or under one's own organization. */
function addresses({ path }: Operation): string[] {
  const segments = path.split("/");
  const fill = (at: number, filled: string): string[] => {
    const segment = segments[at];
    if (segment === undefined) return [filled];
    if (!segment.startsWith(":")) return fill(at + 1, `${filled}/${segment}`);
    const things = theirs[segments[at - 1] ?? ""] ?? [];
    const also = segment === ":slug" ? [own] : [];
    return [...things, ...also].flatMap((thing) => fill(at + 1, `${filled}/${thing}`));
  };
  return [...new Set(fill(1, ""))];
}

/** The queries of an operation: none, its examples, and each parameter with what B has. */
function queries({ parameters = {} }: Operation): string[] {
  const names = Object.entries(parameters).filter(([, { in: place }]) => place !== "header");
  const example = new URLSearchParams(
    names.flatMap(([name, one]) => (one.example ? [[name, one.example]] : [])),
  );
  const things = names.flatMap(([name]) =>
    ["organizations", "articles", "deliveries"].flatMap((kind) =>
      (theirs[kind] ?? []).slice(0, 2).map((thing) => `?${name}=${thing}`),
    ),
  );
  return ["", `?${example}`, ...things];
}

/** The bodies of an operation: for B, and for A with the ids of B's articles. */
function bodies({ body }: Operation): { type?: string; text?: string }[] {
  if (!body) return [{}];
  return Object.entries(body).flatMap(([type, { example }]) => {
    const text = typeof example === "string" ? example : JSON.stringify(example);
    const of = (slug: string) => text.replaceAll('"acme"', `"${slug}"`);
    const taking = (theirs.articles ?? []).map((id) =>
      of(own)
        .replaceAll(/"id":"[^"]*",?/g, "")
        .replaceAll(/\{(?=[^{}]*"title")/g, `{"id":"${id}",`),
    );
    return [...(theirs.organizations ?? []).map(of), of(own), ...taking].map((one) => ({ type, text: one }));
  });
}

/** What of B an answer holds that the request did not say. */
const leaked = (answer: string, request: string): string[] =>
  secrets.filter((secret) => answer.includes(secret) && !request.includes(secret));

const guarded = OPERATIONS.filter(({ needs }) => needs !== "nothing").map((one) => [one.id, one] as const);

describe("with a token of another organization", () => {
  test.each(guarded)("%s tells nothing, and changes nothing", async (_id, operation) => {
    const { method } = operation;
    let calls = 0;
    for (const address of addresses(operation)) {
      const isTheirs = secrets.some((secret) => address.includes(secret));
      if (method === "DELETE" && !isTheirs) continue; // one's own organization
      for (const query of method === "GET" ? queries(operation) : [""]) {
        for (const { type, text } of bodies(operation)) {
          const path = `/api/v1${address}${query}`;
          const headers = { authorization: `Bearer ${token}`, ...(type ? { "content-type": type } : {}) };
          const response = await send(method, path, {
            headers,
            ...(text === undefined ? {} : { body: text }),
          });
          const answer = `${JSON.stringify([...response.headers])} ${await response.text()}`;
          const said = `${method} ${path} ${text ?? ""}`;
          expect({ said, leaked: leaked(answer, said) }).toEqual({ said, leaked: [] });
          expect(response.status, said).toBeLessThan(500);
          if (isTheirs && !query && !text) expect(response.status, said).toBeGreaterThanOrEqual(400);
          calls++;
        }
      }
    }
    expect(calls).toBeGreaterThan(0);
    expect(await everythingOfTheirs()).toEqual(before);
  });
});

test("the checks see what the operator sees", async () => {
  const [slug] = theirs.organizations ?? [];
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const answer = await (await send("GET", `/api/v1/articles?organization=${slug}`, { headers })).text();
  expect(leaked(answer, "")).toEqual(expect.arrayContaining([SECRET, theirs.articles?.[0]]));
  expect(Object.entries(theirs).filter(([, things]) => things.length === 0)).toEqual([]);
  expect(JSON.stringify(before)).toContain(SECRET);
  await api("PUT", `/organizations/${slug}`, { name: `${SECRET} Gallery` });
  expect(await everythingOfTheirs()).not.toEqual(before);
});
