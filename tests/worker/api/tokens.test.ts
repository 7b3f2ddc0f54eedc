import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import {
  ADMIN_TOKEN,
  api,
  fresh,
  get,
  json,
  newArticle,
  newOrganization,
  newToken,
  type ShownProblem,
  send,
} from "../../support/service.ts";

interface ShownToken {
  id: string;
  organizations: string[];
  scopes: string[];
  description: string;
  created_at: string;
  token?: string;
  sign_in_url?: string;
  sign_in_until?: string;
}

/** Every token that the lists show. */
async function listed(): Promise<ShownToken[]> {
  const all: ShownToken[] = [];
  let cursor: string | null = "";
  while (cursor !== null && all.length < 1000) {
    const path: string = `/tokens?cursor=${encodeURIComponent(cursor)}`;
    const page: { tokens: ShownToken[]; cursor: string | null } = await json(api("GET", path), 200);
    all.push(...page.tokens);
    cursor = page.cursor;
  }
  return all;
}

describe("POST /tokens", () => {
  test("returns the token only in this response", async () => {
    const slug = await newOrganization();
    const created = await json<ShownToken>(
      api("POST", "/tokens", { organizations: [slug], description: " The press office " }),
      201,
    );
    expect(created).toEqual({
      id: expect.stringMatching(/^tok_[0-9a-z]{26}$/),
      organizations: [slug],
      scopes: ["publish", "webhooks", "read"],
      description: "The press office",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      token: expect.stringMatching(new RegExp(`^${created.id}_[0-9a-z]{26}$`)),
      sign_in_url: expect.stringMatching(
        /^https:\/\/news\.example\/admin\/sign-in\/[0-9a-z]{52}-[0-9a-z]{26}$/,
      ),
      sign_in_until: expect.stringMatching(/Z$/),
    });
    const { token, sign_in_url: _url, sign_in_until: _until, ...rest } = created;
    const all = await listed();
    expect(all).toContainEqual({ ...rest, sessions: 0, last_used_at: null });
    expect(JSON.stringify(all)).not.toContain(token);
  });

  test("rejects unknown organizations", async () => {
    const [slug, unknown] = [await newOrganization(), fresh("nobody")];
    const body = { organizations: [slug, unknown] };
    expect((await json<ShownProblem>(api("POST", "/tokens", body), 422)).errors).toEqual([
      { path: "organizations.1", message: `there is no organization ${unknown}` },
    ]);
  });

  test.each([
    [{}, ["organizations"]],
    [{ organizations: [] }, ["organizations"]],
    [{ organizations: ["Not a slug"] }, ["organizations.0"]],
    [{ organizations: ["any"], admin: true }, ["admin"]],
    [{ organizations: ["any"], scopes: [] }, ["scopes"]],
    [{ organizations: ["any"], scopes: ["publish", "operator"] }, ["scopes.1"]],
  ])("rejects %j", async (body, paths) => {
    const { errors } = await json<ShownProblem>(api("POST", "/tokens", body), 422);
    expect(errors?.map((error) => error.path)).toEqual(paths);
  });
});

describe("the stored token", () => {
  test("is a hash: the database does not contain the token or its secret", async () => {
    const token = await newToken(await newOrganization());
    const secret = token.split("_")[2] ?? "";
    expect(secret).toHaveLength(26);
    const directory = env.DIRECTORY.get(env.DIRECTORY.idFromName("directory"));
    const everything = await runInDurableObject(directory, (_instance, state) => {
      const tables = state.storage.sql
        .exec<{ name: string }>(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
        )
        .toArray();
      return tables
        .map(({ name }) => JSON.stringify(state.storage.sql.exec(`SELECT * FROM "${name}"`).toArray()))
        .join();
    });
    expect(everything).toContain(token.slice(0, "tok_".length + 26)); // the id is there, so the right place was read
    expect(everything).not.toContain(secret);
    for (const namespace of [env.RECORDS, env.DOCUMENTS]) {
      const { keys } = await namespace.list();
      const values = await Promise.all(keys.map(({ name }) => namespace.get(name)));
      expect(values.join()).not.toContain(secret);
    }
  });
});

