import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { endAll, freePort, Program, serviceEnvironment, startService } from "./programs.ts";

type Answer = (lines: string[], response: ServerResponse, request: IncomingMessage) => void;

let folder: string;
let server: Server;
let answer: Answer;
/** The addresses that were asked, and the lines that came with each. */
let asked: { url: string; lines: string[] }[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "communique-bulk-"));
  server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const lines = body.split("\n").filter((line) => line !== "");
    asked.push({ url: request.url ?? "", lines });
    response.setHeader("connection", "close");
    answer(lines, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
beforeEach(() => {
  asked = [];
  answer = (lines, response) => response.end(results(lines));
});
afterAll(async () => {
  await endAll();
  server.close();
  rmSync(folder, { recursive: true });
});

const result = (line: number, fields: object) => `${JSON.stringify({ line, status: 201, ...fields })}\n`;

/** What the service says when it takes every line. */
const results = (lines: readonly string[]) =>
  lines.map((_, index) => result(index + 1, { outcome: "created" })).join("");

/** A file of as many lines. */
function file(name: string, count: number): string {
  const path = join(folder, name);
  const line = (number: number) => `{"organizations":["a"],"title":"News ${number}\u2028"}\n`;
  writeFileSync(path, Array.from({ length: count }, (_, index) => line(index + 1)).join("\n"));
  return path;
}

/** What a program says, and the code it ends with. */
async function run(program: "import" | "export", ...args: string[]) {
  const running = start(program, ...args);
  const code = await running.exit();
  return { output: running.output, code };
}

function start(program: "import" | "export", ...args: string[]): Program {
  const { port } = server.address() as AddressInfo;
  return new Program(`src/local/${program}.ts`, args, {
    COMMUNIQUE_URL: `http://127.0.0.1:${port}`,
    COMMUNIQUE_TOKEN: "tok_x",
  });
}

describe("npm run import, with a file of JSON lines", () => {
  test("sends batches without blank lines, and prints a summary", async () => {
    const path = file("many.ndjson", 230);
    const { output, code } = await run("import", path);
    expect(code).toBe(0);
    expect(output).toContain(
      `${path}: 230 created, 0 updated, 0 unchanged, 0 kept since what is here is newer, 0 refused.`,
    );
    expect(asked.map(({ url, lines }) => [url, lines.length])).toEqual([
      ["/api/v1/import?alerts=none", 100],
      ["/api/v1/import?alerts=none", 100],
      ["/api/v1/import?alerts=none", 30],
    ]);
    expect(asked.flatMap(({ lines }) => lines)).toEqual(
      readFileSync(path, "utf8").split("\n").filter(Boolean),
    );
  });

  test("recognizes the file by its first byte, and sends alerts on request", async () => {
    expect((await run("import", "--alerts", "all", file("lines.txt", 1))).code).toBe(0);
    expect(asked.map(({ url }) => url)).toEqual(["/api/v1/import?alerts=all"]);
  });

  test("lists the rejected lines with the reasons", async () => {
    answer = (lines, response) => {
      const problem = {
        title: "Some fields are wrong",
        errors: [{ path: "title", message: "must\u001b[31m not" }],
      };
      response.end(
        lines
          .map((_, index) =>
            index === 1 ? result(2, { status: 422, problem }) : result(index + 1, { outcome: "updated" }),
          )
          .join(""),
      );
    };
    const { output, code } = await run("import", file("refused.ndjson", 3));
    expect(code).toBe(1);
    expect(output).toContain("2 updated, 0 unchanged, 0 kept since what is here is newer, 1 refused.\n");
    expect(output).toContain("  line 3: 422 Some fields are wrong\n      title: must[31m not\n"); // line 2 is blank
  });

  test("continues after a broken connection, and waits for Retry-After", async () => {
    answer = (lines, response) => {
      if (asked.length === 1) {
        response.write(results(lines.slice(0, 40)), () => response.destroy());
      } else if (asked.length === 2) {
        response.writeHead(503, { "retry-after": "0" }).end(JSON.stringify({ title: "Try again" }));
      } else response.end(results(lines));
    };
    const { output, code } = await run("import", file("broken.ndjson", 100));
    expect([code, output.includes("100 created")]).toEqual([0, true]);
    expect(output).toContain("answered 503: Try again; again in 0 s");
    // Half as many after a failure: a request may have been too much.
    expect(asked.map(({ lines }) => lines.length)).toEqual([100, 60, 30, 30]);
  });

  test("retries lines that the service could not store", async () => {
    answer = (lines, response) => {
      const problem = { title: "Try again" };
      const unavailable = asked.length === 1 ? { status: 503, problem } : { outcome: "created" };
      response.end(
        lines
          .map((_, index) => result(index + 1, index === 0 ? unavailable : { outcome: "created" }))
          .join(""),
      );
    };
    const { output, code } = await run("import", file("again.ndjson", 3));
    expect([code, output.includes("3 created")]).toEqual([0, true]);
    expect(asked.map(({ lines }) => lines.length)).toEqual([3, 1]);
  });

  test("stops at a permanent error, and prints the line", async () => {
    answer = (_, response) => response.writeHead(403).end(JSON.stringify({ title: "Not with this token" }));
    const { output, code } = await run("import", file("forbidden.ndjson", 3));
    expect(code).toBe(1);
    expect(output).toContain(
      "The service answered 403: Not with this token\nStopped at line 1: the same again goes on.",
    );
    expect(asked).toHaveLength(1);
  });

  test("keeps new webhook secrets in a private file, also when it is interrupted", async () => {
    const path = file("webhooks.ndjson", 2);
    answer = (_, response) => {
      response.write(result(1, { id: "end_1", outcome: "created", secret: "whsec_x" }));
    };
    const running = start("import", path);
    await running.says("1/2 lines");
    expect(await running.interrupt()).toBe(130);
    expect(running.output).toContain("the same again goes on");
    expect(running.output).not.toContain("whsec_x");
    expect(readFileSync(`${path}.secrets`, "utf8")).toBe('{"webhook":"end_1","secret":"whsec_x"}\n');
    expect(statSync(`${path}.secrets`).mode & 0o777).toBe(0o600);
  });

  test("rejects invalid arguments", async () => {
    expect((await run("import", join(folder, "none.ndjson"))).output).toContain("ENOENT");
    const mixed = await run("import", file("one.ndjson", 1), join(folder, "page.txt"));
    expect([mixed.code, mixed.output.split("\n")[0]]).toEqual([
      1,
      "Pages and lines are not imported together.",
    ]);
    expect((await run("import", "--alerts", "some", file("one.ndjson", 1))).output).toContain("Usage:");
    expect(asked).toEqual([]);
  });
});

describe("npm run export", () => {
  const page = (lines: string[], cursor: string | null) =>
    `${[...lines, JSON.stringify({ type: "cursor", cursor })].join("\n")}\n`;

  test("writes all pages into one private file", async () => {
    answer = (_, response) =>
      response.end(asked.length === 1 ? page(['{"a":1}', '{"b":"\u2028"}'], "x~y z") : page([], null));
    const path = join(folder, "out.ndjson");
    const { output, code } = await run("export", path);
    expect([code, output]).toEqual([0, `2 lines in ${path}.\n`]);
    expect(readFileSync(path, "utf8")).toBe('{"a":1}\n{"b":"\u2028"}\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(asked.map(({ url }) => url)).toEqual(["/api/v1/export", "/api/v1/export?cursor=x~y%20z"]);
  });

  test("retries an interrupted page", async () => {
    answer = (_, response) => {
      if (asked.length === 1) response.write('{"a":1}\n', () => response.destroy());
      else if (asked.length === 2) response.end('{"a":1}\n');
      else response.end(page(['{"a":1}'], null));
    };
    const path = join(folder, "again.ndjson");
    expect((await run("export", path)).code).toBe(0);
    expect(readFileSync(path, "utf8")).toBe('{"a":1}\n');
  });

  test("leaves no incomplete file under that name", async () => {
    answer = (_, response) => response.writeHead(401).end(JSON.stringify({ title: "A token is needed" }));
    const path = join(folder, "none-such.ndjson");
    const { output, code } = await run("export", path);
    expect([code, output.split("\n")[0]]).toEqual([1, "The service answered 401: A token is needed"]);
    expect(() => statSync(path)).toThrow();
    expect((await run("export")).output).toBe("Usage: npm run export -- FILE\n");
  });
});

test("exports what a real service has imported, and imports it again unchanged", async () => {
  const [port, state] = [await freePort(), join(folder, "state")];
  const service = await startService(port, state, { COMMUNIQUE_SEEDS: "none" });
  const program = async (name: string, ...args: string[]) => {
    const running = new Program(`src/local/${name}.ts`, args, serviceEnvironment(port, state));
    return { code: await running.exit(), output: running.output };
  };
  const organization = { type: "organization", slug: "acme", name: "Acme" };
  const articles = Array.from({ length: 149 }, (_, index) => ({
    organizations: ["acme"],
    title: `News ${index + 1}`,
    published_at: "2025-01-01",
  }));
  const path = join(folder, "cms.ndjson");
  writeFileSync(path, [organization, ...articles].map((line) => JSON.stringify(line)).join("\n"));
  expect((await program("import", path)).output).toContain("150 created");
  const everything = join(folder, "everything.ndjson");
  expect((await program("export", everything)).output).toContain("150 lines");
  const again = await program("import", everything);
  expect([again.code, again.output.includes("150 unchanged")]).toEqual([0, true]);
  expect(await service.interrupt()).toBe(0);
});
