import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addVariables, developmentToken, readToken } from "../../src/local/token.ts";

let project: string;
const secrets = () => join(project, ".dev.vars");

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "communique-token-"));
});

afterEach(() => rmSync(project, { recursive: true, force: true }));

test("returns no token before the first start", () => {
  expect(readToken(project)).toBeNull();
});

test("creates the token once, readable only by its owner", () => {
  const token = developmentToken(project);
  expect(token).toMatch(/^tok_[0-9a-z]{26}$/);
  expect(developmentToken(project)).toBe(token);
  expect(readToken(project)).toBe(token);
  if (process.platform !== "win32") expect(statSync(secrets()).mode & 0o777).toBe(0o600);
});

test("creates a token for each project", () => {
  const first = developmentToken(project);
  rmSync(secrets());
  expect(developmentToken(project)).not.toBe(first);
});

test("keeps a token that a person wrote", () => {
  writeFileSync(secrets(), "ADMIN_TOKEN=my-own # for tests\n");
  expect(developmentToken(project)).toBe("my-own");
});

test("keeps other secrets", () => {
  writeFileSync(secrets(), "OTHER=1");
  const token = developmentToken(project);
  expect(readFileSync(secrets(), "utf8")).toBe(`OTHER=1\nADMIN_TOKEN="${token}"\n`);
});

test("adds the variables that are missing, and keeps those that a person wrote", () => {
  writeFileSync(secrets(), 'PUBLIC_URL="http://localhost:9000"');
  addVariables(project, { PUBLIC_URL: "http://127.0.0.1:8787", FEED_LIMIT: "off" });
  expect(readFileSync(secrets(), "utf8")).toBe('PUBLIC_URL="http://localhost:9000"\nFEED_LIMIT="off"\n');
});
