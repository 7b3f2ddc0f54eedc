import { env } from "cloudflare:workers";
import type { RecordProblem } from "../../src/model/record.ts";
import { tick } from "../../src/scheduled.ts";
import { wait } from "./clock.ts";
import { api, json } from "./service.ts";

/** A minute later, the tick that comes each minute. */
export async function minute(): Promise<void> {
  wait(60_000);
  await tick(env);
}

/** Some of them. */
export async function minutes(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed++) await minute();
}

/** Puts a record into KV as another program does: without the metadata that our own writes bear. */
export function putRecord(key: string, value: unknown): Promise<void> {
  return env.RECORDS.put(key, typeof value === "string" ? value : JSON.stringify(value));
}

/** The records that the API says cannot be used. */
export async function problems(): Promise<RecordProblem[]> {
  return (await json<{ problems: RecordProblem[] }>(api("GET", "/problems"), 200)).problems;
}
