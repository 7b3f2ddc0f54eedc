import { mkdirSync } from "node:fs";
import { relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { load } from "../../seeds/load.ts";
import { announcement } from "./announce.ts";
import { type Api, list } from "./api.ts";
import { makeAssets } from "./assets.ts";
import { localAddress, localPort, PROJECT, stateFolder } from "./config.ts";
import type { Outcome } from "./outcome.ts";
import { portIsFree } from "./port.ts";
import { takeStore } from "./running.ts";
import { onStop } from "./stop.ts";
import { startTicking } from "./tick.ts";
import { developmentToken } from "./token.ts";
import { startWrangler } from "./wrangler.ts";

const HEALTHY_WITHIN_MS = 120_000;
const POLL_MS = 100;

/** Prints a line, without colours unless the output is a terminal. */
const write = (line: string) => console.log(process.stdout.isTTY ? line : stripVTControlCharacters(line));

/** Whether the Worker answers before the timeout. */
async function healthy(baseUrl: string): Promise<boolean> {
  const deadline = Date.now() + HEALTHY_WITHIN_MS;
  while (Date.now() < deadline) {
    const answer = await fetch(`${baseUrl}/health`).catch(() => null);
    if (answer?.ok) return true;
    await delay(POLL_MS);
  }
  return false;
}

async function existing(api: Api): Promise<Outcome<string[]>> {
  const found = await list<{ slug: string }>(api, "/api/v1/organizations", "organizations");
  return found.ok ? { ok: true, value: found.value.map(({ slug }) => slug) } : found;
}

/** The slugs of the existing organizations. Loads the seeds first if there are none, unless they are turned off. */
async function organizations(api: Api): Promise<Outcome<string[]>> {
  const found = await existing(api);
  if (!found.ok) return found;
  if (found.value.length > 0) {
    console.log(`Found ${found.value.length} organizations from an earlier run.`);
    return found;
  }
  if (process.env.COMMUNIQUE_SEEDS === "none") return found;
  const loaded = await load(api.baseUrl, api.token);
  if (!loaded.ok) return loaded;
  console.log(`Loaded ${loaded.value.organizations} organizations and ${loaded.value.articles} articles.`);
  return existing(api);
}

/** Prepares a started Worker for use, and prints its URLs. */
async function open(api: Api, state: string): Promise<Outcome<null>> {
  if (!(await healthy(api.baseUrl))) return { ok: false, reason: "The Worker does not answer." };
  const slugs = await organizations(api);
  if (!slugs.ok) return slugs;
  startTicking(api.baseUrl, (line) => console.error(line));
  console.log(announcement({ ...api, state, slugs: slugs.value }));
  return { ok: true, value: null };
}

/** A path relative to the working directory, if it is inside. */
function fromHere(path: string): string {
  const way = relative(process.cwd(), path);
  return way.startsWith("..") ? path : way;
}

const ENDED = { ok: false, reason: "wrangler has ended by itself; why is said above." } as const;

/** Runs the service until it is stopped or fails. */
async function run(): Promise<Outcome<null>> {
  const port = localPort(process.env);
  if (!port.ok) return port;
  if (!(await portIsFree(port.value))) {
    const other = `PORT=${port.value + 1} npm start`;
    return {
      ok: false,
      reason: `Port ${port.value} is in use. Stop what uses it, or take another: ${other}`,
    };
  }
  const api = { baseUrl: localAddress(port.value), token: developmentToken(PROJECT) };
  const state = stateFolder(process.env);
  mkdirSync(state, { recursive: true, mode: 0o700 }); // it holds secrets and unlisted articles
  const taken = takeStore(state, api.baseUrl);
  if (!taken.ok) return taken;
  makeAssets();
  console.log(`Starting on ${api.baseUrl} …`);
  const wrangler = startWrangler({ port: port.value, state, write });
  let stopping = false;
  onStop(() => {
    stopping = true;
    wrangler.stop();
  });
  const opened = await Promise.race([open(api, fromHere(state)), wrangler.ended.then(() => ENDED)]);
  if (!opened.ok) wrangler.stop();
  await wrangler.ended;
  if (stopping) return { ok: true, value: null };
  return opened.ok ? ENDED : opened;
}

const ran = await run();
if (ran.ok) console.log("Stopped.");
else console.error(ran.reason);
process.exit(ran.ok ? 0 : 1); // a last health check may still be pending
