import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { randomId } from "../model/digest.ts";

/** The file from which `wrangler dev` reads secrets; never committed. */
const SECRETS = ".dev.vars";

/** The development token in a project's secrets; null if there is none. */
export function readToken(project: string): string | null {
  const file = join(project, SECRETS);
  return existsSync(file) ? (parseEnv(readFileSync(file, "utf8")).ADMIN_TOKEN ?? null) : null;
}

/** The development token. Creates and stores one if there is none. */
export function developmentToken(project: string): string {
  const kept = readToken(project);
  if (kept) return kept;
  const file = join(project, SECRETS);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lineEnd = before === "" || before.endsWith("\n") ? "" : "\n";
  const token = randomId("tok_");
  appendFileSync(file, `${lineEnd}ADMIN_TOKEN="${token}"\n`, { mode: 0o600 });
  // Read again: two programs that start at once must both use the line that wrangler uses.
  return readToken(project) ?? token;
}
