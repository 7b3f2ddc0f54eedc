import { beforeEach, describe, expect, test } from "vitest";
import ghost from "../../../src/http/recipes/ghost.md?raw";
import github from "../../../src/http/recipes/github-actions.md?raw";
import n8n from "../../../src/http/recipes/n8n.md?raw";
import readme from "../../../src/http/recipes/README.md?raw";
import wordpress from "../../../src/http/recipes/wordpress.md?raw";
import zapier from "../../../src/http/recipes/zapier.md?raw";
import { stopClockForEachTest } from "../../support/clock.ts";
import { ADMIN_TOKEN, api, newToken, publishIndex, send } from "../../support/service.ts";

const PAGES = { readme, zapier, n8n, github, wordpress, ghost };

interface Recipe {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** The requests of a page, in its order. */
function requestsIn(page: string): Recipe[] {
  return [...page.matchAll(/```http\n([\s\S]*?)```/g)].map(([, text = ""]) => {
    const [head = "", ...body] = text.trim().split("\n\n");
    const [first = "", ...lines] = head.split("\n");
    const [method = "", path = ""] = first.split(" ");
    const headers = Object.fromEntries(lines.map((line) => line.split(": ") as [string, string]));
    return { method, path, headers, body: body.length > 0 ? body.join("\n\n") : undefined };
  });
}

let token: string;

stopClockForEachTest(); // no source is polled: nothing answers at its address

beforeEach(async () => {
  await api("PUT", "/organizations/icesco", { name: "ICESCO" });
  token = await newToken("icesco");
});

describe.each(Object.entries(PAGES))("the recipe %s", (_name, page) => {
  test("has requests that the service accepts as they stand", async () => {
    const requests = requestsIn(page);
    expect(requests.length).toBeGreaterThan(0);
    let source = "";
    for (const { method, path, headers, body } of requests) {
      const basic = headers.Authorization?.replace(
        "Basic token:YOUR_TOKEN",
        `Basic ${btoa(`token:${token}`)}`,
      );
      const byOperator = /tokens|organizations\/icesco$/.test(path);
      const answer = byOperator
        ? await api(method, path.replace("/api/v1", ""), JSON.parse(body ?? "null") as object)
        : await send(method, path.replace("SOURCE_ID", source), {
            headers: { ...headers, Authorization: basic ?? `Bearer ${token}` },
            ...(body === undefined ? {} : { body }),
          });
      const shown = await answer.text();
      expect(answer.ok, `${method} ${path}: ${shown}`).toBe(true);
      await publishIndex();
      if (path.endsWith("/sources")) source = JSON.parse(shown).sources[0].id;
    }
  });
});

test("the workflow of github-actions.md sends the request that the page shows", () => {
  const [request] = requestsIn(github);
  const expected = JSON.parse(request?.body ?? "null");
  const release: Record<string, string> = {
    name: expected.title,
    body: expected.content_text,
    html_url: expected.url,
    published_at: expected.published_at,
  };
  const template = /ARTICLE: \|\n([\s\S]*?)\n {8}run:/.exec(github)?.[1] ?? "";
  const article = template.replace(
    /\$\{\{ toJSON\(github\.event\.release\.(\w+)\) \}\}/g,
    (_, name: string) => JSON.stringify(release[name]),
  );
  expect(JSON.parse(article)).toEqual(expected);
});

describe("Basic credentials", () => {
  const me = (credentials: string) =>
    send("GET", "/api/v1/organizations/icesco/sources", { headers: { authorization: credentials } });

  test("are accepted with the token as the password and any name", async () => {
    for (const name of ["token", "", "icesco"]) {
      expect((await me(`Basic ${btoa(`${name}:${token}`)}`)).status).toBe(200);
    }
  });

  test.each([
    ["a wrong token", `Basic ${btoa("token:tok_wrong")}`],
    ["the token as the name", "name"],
    ["what is not base64", "Basic %%%"],
    ["no password", `Basic ${btoa("token")}`],
    ["the operator's token", `Basic ${btoa(`token:${ADMIN_TOKEN}`)}`],
  ])("rejects %s, without asking for Basic", async (_what, credentials) => {
    const answer = await me(credentials === "name" ? `Basic ${btoa(`${token}:`)}` : credentials);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer /);
  });
});
