import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { randomId } from "../model/digest.ts";

/** The file from which `wrangler dev` reads secrets and variables; never committed, and never deployed. */
const FILE = ".dev.vars";

const variables = (project: string): NodeJS.Dict<string> => {
  const file = join(project, FILE);
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
};

/** The development token in a project's `.dev.vars`; null if there is none. */
export const readToken = (project: string): string | null => variables(project).ADMIN_TOKEN ?? null;

/** The development token. Creates and stores one if there is none. */
export function developmentToken(project: string): string {
  addVariables(project, { ADMIN_TOKEN: randomId("tok_") });
  // Read again: two programs that start at once must both use the line that wrangler uses.
  return readToken(project) ?? "";
}

/** Appends the variables that `.dev.vars` does not have. */
export function addVariables(project: string, wanted: Readonly<Record<string, string>>): void {
  const kept = variables(project);
  const lines = Object.entries(wanted)
    .filter(([name]) => kept[name] === undefined)
    .map(([name, value]) => `${name}="${value}"\n`);
  if (lines.length === 0) return;
  const file = join(project, FILE);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lineEnd = before === "" || before.endsWith("\n") ? "" : "\n";
  appendFileSync(file, lineEnd + lines.join(""), { mode: 0o600 });
}
