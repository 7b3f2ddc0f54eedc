import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { unstable_readConfig } from "wrangler";
import { output, ROOT, temporaryFolder } from "./temporary.ts";
import type { Worker } from "./workerd.ts";

/** Name of the service under measurement in a {@link serve} settings. */
export const COMMUNIQUE = "communique";
/** What the service calls itself while it is measured. */
export const PUBLIC_URL = "https://bench.example";

const ADMIN_TOKEN = "tok_bench-with-more-than-32-characters";

/** What is taken from `wrangler.toml`. */
interface Settings {
  compatibility_date: string;
  compatibility_flags: string[];
  kv_namespaces: { binding: string }[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
  vars: Record<string, string>;
}

const settings: Settings = unstable_readConfig({ config: join(ROOT, "wrangler.toml") });

/** The compatibility date and flags of the deployed service, for everything that is measured beside it. */
export const COMPATIBILITY = {
  compatibilityDate: settings.compatibility_date,
  compatibilityFlags: settings.compatibility_flags,
};

/** The service as `wrangler deploy` would upload it: the path of its main module, beside which its parts are. */
export async function build(): Promise<string> {
  const folder = temporaryFolder();
  const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  await output(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", folder], {
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
  });
  return join(folder, "index.mjs");
}

/** The built service, with the bindings of `wrangler.toml`, and its KV namespaces as services of their names. */
export function communique(module: string): Worker[] {
  const kv = join(import.meta.dirname, "kv.js");
  const namespaces = settings.kv_namespaces.map(({ binding }) => binding);
  return [
    instance(module, COMMUNIQUE, {}),
    ...namespaces.map((name) => ({ name, module: kv, ...COMPATIBILITY })),
  ];
}

/** The built service under a name and with variables of its own, over the same KV namespaces. */
export function instance(module: string, name: string, variables: Record<string, string>): Worker {
  const objects = settings.durable_objects.bindings;
  const own = { PUBLIC_URL, ADMIN_TOKEN, ALLOW_LOOPBACK_RECEIVERS: "true", ...variables };
  return {
    ...{ name, module, ...COMPATIBILITY },
    parts: readdirSync(dirname(module)).filter((file) => /^part-.*\.mjs$/.test(file)),
    bindings: [
      ...settings.kv_namespaces.map(({ binding }) => ({ name: binding, kv: binding })),
      ...objects.map(({ name, class_name }) => ({ name, object: class_name })),
      ...Object.entries({ ...settings.vars, ...own }).map(([name, text]) => ({ name, text })),
    ],
    objects: objects.map(({ class_name }) => class_name),
  };
}

/** Calls the API as the operator; throws unless the answer is a success. */
export async function call(origin: string, method: string, path: string, body: unknown): Promise<unknown> {
  const response = await ask(origin, method, path, body);
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** As {@link call}, whatever the answer is. */
export const ask = (origin: string, method: string, path: string, body?: unknown): Promise<Response> =>
  fetch(`${origin}/api/v1/${path}`, {
    method,
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
