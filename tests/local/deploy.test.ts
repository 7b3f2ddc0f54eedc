import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PROJECT } from "../../src/local/config.ts";
import { deploy, type WranglerRun } from "../../src/local/deploy.ts";

/** The platform: what a fake wrangler finds and changes. */
interface Platform {
  secrets: Record<string, string> | null; // null: no such Worker
  variables: Record<string, string>;
  down: boolean;
}

let folder: string;
let toml: string;
let platform: Platform;
let ran: string[][];
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "communique-deploy-test-"));
  toml = join(folder, "wrangler.toml");
  writeFileSync(toml, readFileSync(join(PROJECT, "wrangler.toml")));
  platform = { secrets: null, variables: {}, down: false };
  ran = [];
  printed = "";
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const answers = (value: unknown): WranglerRun => ({ code: 0, stdout: JSON.stringify(value), stderr: "" });
const fails = (stderr: string): WranglerRun => ({ code: 1, stdout: "", stderr });

/** Answers as wrangler 4.155 does. */
async function wrangler(args: string[], _quiet: boolean, environment: Record<string, string> = {}) {
  ran.push(args);
  if (platform.down) return fails("A request to the Cloudflare API failed.");
  const command = args.slice(0, 2).join(" ");
  if (command === "secret list") {
    if (platform.secrets === null) return fails('Worker "communique" not found.');
    return answers(Object.keys(platform.secrets).map((name) => ({ name, type: "secret_text" })));
  }
  if (command === "deployments status") return answers({ versions: [{ version_id: "v1", percentage: 100 }] });
  if (command === "versions view") {
    const bindings = Object.entries(platform.variables).map(([name, text]) => ({
      type: "plain_text",
      name,
      text,
    }));
    return answers({ id: "v1", resources: { bindings: [...bindings, { type: "kv_namespace", name: "X" }] } });
  }
  const file = args[args.indexOf("--secrets-file") + 1];
  const added = args.includes("--secrets-file") && file ? JSON.parse(readFileSync(file, "utf8")) : {};
  platform.secrets = { ...platform.secrets, ...added };
  const of = (name: string) =>
    new RegExp(`^${name} = "(.*)"`, "m").exec(readFileSync(toml, "utf8"))?.[1] ?? "";
  platform.variables = { PUBLIC_URL: of("PUBLIC_URL"), TAG_AUTHORITY: of("TAG_AUTHORITY") };
  const report = environment.WRANGLER_OUTPUT_FILE_PATH;
  const targets = ["schedule: * * * * *", "https://communique.press.workers.dev"];
  if (report)
    writeFileSync(report, `{"type":"wrangler-session"}\n${JSON.stringify({ type: "deploy", targets })}\n`);
  return answers(null);
}

const run = (environment: Record<string, string> = {}, person: string[] | null = null) =>
  deploy({
    wrangler,
    ask: person && (async () => person.shift() ?? ""),
    environment,
    toml,
    year: 2026,
    write: (line) => {
      printed += `${line}\n`;
    },
  });

const deployments = () => ran.filter(([command]) => command === "deploy").length;

describe("the first deployment", () => {
  test("takes the address that the platform gives, and derives the authority", async () => {
    expect(await run()).toEqual({ ok: true, value: null });
    expect(deployments()).toBe(2);
    expect(platform.variables).toEqual({
      PUBLIC_URL: "https://communique.press.workers.dev",
      TAG_AUTHORITY: "communique.press.workers.dev,2026",
    });
    expect(printed).toContain("https://communique.press.workers.dev/api/docs");
  });

  test("asks for the address and the authority where a person can answer", async () => {
    expect(await run({}, ["https://news.example.org/", "example.org,2020"])).toEqual({
      ok: true,
      value: null,
    });
    expect(deployments()).toBe(1);
    expect(platform.variables).toEqual({
      PUBLIC_URL: "https://news.example.org",
      TAG_AUTHORITY: "example.org,2020",
    });
  });

  test("makes both secrets, and shows them once", async () => {
    await run({ PUBLIC_URL: "https://news.example.org" });
    const { ADMIN_TOKEN = "", SECRETS_KEY = "" } = platform.secrets ?? {};
    expect(Buffer.from(ADMIN_TOKEN, "base64")).toHaveLength(32);
    expect(Buffer.from(SECRETS_KEY, "base64")).toHaveLength(32);
    expect(printed.split(ADMIN_TOKEN)).toHaveLength(2);
    expect(JSON.stringify(ran)).not.toContain(ADMIN_TOKEN);
  });

  test.each([
    ["PUBLIC_URL", "http://news.example.org", "must be the https address"],
    ["PUBLIC_URL", "https://127.0.0.1:8787", "must be the https address"],
    ["PUBLIC_URL", "https://news.example.org/feeds", "must be the https address"],
    ["TAG_AUTHORITY", "example.org", "must be a domain of yours"],
  ])("rejects %s %s", async (name, value, sentence) => {
    const refused = await run({ PUBLIC_URL: "https://news.example.org", [name]: value });
    expect(refused).toEqual({ ok: false, reason: expect.stringContaining(sentence) });
    expect(deployments()).toBe(0);
  });

  test("rejects the placeholder address", async () => {
    const refused = await run({}, ["https://communique.example.workers.dev"]);
    expect(refused).toEqual({ ok: false, reason: expect.stringContaining("still the placeholder") });
    expect(deployments()).toBe(0);
  });
});

describe("a later deployment", () => {
  beforeEach(async () => {
    await run({ PUBLIC_URL: "https://news.example.org" });
    ran = [];
    printed = "";
  });

  test("keeps the secrets, the address and the authority", async () => {
    const before = structuredClone(platform);
    expect(await run()).toEqual({ ok: true, value: null });
    expect(platform).toEqual(before);
    expect(printed).not.toContain("New secrets");
  });

  test("takes them from what is deployed where wrangler.toml is new", async () => {
    const before = structuredClone(platform);
    writeFileSync(toml, readFileSync(join(PROJECT, "wrangler.toml")));
    expect(await run()).toEqual({ ok: true, value: null });
    expect(platform).toEqual(before);
    expect(deployments()).toBe(1);
  });

  test("replaces no secret when the platform cannot be asked", async () => {
    platform.down = true;
    expect(await run()).toEqual({ ok: false, reason: expect.stringContaining("npx wrangler login") });
    expect(deployments()).toBe(0);
  });
});
