import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localAddress, PROJECT } from "../../src/local/config.ts";
import { readToken } from "../../src/local/token.ts";
import { CACHES, type Cache, type Fetched, fetched, isInstalled } from "./caches.ts";
import { endAll, freePort, startService } from "./programs.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(join(tmpdir(), "communique-caches-"));
const programs = ["nginx", "varnishd"] as const;
const installed = programs.filter(isInstalled);
const missing = programs.filter((program) => !installed.includes(program));

let origin: number;
let operator: Record<string, string>;
/** The tag of each format's first version, of which there are deltas. */
const before: Record<string, string> = {};

/** A call of the API, past every cache. */
async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${localAddress(origin)}/api/v1${path}`, {
    method,
    headers: { ...operator, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 ? null : await response.json()) as T;
}

const publishes = (title: string, fields: object = {}) =>
  call<{ id: string }>("POST", "/articles", { organizations: ["acme"], title, ...fields });

const shows = (path: string, text: string) =>
  until(text, 10_000, async () => (await fetched(origin, path)).text.includes(text));

beforeAll(async () => {
  if (installed.length === 0) return;
  origin = await freePort();
  await startService(origin, join(folder, "state"), { COMMUNIQUE_SEEDS: "none" });
  operator = { authorization: `Bearer ${readToken(PROJECT)}` };
  await call("PUT", "/organizations/acme", { name: "Acme" });
  await publishes("The first", { content_text: "Long enough to be compressed. ".repeat(100) });
  await shows("/acme/feed.json", "The first");
  for (const format of ["rss", "atom", "json"]) {
    const { headers } = await fetched(origin, `/acme/feed.${format}`);
    before[format] = headers.etag ?? "";
  }
  await publishes("The second", { tags: ["heritage"] });
  for (const format of ["rss", "atom", "json"]) await shows(`/acme/feed.${format}`, "The second");
});

afterAll(async () => {
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(installed.length > 0)(`needs ${missing.join(" and ")}, which .ci/run installs`, () => {});

describe.each(installed)("behind %s", (program) => {
  let cache: Cache;
  beforeAll(async () => {
    cache = await CACHES[program](origin);
    // What the tests behind another cache have published is out before this, and does not come in between.
    await publishes(`Before ${program}`);
    for (const format of ["rss", "atom", "json"]) await shows(`/acme/feed.${format}`, `Before ${program}`);
  });
  afterAll(async () => cache.stop());

  const get = (path: string, headers?: Record<string, string>) => fetched(cache.port, path, headers);

  test("a feed is kept, and revalidates", async () => {
    const first = await get("/acme/feed.atom");
    const second = await get("/acme/feed.atom");
    expect([cache.isHit(first.headers), cache.isHit(second.headers)]).toEqual([false, true]);
    expect(second.text).toBe(first.text);
    const again = await get("/acme/feed.atom", { "if-none-match": first.headers.etag ?? "" });
    expect([again.status, again.text]).toEqual([304, ""]);
  });

  test("every client gets the variant that it asked for, whoever asked before", async () => {
    const formats = ["rss", "atom", "json"];
    const asking = fc.record({
      path: fc.constantFrom(
        ...formats.flatMap((format) => [`/acme/feed.${format}`, `/acme/feed.${format}?tag=heritage`]),
      ),
      accept: fc.constantFrom(
        undefined,
        "*/*",
        "application/rss+xml",
        "text/html,application/xhtml+xml,*/*;q=0.8",
      ),
      encoding: fc.constantFrom(undefined, "gzip", "gzip, deflate, br", "identity", "br", "gzip;q=0"),
      delta: fc.boolean(),
      tag: fc.constantFrom("none", "before", "other"),
    });
    await fc.assert(
      fc.asyncProperty(asking, async ({ path, accept, encoding, delta, tag }) => {
        const format = formats.find((name) => path.includes(name)) ?? "";
        const headers = {
          ...(accept ? { accept } : {}),
          ...(encoding ? { "accept-encoding": encoding } : {}),
          ...(delta ? { "a-im": "feed" } : {}),
          ...(tag === "none"
            ? {}
            : { "if-none-match": tag === "before" ? (before[format] ?? "") : '"other"' }),
        };
        const [through, direct] = [await get(path, headers), await fetched(origin, path, headers)];
        const whole = await fetched(origin, path, accept ? { accept } : {});
        expect(through.headers["content-type"]).toBe(direct.headers["content-type"]);
        // A cache may answer a client that accepts a delta with the whole feed (RFC 3229 §10.5.3).
        if (through.status === 226) expect(through.text).toBe(direct.text);
        else expect([through.status, through.text]).toEqual([200, whole.text]);
        if (!delta) expect(through.status).toBe(200);
        if (through.headers["content-encoding"] !== undefined) {
          expect(encoding).toMatch(new RegExp(`\\b${through.headers["content-encoding"]}\\b(?!;q=0)`));
        }
      }),
      { numRuns: 60, seed: 13 },
    );
  });

  test("a private feed is nobody else's, and opens nothing once its key is revoked", async () => {
    const { id, feeds } = await call<{ id: string; feeds: Record<string, string> }>(
      "POST",
      "/organizations/acme/readers",
      {},
    );
    const paths = Object.values(feeds).map((address) => new URL(address).pathname);
    const archive = paths[0]?.replace(/feed\.\w+$/, "archive/1.rss") ?? "";
    for (const path of [...paths, archive]) {
      for (let time = 0; time < 2; time++) {
        const { status, headers } = await get(path);
        expect([path, status, cache.isHit(headers)]).toEqual([path, 200, false]);
      }
    }
    await call("DELETE", `/organizations/acme/readers/${id}`);
    for (const path of [...paths, archive]) expect([path, (await get(path)).status]).toEqual([path, 404]);
  });

  test("what a token opens is not shown to others", async () => {
    const answers: Fetched[] = [];
    for (const headers of [operator, {}, operator]) answers.push(await get("/api/v1/articles", headers));
    expect(answers.map(({ status, headers }) => [status, cache.isHit(headers)])).toEqual([
      [200, false],
      [401, false],
      [200, false],
    ]);
  });

  test("a scheduled article is not shown before its time, and its absence is not kept after it", async () => {
    const at = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 3_000).toISOString();
    const { id } = await publishes(`Scheduled for ${program}`, { published_at: at });
    const seen: number[] = [];
    await until("the scheduled article", 20_000, async () => {
      const { status } = await get(`/articles/${id}`);
      if (Date.now() < Date.parse(at)) seen.push(status);
      return status === 200;
    });
    expect(new Set(seen)).toEqual(new Set([404]));
  });

  test("failures are asked about again", async () => {
    for (const path of [
      "/nobody/feed.rss",
      "/nobody",
      "/articles/nothing",
      "/feed.rss?tag=x",
      "/health",
      "/hub",
    ]) {
      await get(path);
      expect([path, cache.isHit((await get(path)).headers)]).toEqual([path, false]);
    }
  });

  test("a withdrawn article's page is gone within a minute, and its 410 is not kept", async () => {
    const { id } = await publishes(`Withdrawn behind ${program}`);
    await call("DELETE", `/articles/${id}`);
    await until("410", 10_000, async () => (await fetched(origin, `/articles/${id}`)).status === 410);
    await get(`/articles/${id}`);
    const again = await get(`/articles/${id}`);
    expect([again.status, cache.isHit(again.headers)]).toEqual([410, false]);
  });
});