describe("a token", () => {
  test("publishes and reads for its organization", async () => {
    const slug = await newOrganization();
    const token = await newToken(slug);
    const body = { organizations: [slug], title: "Own" };
    const { id } = await json<{ id: string }>(api("POST", "/articles", body, { token }), 201);
    for (const path of [`/articles/${id}`, `/organizations/${slug}`, `/organizations/${slug}/webhooks`]) {
      expect((await api("GET", path, undefined, { token })).status).toBe(200);
    }
    expect((await api("DELETE", `/articles/${id}`, undefined, { token })).status).toBe(204);
  });

  test("changes its organization, and cannot create one", async () => {
    const slug = await newOrganization();
    const token = await newToken(slug);
    const put = () => api("PUT", `/organizations/${slug}`, { name: "New words" }, { token });
    expect((await put()).status).toBe(200);
    await api("DELETE", `/organizations/${slug}`);
    expect((await put()).status).toBe(403);
    expect((await api("GET", `/organizations/${slug}`)).status).toBe(404);
  });

  test("lists only its organizations", async () => {
    const [one, two] = [await newOrganization(), await newOrganization()];
    await newOrganization();
    const token = await newToken(one, two);
    const page = await json<{ organizations: { slug: string }[]; cursor: null }>(
      api("GET", "/organizations", undefined, { token }),
      200,
    );
    expect(page.organizations.map(({ slug }) => slug)).toEqual([one, two]);
    expect(page.cursor).toBeNull();
  });

  test("reads shared articles, and withdraws only its own", async () => {
    const [own, other] = [await newOrganization(), await newOrganization()];
    const token = await newToken(own);
    const { id } = await newArticle([own, other]);
    expect((await api("GET", `/articles/${id}`, undefined, { token })).status).toBe(200);
    expect((await api("DELETE", `/articles/${id}`, undefined, { token })).status).toBe(403);
    const taken = { organizations: [own], title: "Taken over" };
    expect((await api("PUT", `/articles/${id}`, taken, { token })).status).toBe(403);
  });

  test("is invalid at once when it is revoked, and 404 the second time", async () => {
    const slug = await newOrganization();
    const token = await newToken(slug);
    const id = token.slice(0, "tok_".length + 26);
    expect((await api("GET", `/organizations/${slug}`, undefined, { token })).status).toBe(200);
    expect((await api("DELETE", `/tokens/${id}`)).status).toBe(204);
    expect((await api("GET", `/organizations/${slug}`, undefined, { token })).status).toBe(401);
    expect((await api("DELETE", `/tokens/${id}`)).status).toBe(404);
    expect((await listed()).map((one) => one.id)).not.toContain(id);
  });

  test.each(["GET /tokens", "POST /tokens", "DELETE /tokens/tok_1", "GET /problems"])(
    "has no access to %s",
    async (call) => {
      const [method = "", path = ""] = call.split(" ");
      const token = await newToken(await newOrganization());
      const body = method === "POST" ? { organizations: ["any"] } : undefined;
      expect((await api(method, path, body, { token })).status).toBe(403);
    },
  );
});

describe("without a valid token", () => {
  const CALLS = [
    "GET /organizations",
    "GET /organizations/acme",
    "PUT /organizations/acme",
    "DELETE /organizations/acme",
    "GET /articles",
    "POST /articles",
    "POST /articles/batch",
    "GET /articles/one",
    "PUT /articles/one",
    "DELETE /articles/one",
    "GET /organizations/acme/webhooks",
    "POST /organizations/acme/webhooks",
    "GET /organizations/acme/webhooks/end_1",
    "DELETE /organizations/acme/webhooks/end_1",
    "GET /organizations/acme/webhooks/end_1/deliveries",
    "GET /organizations/acme/webhooks/end_1/deliveries/dlv_1",
    "GET /tokens",
    "POST /tokens",
    "DELETE /tokens/tok_1",
    "GET /problems",
    "GET /audit",
    "GET /nothing-here",
    "PATCH /organizations",
  ];

  test.each(CALLS)("%s returns 401 with WWW-Authenticate", async (call) => {
    const [method = "", path = ""] = call.split(" ");
    const response = await send(method, `/api/v1${path}`);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="communique"');
    expect(await response.json()).toMatchObject({ type: "urn:communique:problem:unauthenticated" });
  });

  test.each([
    "",
    "Bearer",
    "Bearer ",
    `Basic ${btoa(`admin:${ADMIN_TOKEN}`)}`,
    ADMIN_TOKEN,
    `Bearer ${ADMIN_TOKEN}x`,
    `Bearer ${ADMIN_TOKEN.slice(0, -1)}`,
    `Bearer ${ADMIN_TOKEN} x`,
    `Bearer tok_${"0".repeat(26)}_${"0".repeat(26)}`,
  ])("rejects %j", async (authorization) => {
    expect((await get("/api/v1/organizations", { authorization })).status).toBe(401);
  });

  test("rejects another token's secret", async () => {
    const slug = await newOrganization();
    const [one = "", two = ""] = [await newToken(slug), await newToken(slug)];
    const mixed = `${one.slice(0, 30)}${two.slice(30)}`;
    expect((await api("GET", "/organizations", undefined, { token: mixed })).status).toBe(401);
  });

  test("accepts the scheme in any case", async () => {
    expect((await get("/api/v1/organizations", { authorization: `bearer ${ADMIN_TOKEN}` })).status).toBe(200);
  });
});
