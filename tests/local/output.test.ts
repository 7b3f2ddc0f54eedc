import { expect, test } from "vitest";
import { quietened } from "../../src/local/output.ts";

function passed(stdout: string[], stderr: string[] = []): string[] {
  const lines: string[] = [];
  const output = quietened((line) => lines.push(line));
  stdout.forEach(output.stdout);
  stderr.forEach(output.stderr);
  return lines;
}

test("hides the banner, the bindings and the requests, and shows the Worker's lines", () => {
  expect(
    passed([
      "Your Worker has access to the following bindings:",
      "env.RECORDS    KV Namespace    local",
      "⎔ Starting local server...",
      "[wrangler:info] Ready on http://127.0.0.1:8787",
      "[wrangler:info] GET /health 200 OK (3ms)",
      "",
      '{"level":"warn","event":"sweep"}',
      "[wrangler:error] Error: boom",
    ]),
  ).toEqual(['{"level":"warn","event":"sweep"}', "[wrangler:error] Error: boom"]);
});

test("shows warnings and errors from the first line, except the advice about cron", () => {
  const yellow = "\u001b[33m▲ [WARNING]\u001b[0m";
  expect(
    passed(
      [],
      [
        `${yellow} Scheduled Workers are not automatically triggered during local development.`,
        "",
        "  To manually trigger a scheduled event, run:",
        '    curl "http://127.0.0.1:8787/cdn-cgi/local/scheduled"',
        "  For more details, see https://developers.cloudflare.com/workers/configuration/cron-triggers/#test",
        `${yellow} careful`,
        "✘ [ERROR] Build failed with 1 error:",
      ],
    ),
  ).toEqual([`${yellow} careful`, "✘ [ERROR] Build failed with 1 error:"]);
});
