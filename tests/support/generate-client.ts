import { mkdirSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { openApi } from "../../src/http/api/openapi.ts";
import { OPERATIONS } from "../../src/http/api/routes.ts";

/**
 * Writes the types of a client, generated from the OpenAPI document, to `dist/openapi.d.ts`: `npm run types` compiles
 * `tests/worker/api/client.test.ts` with them.
 */

// openapi-typescript calls the compiler's JavaScript API, which TypeScript 7 does not have.
const COMPILER = "@ts-morph/common/dist/typescript.js";
registerHooks({
  resolve: (name, context, next) => next(name === "typescript" ? COMPILER : name, context),
});
const { default: generate, astToString } = await import("openapi-typescript");

const dist = `${import.meta.dirname}/../../dist`;
mkdirSync(dist, { recursive: true });
writeFileSync(`${dist}/openapi.d.ts`, astToString(await generate(JSON.stringify(openApi(OPERATIONS)))));
