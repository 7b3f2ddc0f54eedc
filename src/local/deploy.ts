import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { makeAssets } from "./assets.ts";
import { PROJECT } from "./config.ts";
import {
  addressAmong,
  checked,
  configured,
  derivedAuthority,
  known,
  missingSecrets,
  type Name,
  type Partly,
  type Settings,
} from "./deployment.ts";
import type { Outcome } from "./outcome.ts";

/** What deploying needs from outside. */
export interface Workshop {
  /** Runs wrangler. `quiet`: what it prints is returned and not shown, and it cannot ask. */
  wrangler(args: string[], quiet: boolean, environment?: Record<string, string>): Promise<WranglerRun>;
  /** Asks the person; null where nobody can answer. */
  ask: ((question: string) => Promise<string>) | null;
  environment: Partly;
  /** The path of `wrangler.toml`. */
  toml: string;
  year: number;
  write(line: string): void;
}

/** Both texts are empty unless the run was quiet. */
export interface WranglerRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** What the platform has of the service: null before the first deployment. */
interface Deployed {
  secrets: string[];
  variables: Partly;
}

/**
 * Deploys the service: chooses its address and the authority of its ids, writes them into `wrangler.toml`, makes the
 * secrets that are missing, and prints what a person needs next. Run again, it changes only the code.
 */
export async function deploy(workshop: Workshop): Promise<Outcome<null>> {
  const deployed = await lookUp(workshop);
  if (!deployed.ok) return deployed;
  const { secrets: existing = [], variables = {} } = deployed.value ?? {};
  const settings = await settle(
    workshop,
    known([workshop.environment, variablesIn(workshop.toml), variables]),
  );
  if (!settings.ok) return settings;
  writeFileSync(workshop.toml, configured(readFileSync(workshop.toml, "utf8"), settings.value));
  const secrets = missingSecrets(existing);
  const done = await upload(workshop, secrets);
  if (!done.ok) return done;
  workshop.write(result(settings.value, secrets));
  return { ok: true, value: null };
}

/** All settings: the chosen ones, then the person's, then those that follow from the address that Cloudflare gives. */
async function settle(workshop: Workshop, chosen: Partly): Promise<Outcome<Settings>> {
  const question = "Address of the service (leave it empty for the one at workers.dev): ";
  const asked = chosen.PUBLIC_URL ?? ((await workshop.ask?.(question)) || (await givenAddress(workshop)));
  if (asked === null) return { ok: false, reason: "The first deployment failed; wrangler says why above." };
  const publicUrl = checked("PUBLIC_URL", asked);
  if (!publicUrl.ok) return publicUrl;
  const derived = derivedAuthority(publicUrl.value, workshop.year);
  const authority =
    chosen.TAG_AUTHORITY ??
    ((await workshop.ask?.(`Authority of article ids, never to be changed (empty for ${derived}): `)) ||
      derived);
  const tagAuthority = checked("TAG_AUTHORITY", authority);
  if (!tagAuthority.ok) return tagAuthority;
  return { ok: true, value: { PUBLIC_URL: publicUrl.value, TAG_AUTHORITY: tagAuthority.value } };
}

