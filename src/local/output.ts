import { stripVTControlCharacters } from "node:util";

/** What wrangler says that is of no use here: `npm start` has told the addresses, and ticks by itself. */
const NOISE = [
  /^\[wrangler:info\]/,
  /Scheduled Workers are not automatically triggered/,
  /^To manually trigger a scheduled event/,
  /^curl "http.*scheduled"$/,
  /^For more details, see .*cron-triggers/,
];

const READY = /^\[wrangler:info\] Ready on /;

/**
 * Lets through what a developer wants of wrangler's output: the Worker's log lines, warnings and errors.
 * @returns a function for each stream, to be given its lines
 */
export function quietened(
  write: (line: string) => void,
): Record<"stdout" | "stderr", (line: string) => void> {
  let ready = false; // until then standard output is the banner and the table of bindings
  const pass = (line: string) => {
    const text = stripVTControlCharacters(line).trim();
    if (text !== "" && !NOISE.some((noise) => noise.test(text))) write(line);
  };
  return {
    stdout(line) {
      if (ready) pass(line);
      else ready = READY.test(stripVTControlCharacters(line));
    },
    stderr: pass,
  };
}
