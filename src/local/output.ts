import { stripVTControlCharacters } from "node:util";

/** Lines of wrangler to drop: `npm start` prints the URLs itself, and runs the tick. */
const NOISE = [
  /^\[wrangler:info\]/,
  /Scheduled Workers are not automatically triggered/,
  /^To manually trigger a scheduled event/,
  /^curl "http.*scheduled"$/,
  /^For more details, see .*cron-triggers/,
];

const READY = /^\[wrangler:info\] Ready on /;

/**
 * Filters wrangler's output: keeps the Worker's log lines, warnings and errors.
 * @returns one function per stream, called with its lines
 */
export function quietened(
  write: (line: string) => void,
): Record<"stdout" | "stderr", (line: string) => void> {
  let ready = false; // before that, standard output is the banner and the table of bindings
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
