import { appendFileSync } from "node:fs";
import { writable } from "../model/text.ts";
import { type ProblemDetails, problemWords } from "./api.ts";

/** The service's result for a line. */
export interface LineResult {
  line: number;
  status: number;
  id?: string;
  outcome?: "created" | "updated" | "unchanged" | "kept";
  secret?: string;
  problem?: ProblemDetails;
}

const SHOWN_REFUSALS = 100;
const EVERY_MS = 5_000;

/** Counts and prints the results of a file's lines. */
export class Progress {
  readonly #file: string;
  readonly #total: number;
  readonly #startedMs = Date.now();
  readonly #counts = { created: 0, updated: 0, unchanged: 0, kept: 0 };
  readonly #refusals: string[] = [];
  refused = 0;
  #secrets = 0;
  #shownMs = 0;

  constructor(file: string, total: number) {
    this.#file = file;
    this.#total = total;
  }

  /** Records the result of a line. */
  add(result: LineResult): void {
    if (result.outcome) this.#counts[result.outcome]++;
    if (result.problem) this.#refuse(result, result.problem);
    if (result.secret) this.#keep(result);
    this.#show();
  }

  #refuse({ line, status }: LineResult, problem: ProblemDetails): void {
    this.refused++;
    if (this.refused > SHOWN_REFUSALS) return;
    this.#refusals.push(
      `  line ${line}: ${status} ${writable(problemWords(problem)).replaceAll("\n", "\n    ")}`,
    );
  }

  /** The API returns a secret only once: stores it at once in a file that only the owner can read. */
  #keep({ id, secret }: LineResult): void {
    appendFileSync(this.#secretsFile, `${JSON.stringify({ webhook: id, secret })}\n`, { mode: 0o600 });
    this.#secrets++;
  }

  get #secretsFile(): string {
    return `${this.#file}.secrets`;
  }

  /** Prints the progress: one updating line at a terminal, otherwise a line every few seconds. */
  #show(): void {
    const done = Object.values(this.#counts).reduce((sum, count) => sum + count, this.refused);
    const rate = done / Math.max((Date.now() - this.#startedMs) / 1000, 0.001);
    const left = Math.ceil((this.#total - done) / rate);
    const text = `${done}/${this.#total} lines, ${Math.round(rate)} a second, ${left} s to go`;
    if (process.stdout.isTTY) process.stdout.write(`\r${text}\u001B[K`);
    else if (Date.now() - this.#shownMs >= EVERY_MS) {
      this.#shownMs = Date.now();
      console.log(text);
    }
  }

  /** Prints a message below the progress. */
  log(text: string): void {
    this.end();
    console.log(writable(text));
  }

  /** Ends the progress line. */
  end(): void {
    if (process.stdout.isTTY) process.stdout.write("\n");
  }

  /** The final summary: counts, rejected lines with reasons, and the file with the secrets. */
  summary(): string {
    const { created, updated, unchanged, kept } = this.#counts;
    const more = this.refused - this.#refusals.length;
    return [
      `${this.#file}: ${created} created, ${updated} updated, ${unchanged} unchanged, ${kept} kept since what is here is newer, ${this.refused} refused.`,
      ...this.#refusals,
      ...(more > 0 ? [`  and ${more} more`] : []),
      ...(this.#secrets > 0
        ? [
            `${this.#secrets} webhooks have new secrets, in ${this.#secretsFile}. They are paused: tell their receivers, then PATCH paused: false.`,
          ]
        : []),
    ].join("\n");
  }
}
