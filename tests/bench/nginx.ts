import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort, start, stop, temporaryFolder } from "./temporary.ts";
import { until } from "./until.ts";

const STARTED_WITHIN_MS = 5_000;

/** A file, and what nginx is to say of it beside its own ETag and Last-Modified. */
export interface StaticFile {
  path: string;
  bytes: Uint8Array;
  mediaType: string;
  headers: Readonly<Record<string, string>>;
}

/** Serves a file by nginx. */
export async function serveFile(file: StaticFile): Promise<AsyncDisposable & { origin: string }> {
  const folder = temporaryFolder();
  const copy = join(folder, "files", file.path);
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, file.bytes);
  const port = await freePort();
  writeFileSync(join(folder, "nginx.conf"), configuration(port, file));
  const child = start("nginx", ["-p", folder, "-e", "stderr", "-c", "nginx.conf"]);
  const origin = `http://127.0.0.1:${port}`;
  await until("nginx", STARTED_WITHIN_MS, () => fetch(origin).catch(() => null));
  return { origin, [Symbol.asyncDispose]: () => stop(child) };
}

function configuration(port: number, { mediaType, headers }: StaticFile): string {
  const added = Object.entries(headers).map(
    ([name, value]) => `add_header ${name} ${JSON.stringify(value)};`,
  );
  const temporaryPaths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${kind};`,
  );
  return `
daemon off;
pid nginx.pid;
error_log stderr crit;
${process.getuid?.() === 0 ? "user root;" : ""}
worker_processes 1;
events { worker_connections 256; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  # By default nginx closes a connection after 1,000 requests, which workerd does not.
  keepalive_requests 100000000;
  ${temporaryPaths.join("\n  ")}
  server {
    listen 127.0.0.1:${port};
    root files;
    types {}
    default_type ${JSON.stringify(mediaType)};
    ${added.join("\n    ")}
  }
}
`;
}
