import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Program } from "./programs.ts";

const PROPOSAL = {
  article: {
    title: "A plan\u001b[31m of work",
    published_at: "2025-12-17T13:11:00+04:00",
    published_precision: "time",
    authors: [{ name: "A. Writer" }],
    source: { name: "Azernews" },
    organizations: ["oic"],
    content_text: "The OIC met.",
    page_url: "https://news.example/articles/doc_1",
  },
  understood: {
    title: [{ line: 1, text: "A plan of work" }],
    content_text: [{ line: 3 }, { line: 5 }, { line: 7 }],
    organizations: [{ organization: "oic", alias: "OIC", where: "content", at: 4 }],
  },
  evidence: {
    title: { from: "lines", where: ["line 1"], sure: "ambiguous" },
    source: { from: "meta", where: ['meta[property="og:site_name"]'], sure: "certain" },
  },
  ambiguities: [{ field: "title", reason: "two", candidates: ["A plan of work", "Another plan"] }],
  doubts: [{ field: "language", reason: "the words do not decide for one language" }],
  left_out: [{ line: 2, text: "Read more" }],
};

let folder: string;
let file: string;
let server: Server;
let asked: { url: string | undefined; body: string }[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "communique-import-"));
  file = join(folder, "page.txt");
  writeFileSync(file, "A plan of work\nThe OIC met.\n");
  server = createServer(async (request, response) => {
    const body = (await request.toArray()).join("");
    asked.push({ url: request.url, body });
    const refused = body.includes("refuse");
    response.writeHead(refused ? 422 : 200, { "content-type": "application/json", connection: "close" });
    response.end(JSON.stringify(refused ? { title: "Some fields are wrong" } : PROPOSAL));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
beforeEach(() => {
  asked = [];
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** What `npm run import` says, and the code it ends with. */
async function run(...args: string[]): Promise<{ output: string; code: number | null }> {
  const { port } = server.address() as AddressInfo;
  const program = new Program("src/local/import.ts", args, {
    COMMUNIQUE_URL: `http://127.0.0.1:${port}`,
    COMMUNIQUE_TOKEN: "tok_x",
  });
  const code = await program.exit();
  return { output: program.output, code };
}

test("shows what is recognized in a file, and publishes nothing", async () => {
  const { output, code } = await run(file);
  expect(output.trim().split("\n")).toEqual([
    `[1/1] ${file}`,
    "  title         A plan[31m of work  [line 1]",
    "  published_at  2025-12-17T13:11:00+04:00 (time)",
    "  authors       A. Writer",
    '  source        Azernews  [meta meta[property="og:site_name"]]',
    "  organizations oic",
    "  content_text  3 words: The OIC met.…  [line 3–7]",
    '    oic: "OIC" in the content',
    "  ! title        A plan of work | Another plan",
    "  ? language     the words do not decide for one language",
    "  left out      Read more",
    "  not published",
    "",
    "1 of 1 understood; nothing is published without --publish.",
  ]);
  expect(code).toBe(0);
  expect(asked).toEqual([
    { url: "/api/v1/articles/import", body: JSON.stringify({ text: "A plan of work\nThe OIC met.\n" }) },
  ]);
});

test("sends HTML and addresses, and shows tags and ambiguities", async () => {
  const html = join(folder, "page.html");
  writeFileSync(html, "<p>The OIC met.</p>");
  const { output, code } = await run(html, "https://news.example/1");
  expect(asked.map(({ body }) => JSON.parse(body))).toEqual([
    { html: "<p>The OIC met.</p>" },
    { url: "https://news.example/1" },
  ]);
  expect(output).toContain('  source        Azernews  [meta meta[property="og:site_name"]]\n');
  expect(output).toContain("  ! title        A plan of work | Another plan\n");
  expect(code).toBe(0);
});

test("publishes with --publish, after showing", async () => {
  const { output, code } = await run("--publish", file);
  expect(output).toMatch(/published {5}https:\/\/news\.example\/articles\/doc_1\n\n1 of 1 published\.\n$/);
  expect(code).toBe(0);
  expect(asked.map(({ url }) => url)).toEqual([
    "/api/v1/articles/import",
    "/api/v1/articles/import?publish=true",
  ]);
});

test("continues after a file that cannot be read or is rejected, and reports it", async () => {
  const bad = join(folder, "bad.txt");
  writeFileSync(bad, "refuse");
  const { output, code } = await run(join(folder, "none.txt"), bad, file);
  expect(output).toContain("FAILED  ENOENT");
  expect(output).toContain("was answered 422: Some fields are wrong");
  expect(output).toContain("1 of 3 understood");
  expect(code).toBe(1);
});

test("prints its usage", async () => {
  for (const args of [[], ["--wrong"]]) {
    const { output, code } = await run(...args);
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/^Usage: npm run import -- \[--publish\] PAGE\.txt…\n/),
    ]);
  }
});
