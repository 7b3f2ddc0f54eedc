import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/**
 * Three rooms: `unit` (pure floors, in Node), `worker` (the real Worker in workerd) and `local` (the programs a
 * person runs, as processes; one file at a time, since each starts a whole service).
 */
export default defineConfig({
  test: {
    // The report is what `.ci/run` reads its closing count from.
    reporters: process.env.CI ? ["default", ["json", { outputFile: ".wrangler/tests.json" }]] : ["default"],
    projects: [
      {
        oxc: { jsx: { runtime: "automatic", importSource: "hono/jsx" } },
        test: { name: "unit", testTimeout: 30_000, include: ["tests/unit/**/*.test.{ts,tsx}"] },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                PUBLIC_URL: "https://news.example",
                ADMIN_TOKEN: "tok_test-admin",
                ALLOW_LOOPBACK_RECEIVERS: "true",
                FEED_LIMIT: "off",
              },
            },
          }),
        ],
        test: {
          name: "worker",
          testTimeout: 30_000,
          include: ["tests/worker/**/*.test.ts", "tests/conformance/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "local",
          include: ["tests/local/**/*.test.ts"],
          fileParallelism: false,
          // After the others: it promises people what happens within seconds, on a machine that is theirs.
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
