import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import type { Actor, AuditEntry } from "../../../src/model/audit.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { auditOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { countRows, newWebhook, rows } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import {
  ADMIN_TOKEN,
  api,
  fresh,
  json,
  newArticle,
  newOrganization,
  newToken,
  scopedToken,
  send,
} from "../../support/service.ts";

interface Page {
  entries: AuditEntry[];
  cursor: string | null;
}

const DAY_MS = 86_400_000;

/** The first id of June 2039: older than what the tests write. */
const ID_2039 = (Date.parse("2039-06-01T00:00:00Z") - Date.UTC(2025, 0)) * 1_000;

stopClockForEachTest();

const audit = (query = "", token?: string): Promise<Page> =>
  json(api("GET", `/audit${query}`, undefined, token === undefined ? {} : { token }), 200);

/** What the log says of an organization, oldest first: action, object and outcome. */
async function told(slug: string): Promise<string[]> {
  const { entries } = await audit(`?organization=${slug}`);
  return entries.map(({ action, object, outcome }) => `${action} ${object} ${outcome}`).reverse();
}

describe("the audit log", () => {
  test("lists who changed what, when, and for which organizations", async () => {
    const slug = await newOrganization();
    const made = await json<{ token: string; id: string }>(
      api("POST", "/tokens", { organizations: [slug], description: "The press office" }),
      201,
    );
    wait(60_000);
    const body = { organizations: [slug], title: "News", content_text: "The words themselves" };
    const { id } = await json<{ id: string }>(api("POST", "/articles", body, { token: made.token }), 201);
    const { entries } = await audit(`?organization=${slug}`);
    const admin = { actor: "admin", actor_description: "", at: "2040-01-01T00:00:00Z" };
    const same = { id: expect.stringMatching(/^\d+$/), organizations: [slug], outcome: "done" };
    expect(entries).toEqual([
      {
        ...same,
        at: "2040-01-01T00:01:00Z",
        actor: made.id,
        actor_description: "The press office",
        action: "article.create",
        object: id,
      },
      { ...same, ...admin, action: "token.create", object: made.id },
      { ...same, ...admin, action: "organization.put", object: slug },
    ]);
  });

  test("lists every kind of change, and no reads", async () => {
    receive();
    const slug = await newOrganization();
    const article = fresh("a");
    const body = { organizations: [slug], title: "News" };
    await api("PUT", `/articles/${article}`, body);
    await api("GET", `/articles/${article}`);
    await api("DELETE", `/articles/${article}`);
    const webhook = await newWebhook(slug);
    const at = `/organizations/${slug}/webhooks/${webhook.id}`;
    await api("PATCH", at, { paused: true });
    await api("POST", `${at}/enable`);
    await api("POST", `${at}/test`);
    await api("POST", `${at}/rotate-secret`);
    await api("POST", `${at}/replay`, { status: "failed" });
    await api("DELETE", at);
    const reader = await json<{ id: string }>(api("POST", `/organizations/${slug}/readers`, {}), 201);
    await api("DELETE", `/organizations/${slug}/readers/${reader.id}`);
    const token = (await newToken(slug)).slice(0, "tok_".length + 26);
    await api("DELETE", `/tokens/${token}`);
    await api("DELETE", `/organizations/${slug}`);
    expect(await told(slug)).toEqual([
      `organization.put ${slug} done`,
      `article.put ${article} done`,
      `article.withdraw ${article} done`,
      `webhook.create ${webhook.id} done`,
      `webhook.change ${webhook.id} done`,
      `webhook.enable ${webhook.id} done`,
      `webhook.test ${webhook.id} done`,
      `webhook.rotate-secret ${webhook.id} done`,
      `webhook.replay ${webhook.id} done`,
      `webhook.delete ${webhook.id} done`,
      `reader.create ${reader.id} done`,
      `reader.delete ${reader.id} done`,
      `token.create ${token} done`,
      `token.delete ${token} done`,
      `organization.delete ${slug} done`,
    ]);
  });

  test("lists each article of a batch and of a published import", async () => {
    const slug = await newOrganization({ name: "The Lighthouse Board" });
    const [one, two] = [fresh("a"), fresh("a")];
    await api("POST", "/articles/batch", [
      { id: one, organizations: [slug], title: "One" },
      { id: two, organizations: [slug], title: "" },
    ]);
    const text =
      "The Lighthouse Board lights a lamp\n17 December 2025\nIt is lit at dusk from today onwards.\n";
    await api("POST", "/articles/import", { text });
    const imported = await json<{ article: { id: string } }>(
      api("POST", "/articles/import?publish=true", { text }),
      201,
    );
    expect((await told(slug)).slice(1)).toEqual([
      `article.put ${one} done`,
      `article.import ${imported.article.id} done`,
    ]);
  });

  test("omits rejected requests, repetitions and previews", async () => {
    const slug = await newOrganization();
    const token = await scopedToken(slug, "read");
    const { id, page_url: _, ...article } = await newArticle(slug);
    const before = await told(slug);
    await api("PUT", `/articles/${id}`, article);
    await api("PUT", `/articles/${id}`, { ...article, title: "" });
    await api("PUT", `/articles/${id}`, article, { token });
    await api("POST", "/articles/batch", [{ ...article, id }]);
    await api("POST", "/attributions", { title: "Acme" });
    await api("DELETE", `/organizations/${slug}/webhooks/none`);
    await api("DELETE", "/tokens/tok_none");
    expect(await told(slug)).toEqual(before);
  });

  test("lists an article once for a repeated Idempotency-Key, and a withdrawal once", async () => {
    const slug = await newOrganization();
    const headers = { "idempotency-key": fresh("key") };
    const post = () => api("POST", "/articles", { organizations: [slug], title: "Once" }, { headers });
    const { id } = await json<{ id: string }>(post(), 201);
    await json(post(), 201);
    await api("DELETE", `/articles/${id}`);
    await api("DELETE", `/articles/${id}`);
    expect((await told(slug)).slice(1)).toEqual([`article.create ${id} done`, `article.withdraw ${id} done`]);
  });

  test("lists a change for the organization that the article has left, too", async () => {
    const [left, stays] = [await newOrganization(), await newOrganization()];
    const { id } = await newArticle([left, stays]);
    await api("PUT", `/articles/${id}`, { organizations: [stays], title: "News" });
    expect(await told(left)).toContain(`article.put ${id} done`);
  });

  test("lists an interrupted change as failed", async () => {
    const slug = await newOrganization();
    watchLog("error");
    const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
    vi.spyOn(kv, "put").mockRejectedValue(new Error("KV PUT failed"));
    const id = fresh("a");
    expect((await api("PUT", `/articles/${id}`, { organizations: [slug], title: "T" })).status).toBe(503);
    expect((await api("PUT", `/organizations/${slug}`, { name: "New" })).status).toBe(503);
    vi.restoreAllMocks();
    expect((await told(slug)).slice(1)).toEqual([
      `article.put ${id} failed`,
      `organization.put ${slug} failed`,
    ]);
  });

  test("keeps the change and writes a log line when the entry cannot be stored", async () => {
    const slug = await newOrganization();
    const lines = watchLog("error");
    const namespace = Object.getPrototypeOf(env.DIRECTORY) as DurableObjectNamespace;
    const { get } = namespace;
    vi.spyOn(namespace, "get").mockImplementation(function (this: DurableObjectNamespace, id, options) {
      const stub = get.call(this, id, options);
      const broken = () => Promise.reject(new Error("no directory"));
      return new Proxy(stub, {
        get: (target, name) => (name === "addToAudit" ? broken : Reflect.get(target, name)),
      });
    });
    const { id } = await newArticle(slug);
    expect(lines).toMatchObject([{ event: "audit", actor: "admin", action: "article.create" }]);
    expect(lines[0]?.changes).toContain(id);
  });

  test("contains no secrets and no bodies", async () => {
    receive();
    const slug = await newOrganization();
    const token = await newToken(slug);
    const webhook = await newWebhook(slug, { headers: { authorization: "Bearer of-theirs" } });
    const reader = await json<{ feeds: { rss: string } }>(
      api("POST", `/organizations/${slug}/readers`, {}),
      201,
    );
    await newArticle(slug, { title: "A title that nobody forgets" });
    const all = JSON.stringify(await audit(`?organization=${slug}`));
    expect(all).toContain(webhook.id);
    const key = new URL(reader.feeds.rss).pathname.split("/")[2] ?? "";
    for (const secret of [token, webhook.secret, key, "of-theirs", "nobody forgets"]) {
      expect(all).not.toContain(secret);
    }
  });
});

