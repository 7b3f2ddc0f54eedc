import { output } from "./temporary.ts";

/** What {@link load} asks for. */
export interface Load {
  url: string;
  headers?: Record<string, string>;
  seconds: number;
  /** The one status that every answer must have. */
  status: number;
}

const CONNECTIONS = 32;

/** Requests a second that a server answers, by `wrk` on one thread. Throws when an answer is not as asked for. */
export async function load({ url, headers = {}, seconds, status }: Load): Promise<number> {
  const answer = await fetch(url, { headers });
  await answer.arrayBuffer();
  if (answer.status !== status) throw new Error(`${url} answered ${answer.status}, not ${status}`);
  const report = await output("wrk", [
    ...["-t", "1", "-c", `${CONNECTIONS}`, "-d", `${seconds}s`],
    ...Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
    url,
  ]);
  const rate = /^Requests\/sec:\s+([\d.]+)/m.exec(report)?.[1];
  if (rate === undefined || /Non-2xx|Socket errors/.test(report))
    throw new Error(`wrk at ${url}:\n${report}`);
  return Number(rate);
}
