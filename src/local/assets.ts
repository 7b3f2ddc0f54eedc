import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { PROJECT } from "./config.ts";

/** The files of the API's documentation page, from its package. */
const DOCUMENTATION = ["swagger-ui.css", "index.css", "swagger-ui-bundle.js"];

/**
 * Makes the static assets of the Worker in `dist/assets`: the console's editor in one file, and the library of the API's
 * documentation page. `wrangler.toml` names the folder.
 */
export function makeAssets(project: string = PROJECT): void {
  const folder = join(project, "dist/assets");
  mkdirSync(folder, { recursive: true });
  const library = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  for (const file of DOCUMENTATION) copyFileSync(join(library, file), join(folder, file));
  buildSync({
    entryPoints: [join(project, "src/http/admin/editor/editor.ts")],
    outfile: join(folder, "editor.js"),
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    logLevel: "error",
  });
}
