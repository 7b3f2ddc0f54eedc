import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/**
 * Three projects: `unit` (pure floors, in Node) and `worker` (the real Worker in workerd) run first and side by side.
 * Their files share isolates: starting one for each file took more than half of the suite's time. `local` (the
 * programs a person runs, as processes) runs after them, one file at a time, since each starts a whole service and
 * promises what happens within seconds.
 */
export default defineConfig({
  test: {
    // By default one core is left free: on a machine with two that is half of it.
    maxWorkers: "100%",
    // The report is what `.ci/run` reads its closing count from.
    reporters: process.env.CI ? ["default", ["json", { outputFile: ".wrangler/tests.json" }]] : ["default"],
    projects: [
      {
        oxc: { jsx: { runtime: "automatic", importSource: "hono/jsx" } },
        test: {
          name: "unit",
          isolate: false,
          testTimeout: 30_000,
          include: ["tests/unit/**/*.test.{ts,tsx}"],
        },
      },
      {
        plugins: [
          cloudflareTest({
            // The sources, not what is built of them: tests look into modules.
            main: "./src/index.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                PUBLIC_URL: "https://news.example",
                ADMIN_TOKEN: "tok_test-admin-of-more-than-32-characters",
                ALLOW_LOOPBACK_RECEIVERS: "true",
                PROVE_RECEIVERS: "false",
                FEED_LIMIT: "off",
                // What is counted is counted without it; tests/worker/feeds/site.test.ts turns it on.
                SITE_FEED: "off",
              },
            },
          }),
        ],
        test: {
          name: "worker",
          isolate: false,
          // A long run is `npm run soak -- --seed N --days 365`.
          provide: {
            simulation: {
              seeds: (process.env.SEEDS ?? "1,2").split(",").map(Number),
              days: Number(process.env.DAYS ?? 5),
            },
          },
          setupFiles: ["tests/support/empty-store.ts", "tests/support/parts.ts"],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          include: ["tests/worker/**/*.test.ts", "tests/conformance/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "local",
          include: ["tests/local/**/*.test.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