/** Deploys once to learn the address. Without a token nobody can publish under the placeholder. */
async function givenAddress(workshop: Workshop): Promise<string | null> {
  workshop.write("Deploying once to learn the address …");
  const folder = mkdtempSync(join(tmpdir(), "communique-deploy-"));
  const report = join(folder, "wrangler.ndjson");
  try {
    const run = await workshop.wrangler(["deploy"], false, { WRANGLER_OUTPUT_FILE_PATH: report });
    if (run.code !== 0) return null;
    const lines = readFileSync(report, "utf8").trim().split("\n");
    const targets = lines.flatMap((line) => (JSON.parse(line) as { targets?: string[] }).targets ?? []);
    return addressAmong(targets) ?? null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Deploys with the settings, and with the secrets that are new. */
async function upload(workshop: Workshop, secrets: Record<string, string>): Promise<Outcome<null>> {
  const folder = mkdtempSync(join(tmpdir(), "communique-deploy-"));
  try {
    const file = join(folder, "secrets.json");
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
    const withSecrets = Object.keys(secrets).length === 0 ? [] : ["--secrets-file", file];
    const run = await workshop.wrangler(["deploy", ...withSecrets], false);
    return run.code === 0
      ? { ok: true, value: null }
      : { ok: false, reason: "The deployment failed; wrangler says why above. Mend it and run this again." };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What is deployed. Only the sentence that there is no such Worker means that there is none: another failure that was
 * taken for it would replace SECRETS_KEY, and nothing could open the secrets of webhooks again.
 */
async function lookUp({ wrangler }: Workshop): Promise<Outcome<Deployed | null>> {
  const listed = await wrangler(["secret", "list", "--format", "json"], true);
  if (listed.code !== 0 && /Worker ".*" not found/.test(listed.stderr + listed.stdout)) {
    return { ok: true, value: null };
  }
  if (listed.code !== 0) return failed(listed);
  const secrets = (JSON.parse(listed.stdout) as { name: string }[]).map(({ name }) => name);
  const status = await wrangler(["deployments", "status", "--json"], true);
  if (status.code !== 0) return failed(status);
  const [version] = (JSON.parse(status.stdout) as { versions: { version_id: string }[] }).versions;
  if (version === undefined) return { ok: true, value: { secrets, variables: {} } };
  const view = await wrangler(["versions", "view", version.version_id, "--json"], true);
  if (view.code !== 0) return failed(view);
  const { resources } = JSON.parse(view.stdout) as {
    resources: { bindings?: { type: string; name: string; text?: string }[] };
  };
  const texts = (resources.bindings ?? []).filter(({ type }) => type === "plain_text");
  const variables = Object.fromEntries(texts.map(({ name, text }) => [name, text]));
  return { ok: true, value: { secrets, variables } };
}

const failed = ({ stderr, stdout }: WranglerRun): Outcome<never> => ({
  ok: false,
  reason: `${(stderr.trim() || stdout.trim()).slice(-1_000)}\n\nIf you are not logged in: npx wrangler login`,
});

function variablesIn(toml: string): Partly {
  const text = readFileSync(toml, "utf8");
  const of = (name: Name) => new RegExp(`^${name} = "(.*)"$`, "m").exec(text)?.[1];
  return { PUBLIC_URL: of("PUBLIC_URL"), TAG_AUTHORITY: of("TAG_AUTHORITY") };
}

/** What to keep, and where to go. A new secret is shown here and nowhere else. */
function result({ PUBLIC_URL, TAG_AUTHORITY }: Settings, secrets: Record<string, string>): string {
  const made = Object.entries(secrets).map(([name, value]) => `  ${name.padEnd(12)} ${value}`);
  const keep =
    made.length === 0 ? [] : ["", "New secrets. Keep them; they are not shown again:", "", ...made];
  return [
    "",
    "Communiqué is deployed.",
    "",
    `  Pages   ${PUBLIC_URL}/`,
    `  API     ${PUBLIC_URL}/api/docs`,
    `  Health  ${PUBLIC_URL}/health`,
    `  Ids     tag:${TAG_AUTHORITY}:… (TAG_AUTHORITY in wrangler.toml: commit it, and never change it)`,
    ...keep,
    "",
    `Next: npm run seed -- ${PUBLIC_URL} YOUR_ADMIN_TOKEN, or put your own organizations.`,
    "",
  ].join("\n");
}

/** wrangler as a process, with its questions and answers on the terminal unless it is quiet. */
function runWrangler(
  args: string[],
  quiet: boolean,
  environment: Record<string, string> = {},
): Promise<WranglerRun> {
  const child = spawn(process.execPath, [join(PROJECT, "node_modules/wrangler/bin/wrangler.js"), ...args], {
    cwd: PROJECT,
    env: { ...process.env, ...environment },
    stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
  });
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
    });
  }
  return new Promise((resolve) => child.once("close", (code) => resolve({ code: code ?? 1, ...printed })));
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

async function main(args: string[]): Promise<Outcome<null>> {
  makeAssets();
  if (args.length > 0) {
    // Anything else is wrangler's: `npm run deploy -- --dry-run` shows the namespaces and objects, and deploys nothing.
    const run = await runWrangler(["deploy", ...args], false);
    return run.code === 0
      ? { ok: true, value: null }
      : { ok: false, reason: "wrangler failed; it says why above." };
  }
  return deploy({
    wrangler: runWrangler,
    ask: process.stdin.isTTY && process.stdout.isTTY ? ask : null,
    environment: { PUBLIC_URL: process.env.PUBLIC_URL, TAG_AUTHORITY: process.env.TAG_AUTHORITY },
    toml: join(PROJECT, "wrangler.toml"),
    year: new Date().getFullYear(),
    write: (line) => console.log(line),
  });
}

if (import.meta.main) {
  const done = await main(process.argv.slice(2));
  if (!done.ok) {
    console.error(done.reason);
    process.exitCode = 1;
  }
}
