import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildSync } from "esbuild";
import { PROJECT } from "./config.ts";

/**
 * Builds the Worker in `dist/worker`, where `wrangler.toml` has it: `index.mjs`, and a file for each part that is loaded when it is
 * first needed. wrangler alone would write one file, and the platform reads all of it before the first request. Writes what has
 * changed and nothing else: a service that runs is not started anew for nothing.
 */
export function buildWorker(project: string = PROJECT): void {
  const outdir = join(project, "dist/worker");
  const { outputFiles } = buildSync({
    entryPoints: { index: join(project, "src/index.ts") },
    outdir,
    bundle: true,
    splitting: true,
    outExtension: { ".js": ".mjs" },
    write: false,
    format: "esm",
    chunkNames: "part-[hash]",
    minify: true,
    sourcemap: "linked",
    target: "es2024",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    logLevel: "error",
  });
  mkdirSync(outdir, { recursive: true });
  for (const { path, contents } of outputFiles)
    if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);
  const current = new Set(outputFiles.map(({ path }) => basename(path)));
  for (const file of readdirSync(outdir)) if (!current.has(file)) rmSync(join(outdir, file));
}

if (import.meta.main) buildWorker();
