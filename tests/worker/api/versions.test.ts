import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { stopClock, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import {
  api,
  fresh,
  json,
  newArticle,
  newOrganization,
  newToken,
  type ShownArticle,
  type ShownProblem,
} from "../../support/service.ts";
import { minutes, putRecord } from "../../support/sweeping.ts";

let slug: string;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization();
});
afterEach(() => vi.restoreAllMocks());

const titled = (title: string) => ({ organizations: [slug], title, published_at: "2025-01-01" });

/** A conditional change: `If-Match` unless another field is named. */
const change = (
  method: "PUT" | "DELETE" | "POST",
  id: string,
  tag: string,
  title = "Other",
  { name = "if-match", ...more }: { name?: string; token?: string } = {},
) =>
  api(
    method,
    method === "POST" ? "/articles" : `/articles/${id}`,
    method === "DELETE" ? undefined : method === "POST" ? { id, ...titled(title) } : titled(title),
    { headers: { [name]: tag }, ...more },
  );

const tagOf = (response: Response) => response.headers.get("etag") ?? "";
const standing = async (id: string) => {
  const response = await api("GET", `/articles/${id}`);
  return { tag: tagOf(response), title: (await response.json<ShownArticle>()).title };
};

/** A new article under an id of our own, or one of the service's; its id and tag. */
async function published(by: "publisher" | "service" = "publisher"): Promise<{ id: string; tag: string }> {
  const id = fresh("v");
  const response =
    by === "publisher"
      ? await api("PUT", `/articles/${id}`, titled("First"))
      : await api("POST", "/articles", titled("First"));
  return { id: (await response.json<ShownArticle>()).id, tag: tagOf(response) };
}

describe("the ETag of an article", () => {
  test.each(["publisher", "service"] as const)("is one at POST, PUT and GET (id by the %s)", async (by) => {
    const { id, tag } = await published(by);
    expect(tag).toMatch(/^"[0-9a-z]{26}"$/);
    expect((await standing(id)).tag).toBe(tag);
    expect(tagOf(await api("PUT", `/articles/${id}`, titled("First")))).toBe(tag);
    const other = tagOf(await api("PUT", `/articles/${id}`, titled("Second")));
    expect(other).not.toBe(tag);
    expect((await standing(id)).tag).toBe(other);
  });

  test("saves the body when it is sent back", async () => {
    const { id, tag } = await published();
    const response = await api("GET", `/articles/${id}`, undefined, { headers: { "if-none-match": tag } });
    expect([response.status, await response.text()]).toEqual([304, ""]);
  });

  test("stays while a scheduled article goes out", async () => {
    const to = new Date(Date.now() + 60_000).toISOString();
    const { id } = await newArticle(slug, { published_at: to });
    const { tag } = await standing(id);
    wait(120_000);
    expect((await standing(id)).tag).toBe(tag);
    expect((await change("PUT", id, tag)).status).toBe(200);
  });
});

