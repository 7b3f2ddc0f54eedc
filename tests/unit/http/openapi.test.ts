import { Validator } from "@seriousme/openapi-schema-validator";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type OpenApi, openApi } from "../../../src/http/api/openapi.ts";
import type { Operation } from "../../../src/http/api/operation.ts";
import { OPERATIONS } from "../../../src/http/api/routes.ts";
import { SCHEMAS, type SchemaName } from "../../../src/http/api/schemas.ts";
import { app } from "../../../src/http/app.ts";
import { anyArticle, anyOrganization } from "../../support/arbitraries.ts";
import { checker } from "../../support/documented.ts";

const document = openApi(OPERATIONS);
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Every `$ref` in a value. */
function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "$ref" in value && typeof value.$ref === "string" ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(references)];
}

/** The document as it is sent. */
const copy = (): Record<string, unknown> => JSON.parse(JSON.stringify(document));

const faults = checker(copy() as unknown as OpenApi);
const schema = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });

describe("whatever the service makes of an input", () => {
  test("an article is as it is documented, and may be put back as it is", () => {
    fc.assert(
      fc.property(anyArticle, (article) => {
        const shown = JSON.parse(JSON.stringify({ ...article, page_url: "https://news.example/articles/a" }));
        expect(faults(schema("Article"), shown)).toEqual([]);
        expect(faults(schema("ArticleInput"), shown)).toEqual([]);
      }),
    );
  });

  test("an organization is as it is documented, and may be put back as it is", () => {
    fc.assert(
      fc.property(anyOrganization, (organization) => {
        const shown = JSON.parse(JSON.stringify(organization));
        expect(faults(schema("Organization"), shown)).toEqual([]);
        expect(faults(schema("OrganizationInput"), shown)).toEqual([]);
      }),
    );
  });
});

describe("the OpenAPI document", () => {
  test("is one by the rules of OpenAPI 3.1", async () => {
    const validator = new Validator();
    expect(await validator.validate(copy())).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  test("would not be one with an operation that is none", async () => {
    const paths = { "/articles": { get: { responses: "some" } } };
    expect(await new Validator().validate({ ...copy(), paths })).toMatchObject({ valid: false });
  });

  test("has every address of the API that the service answers at, and no other", () => {
    const answered = app.routes
      .filter(({ path, method }) => path.startsWith("/api/v1/") && method !== "ALL")
      .map(({ path, method }) => `${method} ${path.replace("/api/v1", "").replace(/:(\w+)/g, "{$1}")}`);
    const documented = described.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    expect([...documented].sort()).toEqual([...new Set(answered)].sort());
    expect(documented.length).toBeGreaterThan(30);
  });

  test("calls no two operations alike, and says of each what it is", () => {
    const ids = described.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of described) expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
  });

  test("explains every name in an address, and every parameter, with an example where one is needed", () => {
    for (const { path, operation } of described) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = operation.parameters ?? [];
      expect(parameters.filter((one) => one.in === "path").map(({ name }) => name)).toEqual(names);
      for (const { description, required, example } of parameters) {
        expect(description).not.toBe("");
        if (required) expect(example).toBeTruthy();
      }
    }
  });

  test("uses every schema that it has, and has every one that it uses", () => {
    const used = new Set(references(document).map((one) => one.replace("#/components/schemas/", "")));
    // A schema can also be used inside another: those count, since they are referred to.
    expect([...used].sort()).toEqual(Object.keys(SCHEMAS).sort());
  });

  test("takes no operation that does not say what it needs, or what its change is called", () => {
    const [whole] = OPERATIONS.filter(({ id }) => id === "createArticle");
    if (whole?.method !== "POST") throw new Error("there is no such operation");
    const { needs, ...needless } = whole;
    const { action, ...nameless } = whole;
    // @ts-expect-error: it needs nothing
    const one: Operation = needless;
    // @ts-expect-error: its change has no name
    const other: Operation = nameless;
    expect([needs, action, one.id, other.id]).toEqual(["publish", "article.create", whole.id, whole.id]);
  });

  test("says which scope an operation needs", () => {
    const needed = Object.fromEntries(
      described.map(({ operation }) => [operation.operationId, operation["x-scope"]]),
    );
    expect(needed).toMatchObject({
      createArticle: "publish",
      createWebhook: "webhooks",
      listAuditEntries: "read",
      createToken: "operator",
      getOpenApi: undefined,
    });
    for (const { operation } of described) {
      expect(operation.security).toEqual(operation["x-scope"] ? [{ token: [] }] : []);
    }
  });
});
