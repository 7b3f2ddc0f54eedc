import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { ShownSource } from "../../../src/model/source.ts";
import { directoryOf, followerOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { alarmIn, rows } from "../../support/objects.ts";
import {
  api,
  fresh,
  json,
  newOrganization,
  newToken,
  publishIndex,
  type ShownProblem,
} from "../../support/service.ts";
import { minute, putRecord } from "../../support/sweeping.ts";
import { follower, numbered, publisher, rss, shown, sourcesOf, work } from "../../support/upstream.ts";

stopClockForEachTest();

const someUrl = (): string => `https://${fresh("up")}.example.org/feed`;

/** Gives an organization other sources. */
async function name(slug: string, sources: string[]): Promise<void> {
  await json(api("PUT", `/organizations/${slug}`, { name: "Acme", sources }), 200);
  await publishIndex();
}

describe("sources of an organization", () => {
  test("are followed when it names them, each once, and left when it does not", async () => {
    const [first, second] = [someUrl(), someUrl()];
    const slug = await newOrganization({ sources: [first, second, first] });
    await publishIndex();
    const before = await sourcesOf(slug);
    expect(before.map(({ url }) => url).sort()).toEqual([first, second].sort());
    await name(slug, [second]);
    const [left] = await sourcesOf(slug);
    expect(left).toMatchObject({
      url: second,
      organizations: [slug],
      state: "active",
      last_fetch_at: null,
      items_seen: 0,
    });
    const ended = before.find(({ url }) => url === first)?.id ?? "";
    expect((await api("GET", `/sources/${ended}`)).status).toBe(404);
    expect(await alarmIn(followerOf(env, ended))).toBeNull();
  });

  test("are left when it is deleted; what they brought is not theirs to take", async () => {
    const { slug, id } = await follower(publisher(rss(numbered(2, 1))));
    expect((await api("DELETE", `/organizations/${slug}`)).status).toBe(204);
    await publishIndex();
    expect((await api("GET", `/sources/${id}`)).status).toBe(404);
    expect(await alarmIn(followerOf(env, id))).toBeNull();
    expect(await rows(directoryOf(env), "SELECT * FROM watched WHERE name = ?", id)).toEqual([]);
  });

  test("may be those of others too: one source, one request, an article of both", async () => {
    const one = publisher(rss(numbered(1, 1)));
    const [a, b] = [
      await newOrganization({ sources: [one.url] }),
      await newOrganization({ sources: [one.url] }),
    ];
    await publishIndex();
    const [source] = await sourcesOf(a);
    wait(10_000);
    await work(source?.id ?? "");
    expect(await shown(source?.id ?? "")).toMatchObject({ organizations: [a, b].sort(), items_published: 1 });
    expect(one.asked()).toHaveLength(1);
  });

  test("that another program named in KV are followed too", async () => {
    const url = someUrl();
    const slug = fresh("kv");
    await putRecord(`organization:${slug}`, { name: "By hand", sources: [url] });
    await minute();
    await publishIndex();
    expect(await sourcesOf(slug)).toMatchObject([{ url, organizations: [slug] }]);
  });

  test.each([
    ["ftp://up.example.org/feed", "must be an absolute http or https URL"],
    ["https://10.1.2.3/feed", "must not lead to a private address"],
    ["https://user:pass@up.example.org/", "must not carry a user name or a password"],
    ["http://up.example.org:8080/", "must use port 80 for http"],
    ["https://news.example/acme/feed.rss", "must not lead to this service itself"],
  ])("are refused where they may not be read: %s", async (url, message) => {
    const body = { name: "Acme", sources: [someUrl(), url] };
    const problem = await json<ShownProblem>(api("PUT", `/organizations/${fresh("no")}`, body), 422);
    expect(problem.errors).toEqual([{ path: "sources.1", message }]);
  });
});

describe("sources of the whole service", () => {
  test("are made, shown, listed and ended by the operator", async () => {
    const url = someUrl();
    const made = await json<ShownSource>(api("POST", "/sources", { url }), 201);
    expect(made).toMatchObject({ url, organizations: [], whole_service: true, state: "active" });
    expect((await json<ShownSource>(api("POST", "/sources", { url }), 201)).id).toBe(made.id);
    const { sources } = await json<{ sources: ShownSource[] }>(api("GET", "/sources"), 200);
    expect(sources.filter(({ id }) => id === made.id)).toHaveLength(1);
    expect((await api("DELETE", `/sources/${made.id}`)).status).toBe(204);
    expect((await api("DELETE", `/sources/${made.id}`)).status).toBe(404);
    expect((await api("GET", `/sources/${made.id}`)).status).toBe(404);
  });

  test("stay for the organizations that name them", async () => {
    const url = someUrl();
    const slug = await newOrganization({ sources: [url] });
    const { id } = await json<ShownSource>(api("POST", "/sources", { url }), 201);
    expect(await shown(id)).toMatchObject({ organizations: [slug], whole_service: true });
    expect((await api("DELETE", `/sources/${id}`)).status).toBe(204);
    expect(await shown(id)).toMatchObject({ organizations: [slug], whole_service: false });
  });

  test("are listed in pages", async () => {
    for (let number = 0; number < 45; number++) await directoryOf(env).sources.follow(someUrl());
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const path: string = cursor ? `/sources?cursor=${cursor}` : "/sources";
      const page: { sources: ShownSource[]; cursor: string | null } = await json(api("GET", path), 200);
      expect(page.sources.length).toBeLessThanOrEqual(40);
      ids.push(...page.sources.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor);
    expect(ids.length).toBeGreaterThanOrEqual(45);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each([
    [{}, "url", "is required"],
    [{ url: "no address" }, "url", "must be an absolute http or https URL"],
    [{ url: "http://[::1]:99/", more: 1 }, "more", "is not a known field"],
    [{ url: "https://169.254.169.254/latest" }, "url", "must not lead to a link-local address"],
  ])("are refused where they say %j", async (body, path, message) => {
    const problem = await json<ShownProblem>(api("POST", "/sources", body), 422);
    expect(problem.errors).toContainEqual({ path, message });
  });
});

describe("who may", () => {
  test("the holder of a token sees and asks the sources of its organizations, and no others", async () => {
    const [slug, other] = [
      await newOrganization({ sources: [someUrl()] }),
      await newOrganization({ sources: [someUrl()] }),
    ];
    await publishIndex();
    const token = await newToken(slug);
    const [mine, theirs] = [(await sourcesOf(slug))[0]?.id, (await sourcesOf(other))[0]?.id];
    const status = async (method: string, path: string) =>
      (await api(method, path, method === "POST" ? {} : undefined, { token })).status;
    expect(await status("GET", `/organizations/${slug}/sources`)).toBe(200);
    expect(await status("GET", `/sources/${mine}`)).toBe(200);
    expect(await status("POST", `/sources/${mine}/poll`)).toBe(202);
    expect(await status("GET", `/organizations/${other}/sources`)).toBe(403);
    expect(await status("GET", `/sources/${theirs}`)).toBe(403);
    expect(await status("POST", `/sources/${theirs}/poll`)).toBe(403);
    expect(await status("GET", "/sources/src_nothing")).toBe(403);
    expect(await status("GET", "/sources")).toBe(403);
    expect(await status("POST", "/sources")).toBe(403);
    expect(await status("DELETE", `/sources/${mine}`)).toBe(403);
  });

  test("other methods are not allowed", async () => {
    const answer = await api("PUT", "/sources/src_x", {});
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD, DELETE"]);
  });
});
