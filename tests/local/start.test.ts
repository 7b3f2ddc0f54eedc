import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../../seeds/load.ts";
import { list } from "../../src/local/api.ts";
import { localAddress, PROJECT } from "../../src/local/config.ts";
import { readToken } from "../../src/local/token.ts";
import { running, tree } from "./processes.ts";
import { endAll, freePort, Program, serviceEnvironment, startService } from "./programs.ts";
import { until } from "./until.ts";

const BAKU = "baku-communique-creative-industries";
const SEMINAR = "icesco-baku-office-first-seminar";
const MEETING = "culture-ministry-unaoc-cooperation";
const PROCESS = "isesco-partner-of-baku-process";
const ZOMIN = "icesco-turkic-heritage-foundation-meeting";

/** Which documents name which organization, newest first. */
const SEEDED: Record<string, string[]> = {
  icesco: [SEMINAR, ZOMIN, PROCESS],
  oic: [BAKU, SEMINAR, ZOMIN],
  unaoc: [MEETING, PROCESS],
  unesco: [ZOMIN, PROCESS],
  "azerbaijan-culture-ministry": [MEETING, SEMINAR, PROCESS],
  "turkic-culture-heritage-foundation": [ZOMIN],
  turksoy: [ZOMIN],
  "turkic-academy": [ZOMIN],
  "organization-of-turkic-states": [ZOMIN],
  "islamic-development-bank": [SEMINAR, ZOMIN],
  puic: [SEMINAR, ZOMIN],
  icyf: [SEMINAR, ZOMIN],
  "council-of-europe": [PROCESS],
  "un-tourism": [PROCESS],
};

/** The ids of a feed's articles, in its order, from their permanent links. */
const FORMATS: Record<string, (text: string) => (string | undefined)[]> = {
  rss: (text) => (parseRssFeed(text).items ?? []).map((item) => idIn(item.link)),
  atom: (text) => (parseAtomFeed(text).entries ?? []).map((entry) => idIn(entry.links?.[0]?.href)),
  json: (text) => (parseJsonFeed(text).items ?? []).map((item) => idIn(item.url)),
};

const idIn = (link: string | undefined) => /\/articles\/([^/]+)$/.exec(link ?? "")?.[1];

const folder = mkdtempSync(join(tmpdir(), "communique-start-"));
const state = join(folder, "state");
let port: number;
let baseUrl: string;
let token: string;
let service: Program;

beforeAll(async () => {
  port = await freePort();
  baseUrl = localAddress(port);
  service = await startService(port, state);
  token = readToken(PROJECT) ?? "";
});

