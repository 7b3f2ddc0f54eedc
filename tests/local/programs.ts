import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { PROJECT } from "../../src/local/config.ts";
import { killTree } from "./processes.ts";
import { until } from "./until.ts";

const STARTED_WITHIN_MS = 60_000;
const started = new Set<Program>();

/** One of the programs that a person runs, as a process. */
export class Program {
  readonly #child: ChildProcess;
  readonly #code: Promise<number | null>;
  /** What it has said so far. */
  output = "";

  constructor(file: string, args: string[], environment: Record<string, string>) {
    this.#child = spawn(process.execPath, [file, ...args], {
      cwd: PROJECT,
      env: { ...process.env, COMMUNIQUE_URL: "", COMMUNIQUE_TOKEN: "", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.#code = once(this.#child, "close").then(([code]) => code);
    started.add(this);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the program did not start");
    return this.#child.pid;
  }

  /** Waits until it has said a text. */
  async says(text: string | RegExp, withinMs = STARTED_WITHIN_MS): Promise<void> {
    const said = () => (typeof text === "string" ? this.output.includes(text) : text.test(this.output));
    await until(`"${text}"`, withinMs, said).catch((error) => {
      throw new Error(`${error.message}; it said:\n${this.output}`);
    });
  }

  /** The code it ends with. */
  async exit(): Promise<number | null> {
    const code = await this.#code;
    started.delete(this);
    return code;
  }

  /** Ctrl-C; the code it ends with. */
  interrupt(): Promise<number | null> {
    this.#child.kill("SIGINT");
    return this.exit();
  }

  /** `kill -9` for it and all that it started. */
  async crash(): Promise<void> {
    await killTree(this.pid);
    await this.exit();
  }
}

/** `npm start`, ready for use. */
export async function startService(
  port: number,
  state: string,
  environment: Record<string, string> = {},
): Promise<Program> {
  const service = new Program("src/local/start.ts", [], {
    ...serviceEnvironment(port, state),
    ...environment,
  });
  await service.says("Ctrl-C stops it.");
  return service;
}

/** The environment of the programs of one service. */
export const serviceEnvironment = (port: number, state: string) => ({
  PORT: String(port),
  COMMUNIQUE_STATE: state,
});

/** Ends whatever a failed test has left running. */
export async function endAll(): Promise<void> {
  await Promise.all([...started].map((program) => program.crash()));
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
