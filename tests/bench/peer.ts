import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { start, stop } from "./temporary.ts";

const ANSWERED_WITHIN_MS = 120_000;

/** A Node program of this folder in a process of its own, which answers each message with one message. */
export interface Peer<Question, Answer> extends AsyncDisposable {
  ask(question: Question): Promise<Answer>;
  pid: number;
}

/** Starts a program of this folder. */
export function peer<Question extends object, Answer>(file: string): Peer<Question, Answer> {
  const child = start(process.execPath, [join(import.meta.dirname, file)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  return {
    pid: child.pid ?? 0,
    ask: (question) => answer<Answer>(child, question, file),
    [Symbol.asyncDispose]: () => stop(child),
  };
}

function answer<Answer>(child: ChildProcess, question: object, file: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const ended = () => reject(new Error(`${file} ended`));
  const timer = setTimeout(() => reject(new Error(`${file} gave no answer`)), ANSWERED_WITHIN_MS);
  child.once("message", (message) => resolve(message as Answer));
  child.once("exit", ended);
  child.send(question);
  return promise.finally(() => {
    clearTimeout(timer);
    child.off("exit", ended);
  });
}

/** The other side: answers the messages of the process that started this one. */
export function answering<Question, Answer>(answer: (question: Question) => Promise<Answer>): void {
  process.once("disconnect", () => process.exit());
  process.on("message", async (question: Question) => process.send?.(await answer(question)));
}
