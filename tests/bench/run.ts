// npm run bench [-- find feeds render deliveries] [--rounds 12] [--seconds 1]
import { parseArgs } from "node:util";
import { build } from "./communique.ts";
import { deliveries } from "./deliveries.bench.ts";
import { feeds } from "./feeds.bench.ts";
import { find } from "./find.bench.ts";
import { render } from "./render.bench.ts";
import { type Comparison, line } from "./report.ts";
import { available } from "./temporary.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "12" }, seconds: { type: "string", default: "1" } },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const chosen = (name: string) => positionals.length === 0 || positionals.includes(name);

if (chosen("render")) print(await render(rounds));
if (chosen("find")) print(await find(rounds));
if (chosen("feeds") || chosen("deliveries")) {
  const module = await build();
  if (chosen("feeds")) {
    if (!available("nginx")) console.log("no nginx line: nginx is not installed (Debian: nginx-light)");
    if (available("wrk")) print(await feeds(module, rounds, seconds));
    else console.log("no feed lines: wrk is not installed (Debian: wrk)");
  }
  if (chosen("deliveries")) print(await deliveries(module, rounds));
}

function print(comparisons: readonly Comparison[]): void {
  for (const comparison of comparisons) console.log(line(comparison));
}
