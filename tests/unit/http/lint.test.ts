import { createConfig, lintFromString } from "@redocly/openapi-core";
import { type RulesetDefinition, Spectral } from "@stoplight/spectral-core";
import { oas } from "@stoplight/spectral-rulesets";
import { describe, expect, test } from "vitest";
import { openApi } from "../../../src/http/api/openapi.ts";
import { OPERATIONS } from "../../../src/http/api/routes.ts";

const document = openApi(OPERATIONS);
const flawed = { ...document, info: { ...document.info, contact: undefined, license: undefined } };

/** What Redocly CLI says with its `recommended` rules. */
async function redocly(of: object): Promise<string[]> {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lintFromString({ source: JSON.stringify(of), absoluteRef: "openapi.json", config });
  return problems.map(({ ruleId, location: [at] }) => `${ruleId} ${at?.pointer}`);
}

/** What Spectral says with its `spectral:oas` rules. */
async function spectral(of: object): Promise<string[]> {
  const linter = new Spectral();
  linter.setRuleset({ extends: [oas as RulesetDefinition] });
  const problems = await linter.run(JSON.stringify(of));
  return problems.map(({ code, path }) => `${code} ${path.join("/")}`);
}

describe("the OpenAPI document", () => {
  test("passes Redocly without errors or warnings", async () => {
    expect(await redocly(document)).toEqual([]);
    expect(await redocly(flawed)).toEqual(["info-license #/info"]);
  });

  test("passes Spectral without errors or warnings", async () => {
    expect(await spectral(document)).toEqual([]);
    expect(await spectral(flawed)).toEqual(["info-contact info"]);
  });
});