describe("reading the audit log", () => {
  test("shows a token with `read` the entries of its organizations, without other names", async () => {
    const [own, other] = [await newOrganization(), await newOrganization()];
    const token = await scopedToken(own, "read");
    const shared = await newArticle([own, other]);
    const theirs = await newArticle(other);
    const { entries } = await audit("", token);
    expect(entries[0]).toMatchObject({ object: shared.id, organizations: [own] });
    expect(JSON.stringify(entries)).not.toContain(other);
    expect(JSON.stringify(entries)).not.toContain(theirs.id);
    expect((await api("GET", `/audit?organization=${other}`, undefined, { token })).status).toBe(403);
  });

  test("filters by one actor", async () => {
    const slug = await newOrganization();
    const token = await newToken(slug);
    const actor = token.slice(0, "tok_".length + 26);
    const body = { organizations: [slug], title: "Own" };
    const { id } = await json<{ id: string }>(api("POST", "/articles", body, { token }), 201);
    expect((await audit(`?actor=${actor}`)).entries.map(({ object }) => object)).toEqual([id]);
    expect((await audit(`?actor=admin&organization=${slug}`)).entries.map(({ object }) => object)).toEqual([
      actor,
      slug,
    ]);
  });
});

describe("of changes and times", () => {
  test("filters by one kind of change, and by a time, over pages", async () => {
    const slug = await newOrganization();
    const ids: string[] = [];
    for (let day = 0; day < 3; day++) {
      ids.push((await newArticle(slug)).id);
      wait(DAY_MS);
    }
    const shown = async (query: string) =>
      (await audit(`?organization=${slug}&${query}`)).entries.map(({ object }) => object);
    expect(await shown("action=article.create")).toEqual([...ids].reverse());
    expect(await shown("since=2040-01-02&until=2040-01-03")).toEqual([ids[1]]);
    expect(await shown("action=organization.put&since=2040-01-02")).toEqual([]);
    expect((await api("GET", "/audit?since=yesterday")).status).toBe(400);
  });

  test("says why an article was withdrawn, where somebody has said so", async () => {
    const slug = await newOrganization();
    const { id } = await newArticle(slug);
    await json(
      api("DELETE", `/articles/${id}?reason=${encodeURIComponent("Published too early")}`),
      204,
    ).catch(() => null);
    const [entry] = (await audit(`?organization=${slug}`)).entries;
    expect(entry).toMatchObject({ action: "article.withdraw", object: id, reason: "Published too early" });
    expect(JSON.stringify((await audit(`?organization=${slug}`)).entries.slice(1))).not.toContain("reason");
  });
});