afterAll(async () => {
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

/** The request that the printed curl line makes. */
function printedRequest(): Request {
  const [, url = "", authorization = "", type = "", body = ""] =
    /curl -X POST (\S+) -H 'Authorization: (.+?)' -H 'Content-Type: (.+?)' -d '(.+?)'\n/.exec(
      service.output,
    ) ?? [];
  return new Request(url, { method: "POST", headers: { authorization, "content-type": type }, body });
}

describe("the first start", () => {
  test("loads the seeds and reports it", () => {
    expect(service.output).toContain("Loaded 14 organizations and 5 articles.");
  });

  test("prints addresses that respond", async () => {
    const printed = ["/", "/icesco", "/icesco/feed.rss", "/icesco/feed.atom", "/icesco/feed.json"];
    for (const path of printed) {
      expect(service.output).toContain(`${baseUrl}${path}`);
      expect((await fetch(`${baseUrl}${path}`)).status, path).toBe(200);
    }
  });

  test("prints the token, and that receivers on loopback are allowed", () => {
    expect(service.output).toMatch(/Token +tok_[0-9a-z]{26} /);
    expect(service.output).toContain("DEVELOPMENT RUN: webhooks may call receivers on this very machine");
  });

  test.skipIf(process.platform === "win32")("keeps the state from other users", () => {
    expect(statSync(state).mode & 0o777).toBe(0o700);
  });

  test("hides wrangler's own output", () => {
    expect(service.output).not.toMatch(/wrangler|Binding|\[wrangler:info\]|Scheduled Workers/);
  });

  test.each(Object.entries(SEEDED))("puts every article that names %s into its feeds", async (slug, ids) => {
    for (const [format, idsOf] of Object.entries(FORMATS)) {
      await until(`${slug}/feed.${format}`, 10_000, async () => {
        const found = idsOf(await (await fetch(`${baseUrl}/${slug}/feed.${format}`)).text());
        return JSON.stringify(found) === JSON.stringify(ids);
      });
    }
  });
});

describe("a listener", () => {
  test("prints a verified alert within two seconds, and none for seeds that are loaded again", async () => {
    const listener = new Program("src/local/listen.ts", ["icesco"], { PORT: String(port) });
    await listener.says("Listening on");
    expect(await load(baseUrl, token)).toEqual({ ok: true, value: { organizations: 14, articles: 5 } });
    const publishing = Date.now();
    expect((await fetch(printedRequest())).status).toBe(201);
    await listener.says("signature verified");
    expect(Date.now() - publishing).toBeLessThan(2_000);
    expect(listener.output.match(/article\.\w+ · .+\n +.+\n +http.+\n/g)).toEqual([
      expect.stringMatching(
        /^article\.published · Islamic World .+ \(ICESCO\)\n +Our first announcement\n +http:\/\/127.+\/articles\/art_\w+\n$/,
      ),
    ]);
    expect(await listener.interrupt()).toBe(0);
  });

  test("removes its webhooks, and those that a killed one left", async () => {
    const webhooks = async () => {
      const found = await list<{ id: string }>(
        { baseUrl, token },
        "/api/v1/organizations/oic/webhooks",
        "webhooks",
      );
      return found.ok ? found.value.map(({ id }) => id) : found.reason;
    };
    const killed = new Program("src/local/listen.ts", ["oic"], { PORT: String(port) });
    await killed.says("Listening on");
    await killed.crash();
    const left = await webhooks();
    expect(left).toHaveLength(1);
    const next = new Program("src/local/listen.ts", ["oic"], { PORT: String(port) });
    await next.says("Listening on");
    expect(await webhooks()).toEqual([expect.not.stringMatching(String(left[0]))]);
    expect(await next.interrupt()).toBe(0);
    expect(await webhooks()).toEqual([]);
  });

  test("finds the running service without its port", async () => {
    const listener = new Program("src/local/listen.ts", ["oic"], { PORT: "", COMMUNIQUE_STATE: state });
    await listener.says("Listening on");
    expect(await listener.interrupt()).toBe(0);
  });

  test("names an unknown organization", async () => {
    const listener = new Program("src/local/listen.ts", ["nobody"], { PORT: String(port) });
    expect(await listener.exit()).toBe(1);
    expect(listener.output).toContain("/api/v1/organizations/nobody/webhooks was answered 404");
  });
});

describe("stopping and starting again", () => {
  test("reports a port that is in use", async () => {
    const second = new Program("src/local/start.ts", [], serviceEnvironment(port, state));
    expect(await second.exit()).toBe(1);
    expect(second.output).toBe(
      `Port ${port} is in use. Stop what uses it, or take another: PORT=${port + 1} npm start\n`,
    );
  });

  test("rejects a second service on the same data", async () => {
    const second = new Program("src/local/start.ts", [], serviceEnvironment(await freePort(), state));
    expect(await second.exit()).toBe(1);
    expect(second.output).toBe(
      `A service already runs on the data in ${state}, at ${baseUrl}. ` +
        "Stop it, or use another folder: COMMUNIQUE_STATE=/another/folder npm start\n",
    );
  });

  test("leaves no process after Ctrl-C", async () => {
    const processes = tree(service.pid);
    expect(processes.length).toBeGreaterThan(3); // wrangler, its command line, workerd
    expect(await service.interrupt()).toBe(0);
    await until("the end of its processes", 10_000, () => running(processes).length === 0);
  });

  test("keeps everything for a second start, which loads nothing", async () => {
    service = await startService(port, state);
    expect(service.output).toContain("Found 14 organizations from an earlier run.");
    expect(service.output).not.toContain("Loaded");
    const feed = await (await fetch(`${baseUrl}/icesco/feed.json`)).text();
    expect(parseJsonFeed(feed).items?.map(({ title }) => title)).toEqual([
      "Our first announcement",
      "ICESCO's Baku office holds its first seminar",
      "Heads of ICESCO and the Turkic heritage foundation meet in Zomin",
      "ISESCO's part in the Baku Process, from 2005 to 2016",
    ]);
  });

  test("leaves no process after kill -9 of the program", async () => {
    const processes = tree(service.pid);
    process.kill(service.pid, "SIGKILL");
    await service.exit();
    await until("the end of its processes", 10_000, () => running(processes).length === 0);
  });

  test("reports that wrangler has stopped", async () => {
    service = await startService(port, state);
    const [, wrangler = 0, commandLine = 0] = tree(service.pid);
    process.kill(commandLine, "SIGKILL");
    const processes = [wrangler, ...tree(service.pid)];
    expect(await service.exit()).toBe(1);
    expect(service.output).toContain("wrangler has ended by itself");
    await until("the end of its processes", 10_000, () => running(processes).length === 0);
  });
});
