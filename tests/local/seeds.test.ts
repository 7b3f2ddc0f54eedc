import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import articles from "../../seeds/articles.json" with { type: "json" };
import { load } from "../../seeds/load.ts";
import organizations from "../../seeds/organizations.json" with { type: "json" };
import { ArticleInput } from "../../src/model/article.ts";
import { OrganizationInput } from "../../src/model/organization.ts";
import { parse } from "../../src/model/parse.ts";

test.each(organizations)("$slug is a valid organization", (organization) => {
  expect(parse(OrganizationInput, organization)).toMatchObject({ ok: true });
});

test.each(articles)("$id is a valid article", (article) => {
  expect(parse(ArticleInput, article)).toMatchObject({ ok: true });
});

test("every organization has an article, and every article names existing organizations", () => {
  const named = new Set(articles.flatMap((article) => article.organizations));
  expect([...named].sort()).toEqual(organizations.map(({ slug }) => slug).sort());
});

test("dates have the known precision, and are the same day in Baku and in UTC", () => {
  const dates = articles.map(({ published_at, published_precision }) => {
    const utc = new Date(published_at).toISOString().slice(0, 10);
    return [published_precision, published_at, utc];
  });
  expect(dates).toEqual([
    ["day", "2025-12-09T12:00:00+04:00", "2025-12-09"],
    ["time", "2025-07-18T19:00:00+04:00", "2025-07-18"],
    ["time", "2025-12-17T13:11:00+04:00", "2025-12-17"],
    ["undated", "2016-01-31T12:00:00+04:00", "2016-01-31"],
    ["time", "2024-06-30T18:00:00+04:00", "2024-06-30"],
  ]);
});

let server: Server | undefined;
afterEach(() => server?.close());

/** The address of a service that answers every request alike. */
async function answering(status: number, body: unknown): Promise<string> {
  const answer = createServer((_, response) => {
    response.writeHead(status, { "content-type": "application/problem+json", connection: "close" });
    response.end(JSON.stringify(body));
  });
  server = answer;
  await new Promise<void>((resolve) => answer.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(answer.address() as AddressInfo).port}`;
}

test("the loader prints the field that a service rejects", async () => {
  const url = await answering(422, {
    title: "Invalid input",
    detail: "Some fields are wrong.",
    errors: [{ path: "aliases.0", message: "must not be empty" }],
  });
  expect(await load(url, "tok_x")).toEqual({
    ok: false,
    reason:
      "PUT /api/v1/organizations/icesco was answered 422: Invalid input: Some fields are wrong.\n  aliases.0: must not be empty",
  });
});

test("the loader reports a service that does not respond", async () => {
  const url = await answering(200, {});
  server?.close();
  const loaded = await load(url, "tok_x");
  expect(loaded).toMatchObject({ ok: false, reason: expect.stringContaining("ECONNREFUSED") });
});
