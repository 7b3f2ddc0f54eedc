import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localAddress, PROJECT } from "../../src/local/config.ts";
import { readToken } from "../../src/local/token.ts";
import { endAll, freePort, Program, serviceEnvironment, startService } from "./programs.ts";

/** Commands that this file cannot run: the first two are the service and the suite, the others need an account. */
const ELSEWHERE = [/^npm ci && npm (start|test)$/, /^npx wrangler login\b/];
/** Commands that run until they are stopped, and what they print when they work. */
const LASTING: Readonly<Record<string, string>> = { "npm run listen": "Listening on" };

const README = readFileSync(join(PROJECT, "README.md"), "utf8");
/** The shell commands, one for each fenced block, in their order. */
const blocks = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = ""]) => text.trim());
const run = blocks.filter((block) => !ELSEWHERE.some((pattern) => pattern.test(block)));

/** Where a machine has no curl, the commands with it are not run. */
const CURL = (() => {
  try {
    execFileSync("curl", ["--version"]);
    return true;
  } catch {
    return false;
  }
})();

const folder = mkdtempSync(join(tmpdir(), "communique-readme-"));
const state = join(folder, "state");
let port: number;

beforeAll(async () => {
  port = await freePort();
  await startService(port, state);
});

afterAll(async () => {
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

/** A block for this run: its port, its token, and a folder of its own for what is written. */
const here = (block: string) =>
  block
    .replaceAll(localAddress(8787), localAddress(port))
    .replace("the token that npm start printed", readToken(PROJECT) ?? "")
    .replaceAll("all.ndjson", join(folder, "all.ndjson"));

const bash = async (script: string) =>
  promisify(execFile)("bash", ["-euo", "pipefail", "-c", script], {
    cwd: PROJECT,
    env: { ...process.env, ...serviceEnvironment(port, state), TOKEN: readToken(PROJECT) ?? "" },
  });

describe("the README", () => {
  test("has commands to run", () => {
    expect(run.length).toBeGreaterThan(4);
  });

  const ended = run.filter((block) => !(block in LASTING));
  test.for(ended)("runs %s", async (block, { skip }) => {
    skip(!CURL && block.includes("curl"), "This machine has no curl.");
    const { stdout } = await bash(here(block).replaceAll("curl ", "curl --fail-with-body "));
    expect(stdout).not.toBe("");
  });

  test.each(Object.entries(LASTING))("runs %s until it is stopped", async (command, text) => {
    expect(run).toContain(command);
    const script = /^npm run (\w+)$/.exec(command)?.[1] ?? "";
    const lasting = new Program(`src/local/${script}.ts`, [], serviceEnvironment(port, state));
    await lasting.says(text);
    expect(await lasting.interrupt()).toBe(0);
  });

  test.each([...README.matchAll(/`npm (?:run )?([a-z]+)[^`]*`/g)].map(([, script]) => script))(
    "names npm %s, which exists",
    (script) => {
      const { scripts } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));
      expect([...Object.keys(scripts), "ci"]).toContain(script);
    },
  );
});
