import { describe, expect, test } from "vitest";
import { get, send } from "../../support/service.ts";

const hashOf = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
};

describe("the documentation page", () => {
  test("allows its own files and its one inline script, and no other host", async () => {
    const response = await get("/api/docs");
    const page = await response.text();
    const [, script = ""] = /<script>([^<]*)<\/script>/.exec(page) ?? [];
    expect(script).toContain("SwaggerUIBundle({");
    expect(response.headers.get("content-security-policy")).toBe(
      `default-src 'none'; script-src 'self' ${await hashOf(script)}; style-src 'self'; img-src data:; ` +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(page).not.toMatch(/https?:\/\//);
  });

  test("names only files that are served", async () => {
    const page = await (await get("/api/docs")).text();
    const files = [...page.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path = ""]) => path);
    expect(files).toHaveLength(4);
    for (const file of files) expect((await get(file)).status).toBe(200);
  });

  test.each([
    ["swagger-ui-bundle.js", "text/javascript; charset=utf-8", "SwaggerUIBundle"],
    ["swagger-ui.css", "text/css; charset=utf-8", ".swagger-ui"],
    ["index.css", "text/css; charset=utf-8", "body"],
  ])("serves %s with its type and an ETag", async (file, type, text) => {
    const response = await get(`/api/docs/${file}`);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await response.text()).toContain(text);
    const etag = response.headers.get("etag") ?? "";
    const again = await get(`/api/docs/${file}`, { "if-none-match": etag });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const head = await send("HEAD", `/api/docs/${file}`);
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, etag, ""]);
  });

  test.each([
    "/api/docs/index.html",
    "/api/docs/package.json",
    "/api/docs/swagger-ui-bundle.js.map",
    "/api/docs/constructor",
    "/swagger-ui-bundle.js",
    "/package.json",
    "/LICENSE",
  ])("keeps other files of the package unreachable: %s", async (path) => {
    const answer = await get(path);
    // What could be typed for an organization's address leads there: /LICENSE to /license.
    const location = answer.headers.get("location");
    expect((location === null ? answer : await get(location)).status).toBe(404);
  });
});
