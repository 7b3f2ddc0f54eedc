import createClient from "openapi-fetch";
import { beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import type { components, paths } from "../../../dist/openapi.d.ts";
import { stopClock } from "../../support/clock.ts";
import { ADMIN_TOKEN, dispatch, fresh, newOrganization, SITE } from "../../support/service.ts";

/** A client whose types openapi-typescript has generated from the OpenAPI document (`npm run types`). */
const client = createClient<paths>({
  baseUrl: `${SITE}/api/v1`,
  headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  fetch: dispatch,
});

beforeAll(() => {
  stopClock();
});

describe("a generated client", () => {
  test("publishes an article and reads it back", async () => {
    const slug = await newOrganization();
    const published = await client.POST("/articles", {
      body: { organizations: [slug], title: "A museum opens", tags: ["heritage"] },
    });
    expect(published.response.status).toBe(201);
    if (!published.data) throw new Error(published.error.detail);
    const { id, title } = published.data;
    expectTypeOf(title).toEqualTypeOf<string>();
    const read = await client.GET("/articles/{id}", { params: { path: { id } } });
    expect(read.data).toEqual(published.data);
    expect(read.data).toMatchObject({ id, title: "A museum opens", organizations: [slug] });
  });

  test("replaces an article, withdraws it and follows a list", async () => {
    const slug = await newOrganization();
    const id = fresh("exhibition");
    const body = { id, organizations: [slug], title: "First" };
    expect((await client.POST("/articles", { body })).response.status).toBe(201);
    const replaced = await client.POST("/articles", { body: { ...body, title: "Second" } });
    expect([replaced.response.status, replaced.data?.title]).toEqual([200, "Second"]);
    const list = await client.GET("/articles", { params: { query: { organization: slug } } });
    expect(list.data?.articles.map(({ title }) => title)).toEqual(["Second"]);
    const withdrawn = await client.DELETE("/articles/{id}", { params: { path: { id } } });
    expect(withdrawn.response.status).toBe(204);
  });

  test("gets a typed problem", async () => {
    const { error, response } = await client.POST("/articles", {
      body: { organizations: ["nobody"], title: "" },
    });
    expect(response.status).toBe(422);
    expectTypeOf(error).toEqualTypeOf<components["schemas"]["Problem"] | undefined>();
    expect(error?.errors?.map(({ path }) => path)).toContain("title");
  });

  test("does not compile without a required field", async () => {
    const params = { path: { slug: "unnamed" } };
    // @ts-expect-error: an organization has a `name`
    const { response } = await client.PUT("/organizations/{slug}", { params, body: { description: "One" } });
    expect(response.status).toBe(422);
  });
});