describe("the limits of the audit log", () => {
  const noted = (number: number) => ({
    object: `a-${number}`,
    organizations: ["bounds"],
    outcome: "done" as const,
  });
  const admin = { actor: "admin", description: "" };
  const somebody = { actor: "tok_somebody", description: "" };
  const kept = (log: string) => countRows(auditOf(env), `logs WHERE log = '${log}'`);

  /** Requests, each of which changes something of some organizations. */
  async function request(count: number, actor: Actor, organizations = ["bounds"]): Promise<void> {
    for (let number = 1; number <= count; number++) {
      await auditOf(env).addToAudit(actor, "article.put", [{ ...noted(number), organizations }]);
    }
  }

  /** Fills the log of an organization up to some entries, older than all others. */
  const fillUpTo = (count: number): Promise<unknown> =>
    rows(
      auditOf(env),
      `INSERT INTO entries (id, at_ms, actor, description, action, changes, listed, omitted)
          WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})
          SELECT ${ID_2039} + n, ${Date.parse("2039-06-01T00:00:00Z")}, 'tok_somebody', '', 'article.put',
            '[{"organizations":["bounds"],"outcome":"done","objects":["old"]}]', 1, 0 FROM n;
        INSERT INTO logs (log, entry_id) SELECT 'bounds', id FROM entries WHERE id <= ${ID_2039} + ${count};
        INSERT INTO log_sizes (log, entries) SELECT 'bounds', COUNT(*) FROM logs WHERE log = 'bounds'`,
    );

  test("returns fifty entries on a page, newest first, each once", async () => {
    const slug = await newOrganization();
    const lines = Array.from({ length: 119 }, (_, index) => ({ organizations: [slug], title: `T ${index}` }));
    const ndjson = lines.map((line) => JSON.stringify(line)).join("\n");
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/x-ndjson" };
    await send("POST", "/api/v1/articles/batch", { headers, body: ndjson });
    const ids: number[] = [];
    const sizes: number[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await audit(`?organization=${slug}${cursor === null ? "" : `&cursor=${cursor}`}`);
      ids.push(...page.entries.map(({ id }) => Number(id)));
      sizes.push(page.entries.length);
      cursor = page.cursor;
    } while (cursor !== null);
    expect(sizes).toEqual([50, 50, 20]);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a));
  });

  test("keeps the newest entries of each organization, whatever others do", async () => {
    const other = await newOrganization();
    const before = await told(other);
    await fillUpTo(LIMITS.AUDIT_ENTRIES);
    await request(5, somebody);
    expect(await kept("bounds")).toBe(LIMITS.AUDIT_ENTRIES);
    expect(await countRows(auditOf(env), "entries WHERE changes LIKE '%bounds%'")).toBe(LIMITS.AUDIT_ENTRIES);
    expect((await audit()).entries[0]).toMatchObject({ object: "a-5" });
    expect(await told(other)).toEqual(before);
  });

  test.each([
    ["of one organization by actor", "organization=bounds&actor=admin"],
    ["of one organization by action", "organization=bounds&action=article.delete"],
    ["of all by actor", "actor=admin&until=2039-06-02"],
    ["of all by action", "action=article.delete&until=2039-06-02"],
  ])(
    "finds entries %s far apart in a full log, and reads a bounded number for each page",
    async (_, query) => {
      await rows(auditOf(env), "DELETE FROM entries");
      await rows(auditOf(env), "DELETE FROM logs");
      await rows(auditOf(env), "DELETE FROM log_sizes");
      await fillUpTo(LIMITS.AUDIT_ENTRIES);
      const some = [3, 4, 5_000, 9_998, 9_999].map((number) => String(ID_2039 + number));
      await rows(
        auditOf(env),
        "UPDATE entries SET actor = 'admin', action = 'article.delete' WHERE id IN (SELECT value FROM json_each(?))",
        JSON.stringify(some),
      );
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const at: string = cursor === null ? "" : `&cursor=${cursor}`;
        const costs = await costsOf(async () => {
          const page = await audit(`?${query}${at}`);
          found.push(...page.entries.map(({ id }) => id));
          cursor = page.cursor;
        });
        expect(costs.sqlRowsRead).toBeLessThanOrEqual(3_100);
      } while (cursor !== null);
      expect(found).toEqual(some.toReversed());
    },
  );

  test("keeps the operator's entries when an organization's log is full", async () => {
    await request(1, admin, ["full"]);
    await rows(auditOf(env), "UPDATE log_sizes SET entries = ? WHERE log = 'full'", LIMITS.AUDIT_ENTRIES);
    await request(1, somebody, ["full"]);
    const { entries } = await audit("?organization=full");
    expect(entries.map(({ actor }) => actor)).toEqual(["tok_somebody"]);
    expect((await audit("?actor=admin")).entries[0]).toMatchObject({ organizations: ["full"] });
  });

  test("removes entries that are too old", async () => {
    await rows(auditOf(env), "DELETE FROM entries");
    await request(3, somebody);
    wait((LIMITS.AUDIT_KEPT_DAYS - 1) * DAY_MS);
    await request(1, somebody);
    expect(await countRows(auditOf(env), "entries")).toBe(4);
    wait(2 * DAY_MS);
    await request(1, somebody);
    expect(await countRows(auditOf(env), "entries")).toBe(2);
  });

  test("writes one entry for a request, with a bounded number of objects", async () => {
    const slug = fresh("many");
    const changes = Array.from({ length: 900 }, (_, index) => ({
      ...noted(index),
      object: `an-article-with-a-long-name-${index}`,
      organizations: [slug],
    }));
    await auditOf(env).addToAudit(somebody, "article.put", changes);
    expect(await kept(slug)).toBe(1);
    const { entries } = await audit(`?organization=${slug}`);
    const listed = 900 - (entries[0]?.omitted ?? 0);
    expect(listed).toBeGreaterThan(500);
    expect(listed).toBeLessThan(900);
    expect(entries[0]?.object).toBe(`an-article-with-a-long-name-${listed - 1}`);
  });
});

describe("an organization whose slug is used again", () => {
  test("has its own log, and only the operator reads the former one", async () => {
    const slug = await newOrganization();
    await newArticle(slug, { title: "Old" });
    const before = await told(slug);
    wait(1_000);
    await api("DELETE", `/organizations/${slug}`);
    wait(1_000);
    await json(api("PUT", `/organizations/${slug}`, { name: "Another" }), 201);
    const token = await scopedToken(slug, "read");
    const { entries } = await audit("", token);
    expect(entries.map(({ action }) => action)).toEqual(["token.create", "organization.put"]);
    const all = (await audit()).entries.filter(({ organizations }) => organizations.includes(slug));
    expect(all).toHaveLength(before.length + 3);
  });
});
