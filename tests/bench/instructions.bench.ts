import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { COMMUNIQUE, communique } from "./communique.ts";
import { BARE, bare, type Line, prepared, uncached } from "./reads.bench.ts";
import type { Comparison } from "./report.ts";
import { output, temporaryFolder } from "./temporary.ts";
import { serve } from "./workerd.ts";

/** The lines that are counted: what a service is asked for most. */
const COUNTED = /^feed (200|304)$/;
/** V8 has compiled what it will after about so many. */
const WARMING = 3_000;
const REQUESTS = 1_000;
const AT_ONCE = 8;

/**
 * Instructions of an answer, without those of the system: ours, and the bare Worker's. Counting them takes fifty times as
 * long as running them, and gives the same number within two in a hundred, however busy the machine is.
 */
export async function instructions(module: string): Promise<Comparison[]> {
  const folder = temporaryFolder();
  // workerd writes code while it runs: valgrind must look for it everywhere.
  const valgrind = ["valgrind", "-q", "--tool=callgrind", "--smc-check=all"];
  const file = join(folder, "counts");
  const cold = uncached(module);
  await using server = await serve(
    [...communique(module), cold, bare],
    [...valgrind, `--callgrind-out-file=${file}`],
  );
  const lines = await prepared(server);
  const control = (option: string) => output("callgrind_control", [option, `${server.pid}`]);
  const counted = async (url: string, line: Line): Promise<number> => {
    await ask(url, line, WARMING);
    await control("--zero");
    await ask(url, line, REQUESTS);
    await control("--dump");
    return totalIn(newest(folder)) / REQUESTS / 1_000;
  };

  const comparisons: Comparison[] = [];
  for (const [index, line] of lines.entries()) {
    if (!COUNTED.test(line.name)) continue;
    const others = [await counted(`${server.origin(BARE)}/${index}`, line)];
    for (const [kind, name] of [
      ["hot", COMMUNIQUE],
      ["cold", cold.name],
    ] as const)
      comparisons.push({
        name: `${line.name}, ${kind}`,
        ours: [await counted(server.origin(name) + line.path, line)],
        other: "bare KV Worker",
        others,
        unit: "k instr.",
      });
  }
  return comparisons;
}

async function ask(url: string, { headers = {}, status }: Line, requests: number): Promise<void> {
  for (let sent = 0; sent < requests; sent += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        const response = await fetch(url, { headers });
        await response.arrayBuffer();
        if (response.status !== status) throw new Error(`${url} answered ${response.status}, not ${status}`);
      }),
    );
}

/** The file of the last dump: callgrind numbers them. */
function newest(folder: string): string {
  const numbers = readdirSync(folder).flatMap((name) => /^counts\.(\d+)$/.exec(name)?.[1] ?? []);
  return join(folder, `counts.${Math.max(...numbers.map(Number))}`);
}

function totalIn(file: string): number {
  const total = /^(?:totals|summary): (\d+)/m.exec(readFileSync(file, "utf8"))?.[1];
  if (total === undefined) throw new Error(`no total in ${file}`);
  return Number(total);
}
