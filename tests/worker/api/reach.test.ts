import { beforeAll, describe, expect, test } from "vitest";
import { api, fresh, json, newArticle, newOrganization, newToken } from "../../support/service.ts";

/** Somebody with a token for one organization, and what another organization has. */
let token: string;
let own: string;
let theirs: { organization: string; article: string; withdrawn: string; webhook: string; delivery: string };

/** The same places with nothing there. */
const nothing = {
  organization: fresh("nobody"),
  article: fresh("nothing"),
  withdrawn: fresh("nothing"),
  webhook: `end_${"0".repeat(26)}`,
  delivery: `dlv_${"0".repeat(26)}`,
};

beforeAll(async () => {
  own = await newOrganization();
  token = await newToken(own);
  const organization = await newOrganization();
  const { id: article } = await newArticle(organization);
  const { id: withdrawn } = await newArticle(organization);
  await api("DELETE", `/articles/${withdrawn}`);
  const { id: webhook } = await json<{ id: string }>(
    api("POST", `/organizations/${organization}/webhooks`, { url: "https://hooks.example.com/" }),
    201,
  );
  theirs = { organization, article, withdrawn, webhook, delivery: nothing.delivery };
});

/** All that can be told of an answer. */
async function answerTo(method: string, path: string, body?: unknown) {
  const response = await api(method, path, body, { token });
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => name !== "request-id"),
    body: await response.text(),
  };
}

/** Calls of another organization's things, by where they are. */
const CALLS: Record<string, (there: typeof nothing) => [method: string, path: string, body?: unknown]> = {
  "read an organization": ({ organization }) => ["GET", `/organizations/${organization}`],
  "replace an organization": ({ organization }) => [
    "PUT",
    `/organizations/${organization}`,
    { name: "Mine" },
  ],
  "replace it wrongly": ({ organization }) => ["PUT", `/organizations/${organization}`, {}],
  "end an organization": ({ organization }) => ["DELETE", `/organizations/${organization}`],
  "list its articles": ({ organization }) => ["GET", `/articles?organization=${organization}`],
  "publish for it": ({ organization }) => [
    "POST",
    "/articles",
    { organizations: [organization], title: "T" },
  ],
  "publish for it too": ({ organization }) => [
    "POST",
    "/articles",
    { organizations: [own, organization], title: "T" },
  ],
  "publish for it by id": ({ organization }) => [
    "PUT",
    `/articles/${fresh("mine")}`,
    { organizations: [organization], title: "T" },
  ],
  "read an article": ({ article }) => ["GET", `/articles/${article}`],
  "read a withdrawn article": ({ withdrawn }) => ["GET", `/articles/${withdrawn}`],
  "withdraw an article": ({ article }) => ["DELETE", `/articles/${article}`],
  "list its webhooks": ({ organization }) => ["GET", `/organizations/${organization}/webhooks`],
  "make a webhook": ({ organization }) => [
    "POST",
    `/organizations/${organization}/webhooks`,
    { url: "https://hooks.example.com/" },
  ],
  "read a webhook": ({ organization, webhook }) => [
    "GET",
    `/organizations/${organization}/webhooks/${webhook}`,
  ],
  "delete a webhook": ({ organization, webhook }) => [
    "DELETE",
    `/organizations/${organization}/webhooks/${webhook}`,
  ],
  "list its deliveries": ({ organization, webhook }) => [
    "GET",
    `/organizations/${organization}/webhooks/${webhook}/deliveries`,
  ],
  "read a delivery": ({ organization, webhook, delivery }) => [
    "GET",
    `/organizations/${organization}/webhooks/${webhook}/deliveries/${delivery}`,
  ],
};

describe("with a token of another organization", () => {
  test.each(Object.entries(CALLS))("returns 403 to %s, whether it exists or not", async (_name, call) => {
    const existing = await answerTo(...call(theirs));
    expect(existing.status).toBe(403);
    expect(await answerTo(...call(nothing))).toEqual(existing);
  });

  test("changes nothing", async () => {
    expect(await json(api("GET", `/organizations/${theirs.organization}`), 200)).toMatchObject({
      name: "Acme",
    });
    expect((await api("GET", `/articles/${theirs.article}`)).status).toBe(200);
    const { webhooks } = await json<{ webhooks: { id: string }[] }>(
      api("GET", `/organizations/${theirs.organization}/webhooks`),
      200,
    );
    expect(webhooks.map(({ id }) => id)).toEqual([theirs.webhook]);
  });
});

test("does not find another organization's webhook under its own path", async () => {
  const path = `/organizations/${own}/webhooks`;
  const existing = await answerTo("GET", `${path}/${theirs.webhook}`);
  expect(existing.status).toBe(404);
  expect(await answerTo("GET", `${path}/${nothing.webhook}`)).toEqual(existing);
  expect((await answerTo("DELETE", `${path}/${theirs.webhook}`)).status).toBe(404);
});
