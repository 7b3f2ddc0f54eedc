import { cpuMs, isCounted } from "./processor.ts";
import { output } from "./temporary.ts";

/** What {@link load} asks for. */
export interface Load {
  url: string;
  headers?: Record<string, string>;
  seconds: number;
  /** The one status that every answer must have. */
  status: number;
  /** The process that answers. */
  pid: number;
}

const CONNECTIONS = 32;

/**
 * Requests that a process answers in a second of its CPU time, asked by `wrk` on one thread. On an idle machine these are the
 * requests a second, since workerd has one thread; other programs do not change it. Where CPU time is not known, it is the
 * requests a second. Throws when an answer is not as asked for.
 */
export async function load({ url, headers = {}, seconds, status, pid }: Load): Promise<number> {
  const answer = await fetch(url, { headers });
  await answer.arrayBuffer();
  if (answer.status !== status) throw new Error(`${url} answered ${answer.status}, not ${status}`);
  const before = isCounted ? cpuMs(pid) : 0;
  const report = await output("wrk", [
    ...["-t", "1", "-c", `${CONNECTIONS}`, "-d", `${seconds}s`],
    ...Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
    url,
  ]);
  const requests = /^\s*(\d+) requests in/m.exec(report)?.[1];
  const used = isCounted ? cpuMs(pid) - before : seconds * 1000;
  if (requests === undefined || /Non-2xx|Socket errors/.test(report))
    throw new Error(`wrk at ${url}:\n${report}`);
  return (1000 * Number(requests)) / used;
}
