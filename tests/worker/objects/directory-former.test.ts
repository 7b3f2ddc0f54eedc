import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { digest } from "../../../src/model/digest.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { directoryOf } from "../../../src/objects/stubs.ts";
import dump from "../../fixtures/6b9472a/directory.sql?raw";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { watchLog } from "../../support/log.ts";
import { rows } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { api, get, json, newArticle, publishIndex } from "../../support/service.ts";
import { minute } from "../../support/sweeping.ts";

const PRESS_OFFICE = "tok_j61eb2r98defky89nc7a7rfvak_50tjb3x5aw8k6yxfdsp6yqqa5t";
const OF_GONE = "tok_8c71cg8fbdrsqvqvqjkf3mpf31_9a3s0fzbwqrs9r4m2nney5h3g8";
const UNTIL_MS = 3 * 60_000; // when the dump was made

stopClockForEachTest();

/** Puts the tables of version 6b9472a in the place of an object's own, and starts it again. */
async function become(stub: DurableObjectStub, sql: string): Promise<void> {
  await runInDurableObject(stub, async (_object, { storage }) => {
    await storage.deleteAll();
    storage.sql.exec(sql);
  });
  await evictDurableObject(stub);
}

beforeEach(async () => {
  await reset();
  watchLog("warn");
  await become(directoryOf(env), dump);
  wait(UNTIL_MS);
});

describe("a Directory of version 6b9472a", () => {
  test("keeps its organizations, open and closed", async () => {
    const { organizations } = await json<{ organizations: { slug: string }[] }>(
      api("GET", "/organizations"),
      200,
    );
    expect(organizations.map(({ slug }) => slug)).toEqual(["acme", "beta", "quiet"]);
    expect(await json(api("GET", "/organizations/acme"), 200)).toEqual({
      slug: "acme",
      name: "Acme Museum",
      description: "",
      language: "en",
      aliases: ["The Acme"],
      sources: ["https://up.example.org/feed"],
    });
    expect((await api("GET", "/organizations/gone")).status).toBe(404);
    expect((await api("DELETE", "/organizations/gone")).status).toBe(404);
    const ids = await rows(directoryOf(env), "SELECT DISTINCT id FROM organizations WHERE id LIKE 'org_%'");
    expect(ids).toHaveLength(4);
  });

  test("shows problems without all that they repeated", async () => {
    const value = "REPLACE(HEX(ZEROBLOB(200000)), '00', 'é')"; // a statement has at most 100 kB (platform)
    const error = `JSON_OBJECT('path', 'summary', 'message', 'Invalid type: ' || ${value})`;
    const errors = `JSON_ARRAY(${error}, ${error}, ${error})`;
    const problem = `INSERT INTO problems (key, reason, errors, at_ms) VALUES ('article:a1', 'invalid', ${errors}, 0);`;
    await become(directoryOf(env), `${dump}\n${problem}`);
    const { problems } = await json<{ problems: { errors: unknown[] }[] }>(api("GET", "/problems"), 200);
    const shown = { path: "summary", message: expect.stringMatching(/^Invalid type: é{400,490}…$/) };
    expect(problems.at(0)?.errors).toEqual([shown, shown, shown]);
  });

  test("publishes their lists again", async () => {
    await minute(); // the tick finds that something is due and no alarm is set
    await publishIndex();
    const page = await (await get("/")).text();
    expect(page).toContain("Acme Museum");
    expect(page).not.toContain("Gone Guild");
    expect(page).not.toContain("Quiet Quarters");
  });

  test("finds the names of open, listed organizations only", async () => {
    const said = { title: "Acme Museum, Beta Board, Gone Guild and Quiet Quarters" };
    const { attributions } = await json<{ attributions: { organization: string }[] }>(
      api("POST", "/attributions", said),
      200,
    );
    expect(attributions.map(({ organization }) => organization)).toEqual(["acme", "beta"]);
  });

  test("keeps its tokens, their last use and their organizations", async () => {
    expect(await json(api("GET", "/tokens"), 200)).toMatchObject({
      tokens: [
        { organizations: ["gone"], scopes: ["publish"], last_used_at: null },
        {
          organizations: ["acme", "gone"],
          description: "The press office",
          last_used_at: "2040-01-01T00:00:00Z",
        },
      ],
    });
    expect((await api("GET", "/organizations/acme", undefined, { token: PRESS_OFFICE })).status).toBe(200);
    expect((await api("GET", "/organizations/beta", undefined, { token: PRESS_OFFICE })).status).toBe(403);
    await json(api("PUT", "/organizations/gone", { name: "Another" }), 201);
    const body = { organizations: ["gone"], title: "Inherited" };
    expect((await api("POST", "/articles", body, { token: OF_GONE })).status).toBe(403);
  });

  test("keeps its sources, problems and idempotency keys", async () => {
    expect(await json(api("GET", "/sources"), 200)).toMatchObject({
      sources: [
        { url: "https://service.example.org/feed", whole_service: true },
        { url: "https://up.example.org/feed", organizations: ["acme"] },
      ],
    });
    expect(await json(api("GET", "/problems"), 200)).toMatchObject({
      problems: [
        { key: "article:bad", reason: "malformed" },
        { key: "article:lost", reason: "organization-unknown" },
      ],
    });
    const headers = { "idempotency-key": "key-1" };
    const other = await api(
      "POST",
      "/articles",
      { organizations: ["acme"], title: "Other" },
      { headers, token: PRESS_OFFICE },
    );
    expect(other.status).toBe(422);
  });

  test("moves its audit log in bounded calls, in the same order", async () => {
    const before = (await rows(directoryOf(env), "SELECT object FROM audit ORDER BY id DESC")).map(
      ({ object }) => object,
    );
    await json(api("PUT", "/organizations/acme", { name: "Acme" }), 200);
    for (let alarms = 0; alarms < 3; alarms++) {
      wait(LIMITS.PUBLISH_QUIET_MS);
      await runDurableObjectAlarm(directoryOf(env));
    }
    const { entries } = await json<{ entries: { object: string; id: string }[] }>(api("GET", "/audit"), 200);
    expect(entries.map(({ object }) => object)).toEqual(["acme", ...before]);
    const own = await json<{ entries: { action: string; organizations: string[] }[] }>(
      api("GET", "/audit", undefined, { token: PRESS_OFFICE }),
      200,
    );
    expect(own.entries.map(({ action }) => action)).toEqual([
      "organization.put",
      "organization.delete",
      "webhook.create",
      "article.put",
      "article.create",
      "token.create",
      "token.create",
      "organization.put",
      "organization.put",
    ]);
    expect(own.entries.flatMap(({ organizations }) => organizations)).not.toContain("beta");
    expect(await rows(directoryOf(env), "SELECT 1 FROM sqlite_master WHERE name = 'audit'")).toEqual([]);
  });

  test("continues its sweep and the watchdog's checks", async () => {
    const counted = await rows(directoryOf(env), "SELECT channels, others FROM watched_counts");
    expect(counted).toEqual([{ channels: 4, others: 3 }]);
    await json(api("PUT", "/organizations/nowhere", { name: "Nowhere" }), 201);
    const lost = JSON.stringify({ organizations: ["nowhere"], title: "Lost" });
    await env.RECORDS.put("article:lost", lost);
    const waits =
      "UPDATE records SET digest = ? WHERE key = 'article:lost' AND waits_for = 'new-organization'";
    await rows(directoryOf(env), waits, await digest(lost));
    const { changed } = await directoryOf(env).sweep.tick();
    expect(changed.map(({ key }) => key)).toContain("article:lost");
    await newArticle("nowhere");
  });
});
