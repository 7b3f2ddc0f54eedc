import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { OPERATIONS } from "../../../src/http/api/routes.ts";
import { directoryOf } from "../../../src/objects/stubs.ts";
import { stopClock, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { rows } from "../../support/objects.ts";
import {
  ADMIN_TOKEN,
  api,
  json,
  newArticle,
  newOrganization,
  newToken,
  type ShownProblem,
  scopedToken,
} from "../../support/service.ts";

const SCOPES = ["publish", "webhooks", "read"] as const;

describe("every operation", () => {
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    const slug = await newOrganization();
    for (const scope of SCOPES) tokens[scope] = await scopedToken(slug, scope);
  });

  const guarded = OPERATIONS.filter(({ needs }) => needs !== "nothing");

  test.each(guarded)("$method $path needs $needs", async ({ method, path, needs }) => {
    // Nothing that is there, so that whoever is let past does no harm.
    const there = path.replace(/:\w+/g, "nothing-here");
    for (const scope of SCOPES.filter((one) => one !== needs && needs !== "token")) {
      const problem = await json<ShownProblem>(
        api(method, there, undefined, { token: tokens[scope] ?? "" }),
        403,
      );
      const missing = needs === "operator" ? "forbidden" : "scope-missing";
      expect(problem.type).toBe(`urn:communique:problem:${missing}`);
      if (needs !== "operator") expect(problem.detail).toBe(`This token lacks the scope ${needs}.`);
    }
    for (const token of [ADMIN_TOKEN, tokens[needs]]) {
      if (token === undefined) continue;
      const answer = await api(method, there, undefined, { token });
      expect(await answer.text()).not.toContain("scope-missing");
    }
  });
});

describe("a token with some scopes", () => {
  test("does only what its scopes allow", async () => {
    const slug = await newOrganization();
    const [writer, reader] = [await scopedToken(slug, "publish"), await scopedToken(slug, "read")];
    const body = { organizations: [slug], title: "News" };
    const { id } = await json<{ id: string }>(api("POST", "/articles", body, { token: writer }), 201);
    expect((await api("GET", `/articles/${id}`, undefined, { token: reader })).status).toBe(200);
    expect((await api("GET", `/articles/${id}`, undefined, { token: writer })).status).toBe(403);
    expect((await api("DELETE", `/articles/${id}`, undefined, { token: reader })).status).toBe(403);
    expect((await api("GET", `/articles/${id}`)).status).toBe(200);
  });

  test("returns the missing scope, in WWW-Authenticate too", async () => {
    const token = await scopedToken(await newOrganization(), "read");
    const response = await api("POST", "/articles", { title: "T" }, { token });
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toBe(
      'Bearer realm="communique", error="insufficient_scope", scope="publish"',
    );
  });

  test("returns 405 before it checks the scope", async () => {
    const token = await scopedToken(await newOrganization(), "read");
    expect((await api("PATCH", "/articles", undefined, { token })).status).toBe(405);
  });

  test("has every scope when it was created before scopes existed", async () => {
    const slug = await newOrganization();
    const token = await newToken(slug);
    const id = token.slice(0, "tok_".length + 26);
    await rows(
      directoryOf(env),
      "UPDATE tokens SET token = json_remove(token, '$.scopes') WHERE id = ? RETURNING id",
      id,
    );
    const body = { organizations: [slug], title: "Still" };
    expect((await api("POST", "/articles", body, { token })).status).toBe(201);
    expect((await api("GET", `/organizations/${slug}/webhooks`, undefined, { token })).status).toBe(200);
  });
});

describe("a deleted organization", () => {
  test("rejects publishing, also with its own token", async () => {
    const [slug, open] = [await newOrganization(), await newOrganization()];
    const token = await newToken(slug, open);
    await newArticle(slug);
    await api("DELETE", `/organizations/${slug}`);
    const body = { organizations: [open, slug], title: "Too late" };
    const { errors } = await json<ShownProblem>(api("POST", "/articles", body, { token }), 422);
    expect(errors).toEqual([{ path: "organizations.1", message: `there is no organization ${slug}` }]);
  });
});

describe("the last use of a token", () => {
  beforeEach(() => stopClock());
  afterEach(() => vi.useRealTimers());

  async function lastUse(token: string): Promise<string | null | undefined> {
    const { tokens } = await json<{ tokens: { id: string; last_used_at: string | null }[] }>(
      api("GET", "/tokens"),
      200,
    );
    return tokens.find(({ id }) => token.startsWith(id))?.last_used_at;
  }

  const use = (token: string) => api("GET", "/organizations", undefined, { token });

  test("is stored to the hour, with one write an hour", async () => {
    const token = await newToken(await newOrganization());
    expect(await lastUse(token)).toBeNull();
    wait(90 * 60_000); // from 00:00 to 01:30
    const first = await costsOf(() => use(token));
    expect(await lastUse(token)).toBe("2040-01-01T01:00:00Z");
    wait(10 * 60_000);
    const again = await costsOf(() => use(token));
    expect(again.sqlStatements).toBe(first.sqlStatements - 1);
    wait(30 * 60_000);
    await use(token);
    expect(await lastUse(token)).toBe("2040-01-01T02:00:00Z");
  });

  test("ignores wrong tokens, and is removed with the token", async () => {
    const token = await newToken(await newOrganization());
    await use(`${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`);
    expect(await lastUse(token)).toBeNull();
    await use(token);
    const id = token.slice(0, "tok_".length + 26);
    await api("DELETE", `/tokens/${id}`);
    expect(await rows(directoryOf(env), "SELECT * FROM uses WHERE token_id = ?", id)).toEqual([]);
  });
});
