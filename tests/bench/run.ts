// npm run bench [-- NAME …] [--rounds 12] [--seconds 1] [--organizations 10000] [--webhooks 10000]
import { parseArgs } from "node:util";
import { closing } from "./closing.bench.ts";
import { build } from "./communique.ts";
import { deliveries, fanOut } from "./deliveries.bench.ts";
import { find } from "./find.bench.ts";
import { instructions } from "./instructions.bench.ts";
import { organizations } from "./organizations.bench.ts";
import { isCounted } from "./processor.ts";
import { reads } from "./reads.bench.ts";
import { render } from "./render.bench.ts";
import { type Comparison, line } from "./report.ts";
import { starts } from "./start.bench.ts";
import { available } from "./temporary.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "12" },
    seconds: { type: "string", default: "1" },
    organizations: { type: "string", default: "10000" },
    webhooks: { type: "string", default: "10000" },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
/** Of what takes half a minute a round. */
const few = Math.ceil(rounds / 4);
const hasWrk = available("wrk");
const hasValgrind = available("valgrind");
let built: Promise<string> | undefined;
const module = () => (built ??= build());

/** The parts of the run, in order. */
const PARTS: Record<string, () => Promise<Comparison[]>> = {
  render: () => render(rounds),
  find: () => find(rounds),
  start: async () => (isCounted ? starts(await module(), rounds) : []),
  reads: async () => (hasWrk ? reads(await module(), rounds, seconds) : []),
  instructions: async () => (hasValgrind ? instructions(await module()) : []),
  deliveries: async () => deliveries(await module(), rounds),
  fanout: async () => fanOut(await module(), few),
  organizations: async () => organizations(await module(), Number(values.organizations), few, seconds),
  closing: async () => closing(await module(), Number(values.webhooks)),
};

const unknown = positionals.filter((name) => !(name in PARTS));
if (unknown.length > 0)
  throw new Error(`no ${unknown.join(", ")}: choose of ${Object.keys(PARTS).join(", ")}`);
if (!hasWrk) console.log("no lines of requests a second: wrk is not installed (Debian: wrk)");
if (!hasValgrind) console.log("no lines of instructions: valgrind is not installed (Debian: valgrind)");
if (!isCounted) console.log("no lines of CPU time: only Linux tells it");
for (const [name, measure] of Object.entries(PARTS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  for (const comparison of await measure()) console.log(line(comparison));
}
