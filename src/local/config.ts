import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Api } from "./api.ts";
import type { Outcome } from "./outcome.ts";
import { runningAddress } from "./running.ts";
import { readToken } from "./token.ts";

/** The environment variables that local programs read. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The project's folder, where `wrangler.toml` is. */
export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

/** The default port of the local service, the same as wrangler's. */
export const DEFAULT_PORT = "8787";

/** The port of the local service: `PORT`, or 8787. */
export function localPort(environment: Environment): Outcome<number> {
  const text = environment.PORT || DEFAULT_PORT;
  const port = Number(text);
  return /^\d+$/.test(text) && port > 0 && port < 65_536
    ? { ok: true, value: port }
    : { ok: false, reason: `PORT must be a number from 1 to 65535, not "${text}".` };
}

/** The URL of the local service at a port. */
export const localAddress = (port: number): string => `http://127.0.0.1:${port}`;

/** The folder of the local service's data: `COMMUNIQUE_STATE`, or wrangler's own. */
export const stateFolder = (environment: Environment): string =>
  resolve(environment.COMMUNIQUE_STATE || resolve(PROJECT, ".wrangler/state"));

/**
 * The service to use and its token: `COMMUNIQUE_URL` and `COMMUNIQUE_TOKEN`, or the local service and the token that
 * `npm start` has created. The local service is the one at `PORT`, else the one that runs, else the default one.
 */
export function connection(environment: Environment): Outcome<Api> {
  const port = localPort(environment);
  if (!port.ok) return port;
  const token = environment.COMMUNIQUE_TOKEN || readToken(PROJECT);
  if (!token) return { ok: false, reason: "No token: run `npm start` first, or set COMMUNIQUE_TOKEN." };
  const running = environment.PORT ? null : runningAddress(stateFolder(environment));
  const baseUrl = environment.COMMUNIQUE_URL || running || localAddress(port.value);
  return { ok: true, value: { baseUrl: baseUrl.replace(/\/+$/, ""), token } };
}