describe("If-Match", () => {
  test.each(["publisher", "service"] as const)(
    "changes the version that it names (id by the %s)",
    async (by) => {
      const { id, tag } = await published(by);
      const second = await change("PUT", id, tag, "Second");
      expect(second.status).toBe(200);
      const third = await change("PUT", id, `"other", ${tagOf(second)}`, "Third");
      expect(third.status).toBe(200);
      expect(await standing(id)).toEqual({ tag: tagOf(third), title: "Third" });
    },
  );

  test.each(["PUT", "DELETE", "POST"] as const)(
    "rejects %s of another version with its ETag",
    async (method) => {
      const { id, tag } = await published();
      const now = tagOf(await api("PUT", `/articles/${id}`, titled("Second")));
      const refused = await change(method, id, tag, "Third");
      expect([refused.status, tagOf(refused)]).toEqual([412, now]);
      expect(await refused.json()).toMatchObject({
        type: "urn:communique:problem:precondition-failed",
        detail: expect.stringContaining(now),
      });
      expect(await standing(id)).toEqual({ tag: now, title: "Second" });
    },
  );

  test("rejects what stands nowhere, without an ETag", async () => {
    for (const tag of ["*", '"nonsense"']) {
      const id = fresh("none");
      const refused = await change("PUT", id, tag);
      expect([refused.status, refused.headers.has("etag")]).toEqual([412, false]);
      expect((await api("GET", `/articles/${id}`)).status).toBe(404);
    }
    const made = await api("POST", "/articles", titled("New"), { headers: { "if-match": "*" } });
    expect(made.status).toBe(412);
  });

  test.each(["nonsense", '"a', '"a" b', "*, *"])(
    "rejects %j with 400, and overwrites nothing",
    async (tag) => {
      const { id, tag: stands } = await published();
      for (const method of ["PUT", "DELETE", "POST"] as const) {
        const refused = await change(method, id, tag);
        expect(refused.status, method).toBe(400);
        expect((await refused.json<ShownProblem>()).detail).toContain("If-Match must be");
      }
      expect((await standing(id)).tag).toBe(stands);
    },
  );

  test("withdraws the version that it names, and puts it back", async () => {
    const { id, tag } = await published();
    expect((await change("DELETE", id, tag)).status).toBe(204);
    expect((await change("DELETE", id, tag)).status, "the same again").toBe(204);
    const refused = await change("PUT", id, tag);
    expect(refused.status).toBe(412);
    expect((await change("PUT", id, tagOf(refused), "First")).status).toBe(200);
    expect((await standing(id)).tag).toBe(tag);
  });

  test.each(["publisher", "service"] as const)("lets one of ten at once win (id by the %s)", async (by) => {
    const { id, tag } = await published(by);
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        index % 3 ? change("PUT", id, tag, `By ${index}`) : change("POST", id, tag, `By ${index}`),
      ),
    );
    expect(all.map(({ status }) => status).toSorted()).toEqual([200, ...Array(9).fill(412)]);
    const winner = all.findIndex(({ status }) => status === 200);
    expect(await standing(id)).toEqual({ tag: tagOf(all[winner] as Response), title: `By ${winner}` });
  });

  test("counts what batch, import and other requests without it have published", async () => {
    const { id, tag } = await published();
    await json(api("POST", "/articles/batch", [{ id, ...titled("Batch") }]), 200);
    expect((await change("PUT", id, tag)).status).toBe(412);
    expect((await change("PUT", id, (await standing(id)).tag, "After")).status).toBe(200);
  });

  test("tells a token nothing about articles of others", async () => {
    const { id, tag } = await published();
    const token = await newToken(await newOrganization());
    for (const given of [tag, '"other"', "*"]) {
      for (const method of ["PUT", "DELETE"] as const) {
        const refused = await change(method, id, given, "Taken", { token });
        expect([refused.status, refused.headers.has("etag")]).toEqual([403, false]);
      }
    }
    expect((await standing(id)).tag).toBe(tag);
  });

  test("names the new version after a change that KV did not show yet", async () => {
    const { id } = await published();
    const old = await env.RECORDS.get(`article:${id}`);
    await api("PUT", `/articles/${id}`, {
      organizations: [slug],
      title: "Second",
      published_at: "2025-06-01",
    });
    await env.RECORDS.put(`article:${id}`, old ?? ""); // what another place still reads
    // Without a date it keeps the one that stands, which only the channel knows.
    const third = await api("PUT", `/articles/${id}`, { organizations: [slug], title: "Third" });
    expect((await third.clone().json<ShownArticle>()).published_at).toBe("2025-06-01T00:00:00Z");
    expect((await change("PUT", id, tagOf(third), "Fourth")).status).toBe(200);
  });

  test("lets a change that broke off be sent again, or another one", async () => {
    for (const title of ["Second", "Instead"]) {
      const { id, tag } = await published();
      watchLog("error");
      vi.spyOn(env.RECORDS, "put").mockRejectedValue(new Error("KV is away"));
      expect((await change("PUT", id, tag, "Second")).status).toBe(503);
      vi.restoreAllMocks();
      expect((await change("PUT", id, tag, title)).status).toBe(200);
    }
  });

  test("counts what another program has written once it was read", async () => {
    const { id, tag } = await published();
    wait(10 * 60_000);
    await putRecord(`article:${id}`, titled("By hand"));
    await minutes(5);
    const { tag: theirs, title } = await standing(id);
    expect(title).toBe("By hand");
    expect((await change("PUT", id, tag)).status).toBe(412);
    expect((await change("PUT", id, theirs, "After")).status).toBe(200);
  });
});

describe("If-None-Match", () => {
  test("creates, and rejects what stands or was withdrawn", async () => {
    const id = fresh("new");
    const create = () => change("PUT", id, "*", "New", { name: "if-none-match" });
    const created = await create();
    expect(created.status).toBe(201);
    expect([(await create()).status, tagOf(await create())]).toEqual([412, tagOf(created)]);
    expect((await change("DELETE", id, "*", "", { name: "if-none-match" })).status).toBe(412);
    await api("DELETE", `/articles/${id}`);
    expect((await create()).status).toBe(412);
  });

  test("lets one of five at once create", async () => {
    const id = fresh("race");
    const all = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        change("PUT", id, "*", `By ${index}`, { name: "if-none-match" }),
      ),
    );
    expect(all.map(({ status }) => status).toSorted()).toEqual([201, 412, 412, 412, 412]);
  });
});

test("costs what a change without it costs", async () => {
  const { id, tag } = await published();
  wait(120_000);
  const costs = await costsOf(() => change("PUT", id, tag, "Second"));
  wait(120_000);
  const plain = await costsOf(() => api("PUT", `/articles/${id}`, titled("Third")));
  expect(costs).toEqual(plain);
  expect(costs).toMatchObject({ kvReads: 1, kvWrites: 1, objectCalls: ["claim", "accept", "addToAudit"] });
  const refused = await costsOf(() => change("PUT", id, tag, "Fourth"));
  expect(refused).toMatchObject({ kvReads: 1, kvWrites: 0, objectCalls: ["claim"] });
});
