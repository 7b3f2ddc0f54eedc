import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { freePort } from "./programs.ts";
import { until } from "./until.ts";

/** A shared cache in front of a service. */
export interface Cache {
  port: number;
  /** Whether the cache gave an answer without asking the service. */
  isHit(headers: IncomingHttpHeaders): boolean;
  stop(): Promise<void>;
}

/** How a shared cache is started, by its program. */
export const CACHES: Readonly<Record<"nginx" | "varnishd", (origin: number) => Promise<Cache>>> = {
  nginx: startNginx,
  varnishd: startVarnish,
};

/** Whether a program is installed. */
export const isInstalled = (program: string): boolean =>
  spawnSync("sh", ["-c", `command -v ${program}`], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  }).status === 0;

async function startNginx(origin: number): Promise<Cache> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "communique-nginx-"));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  // As somebody would write it who trusts the service's headers: lifetimes are the service's alone.
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off;
${process.getuid?.() === 0 ? "user root;" : ""}
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr error;
events {}
http {
  access_log off;
  ${temporary.join("\n  ")}
  proxy_cache_path ${folder}/cache keys_zone=feeds:1m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${origin};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_cache feeds;
      proxy_cache_key $request_method$host$request_uri;
      add_header X-Cache $upstream_cache_status always;
    }
  }
}
`,
  );
  const child = start("nginx", ["-p", folder, "-c", join(folder, "nginx.conf")]);
  return ready({ port, isHit: (headers) => headers["x-cache"] === "HIT", stop: stopping(child, folder) });
}

async function startVarnish(origin: number): Promise<Cache> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "communique-varnish-"));
  const child = start("varnishd", [
    ...[
      "-j",
      "none",
      "-F",
      "-n",
      folder,
      "-a",
      `127.0.0.1:${port}`,
      "-b",
      `127.0.0.1:${origin}`,
      "-s",
      "malloc,16m",
    ],
  ]);
  // X-Varnish names two transactions when the second is answered from what the first has stored.
  const isHit = (headers: IncomingHttpHeaders) => String(headers["x-varnish"]).includes(" ");
  return ready({ port, isHit, stop: stopping(child, folder) });
}

const start = (program: string, args: string[]): ChildProcess =>
  spawn(program, args, {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: "ignore",
  });

const stopping = (child: ChildProcess, folder: string) => async () => {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true, force: true });
};

async function ready(cache: Cache): Promise<Cache> {
  await until("the cache", 20_000, () =>
    fetched(cache.port, "/robots.txt").then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  return cache;
}

/** An answer as it came, with its text decompressed. */
export interface Fetched {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

function decoded(bytes: Buffer, coding: string | undefined): Buffer {
  if (bytes.length === 0) return bytes;
  if (coding === "gzip") return gunzipSync(bytes);
  return coding === "br" ? brotliDecompressSync(bytes) : bytes;
}

/** A GET with exactly these headers: `fetch` adds some of its own, and decompresses. */
export async function fetched(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<Fetched> {
  const asking = request({ host: "127.0.0.1", port, path, headers: { host: "news.example", ...headers } });
  asking.end();
  const [response] = await once(asking, "response");
  const bytes = Buffer.concat(await response.toArray());
  const { statusCode: status, headers: received } = response;
  return { status, headers: received, text: decoded(bytes, received["content-encoding"]).toString() };
}
