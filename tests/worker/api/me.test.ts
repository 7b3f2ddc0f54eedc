import { describe, expect, test } from "vitest";
import { costsOf, NOTHING } from "../../support/counting.ts";
import { api, json, newOrganization, newToken, scopedToken, send } from "../../support/service.ts";

describe("GET /me", () => {
  test("returns what a token may do, whatever its scopes", async () => {
    const [one, two] = [await newOrganization(), await newOrganization()];
    const body = { organizations: [one, two], scopes: ["webhooks"], description: "The monitor" };
    const { id, token } = await json<{ id: string; token: string }>(api("POST", "/tokens", body), 201);
    expect(await json(api("GET", "/me", undefined, { token }), 200)).toEqual({
      operator: false,
      id,
      ...body,
    });
    for (const scope of ["publish", "read", "manage"]) {
      const of = await scopedToken(one, scope);
      expect(await json(api("GET", "/me", undefined, { token: of }), 200)).toMatchObject({ scopes: [scope] });
    }
  });

  test("returns that the operator may do everything, and calls no object", async () => {
    const costs = await costsOf(async () => {
      expect(await json(api("GET", "/me"), 200)).toEqual({
        operator: true,
        id: null,
        description: null,
        scopes: ["publish", "webhooks", "read", "manage"],
        organizations: null,
      });
    });
    expect(costs).toEqual(NOTHING);
  });

  test("costs a token its check alone", async () => {
    const token = await newToken(await newOrganization());
    await api("GET", "/me", undefined, { token }); // the use of this hour is stored
    const costs = await costsOf(() => api("GET", "/me", undefined, { token }));
    expect(costs).toMatchObject({ kvReads: 0, objectCalls: ["holder"] });
  });

  test("omits an organization that was deleted, also after its slug is used again", async () => {
    const [kept, deleted] = [await newOrganization(), await newOrganization()];
    const token = await newToken(kept, deleted);
    await api("DELETE", `/organizations/${deleted}`);
    await json(api("PUT", `/organizations/${deleted}`, { name: "Another" }), 201);
    const me = await json(api("GET", "/me", undefined, { token }), 200);
    expect(me).toMatchObject({ organizations: [kept] });
  });

  test("rejects a request without a token, and a wrong or revoked one", async () => {
    expect((await send("GET", "/api/v1/me")).status).toBe(401);
    const token = await newToken(await newOrganization());
    await api("DELETE", `/tokens/${token.slice(0, 30)}`);
    for (const wrong of [token, `${token}x`, "nonsense"]) {
      expect((await api("GET", "/me", undefined, { token: wrong })).status).toBe(401);
    }
  });
});
