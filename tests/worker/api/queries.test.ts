import { describe, expect, test } from "vitest";
import { newWebhook } from "../../support/objects.ts";
import { api, json, newOrganization, type ShownProblem } from "../../support/service.ts";

const CURSOR = "is not a valid cursor";

describe("invalid query parameters", () => {
  test.each([
    ["GET", "/articles?organization={slug}", "cursor=zz", CURSOR],
    ["GET", "/articles?organization={slug}", "cursor=[1]", CURSOR],
    ["GET", "/articles?organization={slug}", "cursor=null", CURSOR],
    ["GET", "/articles?organization={slug}", "cursor=b64.eno", CURSOR],
    ["GET", "/articles?organization={slug}", "cursor=b64.!", CURSOR],
    ["GET", "/audit", "cursor=x", CURSOR],
    ["GET", "/audit", "cursor=-1", CURSOR],
    ["GET", "/audit", "cursor=", CURSOR],
    ["GET", "/export", "cursor=tokens~~", CURSOR],
    ["GET", "/export", "cursor=articles", CURSOR],
    ["GET", "{webhook}/deliveries", "cursor=x", CURSOR],
    ["GET", "{webhook}/deliveries", "status=lost", "must be one of pending, delivered, failed, superseded"],
    ["GET", "{webhook}/deliveries", "type=article.lost", expect.stringContaining("must be one of article.")],
    ["GET", "{webhook}/explain", "article=", "must be an article's id"],
    ["POST", "/articles/import", "publish=yes", "must be one of true, false"],
    ["POST", "/articles/batch", "alerts=some", "must be one of none, all"],
    ["POST", "/import", "alerts=", "must be one of none, all"],
  ])("rejects %s %s with %s, and names the parameter", async (method, address, query, message) => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    const path = address
      .replace("{slug}", slug)
      .replace("{webhook}", `/organizations/${slug}/webhooks/${id}`);
    const problem = api(method, `${path}${path.includes("?") ? "&" : "?"}${query}`);
    expect(await json<ShownProblem>(problem, 400)).toMatchObject({
      type: "urn:communique:problem:malformed-query",
      errors: [{ path: query.split("=")[0], message }],
    });
  });

  test("names every invalid and missing parameter", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    const at = `/organizations/${slug}/webhooks/${id}`;
    const wrong = await json<ShownProblem>(api("GET", `${at}/deliveries?status=lost&cursor=x`), 400);
    expect(wrong.errors?.map(({ path }) => path)).toEqual(["status", "cursor"]);
    expect(wrong.detail).toMatch(
      /^Invalid query parameters: status must be one of .*; cursor is not a valid cursor\.$/,
    );
    const missing = await json<ShownProblem>(api("GET", `${at}/explain`), 400);
    expect(missing.errors).toEqual([{ path: "article", message: "is required" }]);
  });
});
