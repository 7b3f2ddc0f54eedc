import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { Script } from "node:vm";
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { describe, expect, test } from "vitest";
import { openApi } from "../../../src/http/api/openapi.ts";
import { OPERATIONS } from "../../../src/http/api/routes.ts";
import { documentationPage } from "../../../src/http/pages/documentation/page.tsx";
import { DOCUMENTATION_HEADERS, SECURITY_HEADERS } from "../../../src/http/pages/security.ts";

type Element = DefaultTreeAdapterTypes.Element;
type Node = DefaultTreeAdapterTypes.Node;

const api = openApi(OPERATIONS);
const page = documentationPage({ api, publicUrl: "https://news.example" });
const elements = within(parse(page));

function within(node: Node): Element[] {
  const inner = "childNodes" in node ? node.childNodes.flatMap(within) : [];
  return "tagName" in node ? [node, ...inner] : inner;
}

const named = (tag: string): Element[] => elements.filter(({ tagName }) => tagName === tag);
const attribute = (element: Element, name: string): string | undefined =>
  element.attrs.find((one) => one.name === name)?.value;
const textOf = (node: Node): string =>
  "value" in node ? node.value : "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

describe("the documentation's page", () => {
  test("has every operation, to go to by its name", () => {
    const ids = elements.map((element) => attribute(element, "id"));
    for (const { id } of OPERATIONS) expect(ids).toContain(id);
    expect(named("form")).toHaveLength(OPERATIONS.length);
  });

  test("leads nowhere that is not there", () => {
    const ids = new Set(elements.map((element) => attribute(element, "id")));
    const links = named("a").map((element) => attribute(element, "href") ?? "");
    const inside = links.filter((link) => link.startsWith("#"));
    expect(inside.length).toBeGreaterThan(50);
    expect(inside.filter((link) => !ids.has(link.slice(1)))).toEqual([]);
  });

  test("gives no two elements one id, and every field its label", () => {
    const ids = elements.flatMap((element) => attribute(element, "id") ?? []);
    expect(ids.filter((id, index) => ids.indexOf(id) < index)).toEqual([]);
    const labelled = named("label").map((element) => attribute(element, "for") ?? within(element).length > 1);
    expect(labelled).not.toContain(false);
  });

  test("loads nothing: no picture, no frame, no script or style of elsewhere", () => {
    for (const element of elements) {
      expect(["img", "iframe", "object", "embed", "video", "audio"]).not.toContain(element.tagName);
      expect(attribute(element, "src")).toBeUndefined();
      expect(element.attrs.filter(({ name }) => name.startsWith("on") || name === "style")).toEqual([]);
    }
    expect(named("link")).toEqual([]);
  });

  test("is let show its own style sheets and run its own script, and nothing besides", () => {
    const policy = DOCUMENTATION_HEADERS["content-security-policy"];
    const styles = named("style").map((element) => hashOf(textOf(element)));
    const scripts = named("script").map((element) => hashOf(textOf(element)));
    expect(policy).toBe(
      `default-src 'none'; style-src ${styles.join(" ")}; script-src ${scripts.join(" ")}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(SECURITY_HEADERS["content-security-policy"]).not.toContain("script-src");
  });

  test("is plain documentation without the script: what needs it is hidden", () => {
    const hidden = (element: Element | undefined) => element && attribute(element, "hidden") !== undefined;
    expect(named("form").every(hidden)).toBe(true);
    const around = elements.find((element) => attribute(element, "class") === "token");
    expect(hidden(around)).toBe(true);
  });

  test("has a script that JavaScript takes, and that keeps nothing", () => {
    const [script] = named("script").map(textOf);
    expect(() => new Script(script ?? "")).not.toThrow();
    expect(script).not.toMatch(/localStorage|sessionStorage|cookie|innerHTML|indexedDB/);
  });
});

describe("every curl line", () => {
  const lines = named("pre")
    .map(textOf)
    .filter((text) => text.startsWith("curl "));

  /** What a shell gives to a program called curl. */
  function parametersOf(line: string): string[] {
    const script = `curl() { printf '%s\\0' "$@"; }\n${line}`;
    const said = execFileSync("sh", ["-c", script], { env: { TOKEN: "tok_1" }, encoding: "utf8" });
    return said.split("\0").slice(0, -1);
  }

  test("there is one for each operation", () => expect(lines).toHaveLength(OPERATIONS.length));

  test.each(lines.map((line) => [line.split(" \\\n")[0] ?? "", line]))("%s is what it means", (_, line) => {
    const parameters = parametersOf(line);
    const value = (name: string) => parameters[parameters.indexOf(name) + 1];
    const address = new URL(parameters.find((one) => one.startsWith("https://")) ?? "");
    const method = parameters.includes("-X") ? value("-X") : "GET";
    const operation = OPERATIONS.find(
      (one) =>
        one.method === method &&
        new RegExp(`^/api/v1${one.path.replace(/:\w+/g, "[\\w-]+")}$`).test(address.pathname),
    );
    expect(operation).toBeDefined();
    expect(parameters.includes("Authorization: Bearer tok_1")).toBe(operation?.needs !== "nothing");
    const [body] = Object.entries(operation?.body ?? {});
    expect(parameters.includes("--data-binary")).toBe(body !== undefined);
    if (!body) return;
    const [type, { example }] = body;
    expect(parameters).toContain(`Content-Type: ${type}`);
    const sent = value("--data-binary") ?? "";
    expect(typeof example === "string" ? sent : JSON.parse(sent)).toEqual(example);
  });
});
