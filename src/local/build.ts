import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildSync, type OutputFile } from "esbuild";
import { PROJECT } from "./config.ts";

const FOLDER = "dist/worker";

/**
 * The built Worker: `index.mjs`, and a file for each part that is loaded when it is first needed. wrangler alone would make one
 * file, and the platform runs all of it before the first request. It reads the others then, too, so they are short: letters
 * outside ASCII are written as they are.
 */
export function workerFiles(project: string = PROJECT): OutputFile[] {
  const { outputFiles } = buildSync({
    entryPoints: { index: join(project, "src/index.ts") },
    outdir: join(project, FOLDER),
    bundle: true,
    splitting: true,
    outExtension: { ".js": ".mjs" },
    write: false,
    format: "esm",
    chunkNames: "part-[hash]",
    minify: true,
    sourcemap: "linked",
    charset: "utf8",
    target: "es2024",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    logLevel: "error",
  });
  return outputFiles;
}

/**
 * Builds the Worker in `dist/worker`, where `wrangler.toml` has it. Writes what has changed and nothing else: a service that runs
 * is not started anew for nothing.
 */
export function buildWorker(project: string = PROJECT): void {
  const [outdir, outputFiles] = [join(project, FOLDER), workerFiles(project)];
  mkdirSync(outdir, { recursive: true });
  for (const { path, contents } of outputFiles)
    if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);
  const current = new Set(outputFiles.map(({ path }) => basename(path)));
  for (const file of readdirSync(outdir)) if (!current.has(file)) rmSync(join(outdir, file));
}

if (import.meta.main) buildWorker();
