import { LIMITS } from "../../model/limits.ts";
import { HOUR_MS } from "../../model/time.ts";
import { channelOf } from "../../objects/stubs.ts";
import type { Visit } from "../context.ts";
import { isWithin } from "../fair-use.ts";

/** `Feedbin feed-id:1 - 12 subscribers`, `Feedly/1.0 (…; 3 subscribers)`: how aggregators report their subscribers. */
const SUBSCRIBERS = /\b(\d{1,9}) (?:subscriber|reader)s?\b/i;

/** An aggregator's name: the first word or, after a browser's prefix, what follows "compatible". */
const AGGREGATOR = /^(?:Mozilla\/[\d.]+ \(compatible; )?([\w.+-]+)/i;

/** Whether an aggregator reports its subscribers. */
export const reportsSubscribers = (headers: Headers): boolean =>
  SUBSCRIBERS.test(headers.get("user-agent") ?? "");

/** What aggregators reported lately in this isolate, and when: to report the same again calls no object. */
const reported = new Map<string, number>();

/** Records how many subscribers an aggregator reports. It fetches the feed once for all of them. */
export function countSubscribers(c: Visit, organization: string, format: string): void {
  const agent = c.req.raw.headers.get("user-agent") ?? "";
  const count = SUBSCRIBERS.exec(agent)?.[1];
  if (!count) return;
  const name = AGGREGATOR.exec(agent)?.[1];
  if (!name || wasReported([organization, format, name, count].join(" "), Date.now())) return;
  c.executionCtx.waitUntil(report(c, organization, name, format, Number(count)));
}

async function report(c: Visit, organization: string, name: string, format: string, count: number) {
  if (!(await isWithin(c, "WORK_LIMITER"))) return;
  await channelOf(c.env, organization).aggregators.count(name, format, count);
}

function wasReported(report: string, nowMs: number): boolean {
  const lastMs = reported.get(report);
  if (lastMs !== undefined && nowMs >= lastMs && nowMs - lastMs < HOUR_MS) return true;
  if (reported.size >= LIMITS.REPORTS_REMEMBERED) reported.clear();
  reported.set(report, nowMs);
  return false;
}
