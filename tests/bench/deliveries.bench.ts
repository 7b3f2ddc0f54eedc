import { equal } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { LIMITS } from "../../src/model/limits.ts";
import { articles, ORGANIZATION } from "./articles.ts";
import { COMMUNIQUE, call, communique } from "./communique.ts";
import { type Peer, peer } from "./peer.ts";
import { cpuMs, isCounted } from "./processor.ts";
import type { Question, Receipts } from "./receiver.ts";
import type { Comparison } from "./report.ts";
import type { Batch } from "./sender.ts";
import { alternate } from "./statistics.ts";
import { serve } from "./workerd.ts";

/** How many hear of how much, and what is aimed at. */
interface Audience {
  name: string;
  webhooks: number;
  articles: number;
  /** The least share of a bare loop's alerts a second. */
  ratio: number;
  /** The most CPU time that an alert may take. */
  cpuMs?: number;
}

const ORDINARY: Audience = { name: "deliveries", webhooks: 20, articles: 50, ratio: 0.6 };
const FAN_OUT: Audience = { name: "fan-out 1,000", webhooks: 1_000, articles: 1, ratio: 0.2, cpuMs: 1.2 };
/** What the bare loop sends at once to many receivers: more would not be faster. */
const MOST_AT_ONCE = 120;
/** After the last receipt the service still writes its log; the other is not to be measured meanwhile. */
const SETTLE_MS = 1_000;

type Receiver = Peer<Question, Receipts>;

/** Fifty articles to twenty webhooks. */
export const deliveries = (module: string, rounds: number) => alerts(module, rounds, ORDINARY);

/** One article to a thousand webhooks. */
export const fanOut = (module: string, rounds: number) => alerts(module, rounds, FAN_OUT);

/** Alerts a second from the first receipt to the last: ours, and a loop that signs and posts the same bodies. */
async function alerts(module: string, rounds: number, audience: Audience): Promise<Comparison[]> {
  const count = audience.webhooks * audience.articles;
  const concurrency = Math.min(audience.webhooks * LIMITS.CONNECTIONS, MOST_AT_ONCE);
  await using server = await serve(communique(module));
  await using receiver: Receiver = peer("receiver.ts");
  await using sender = peer<Batch, unknown>("sender.ts");
  const origin = server.origin(COMMUNIQUE);
  const { port } = await receiver.ask({ listen: true });
  const receiverUrl = `http://127.0.0.1:${port}`;
  const secrets = await subscribe(origin, receiverUrl, audience.webhooks);
  await receiver.ask({ secrets });

  let published = 0;
  let last: Receipts["receipts"] = [];
  const ours = async () => {
    const before = used(server);
    await call(origin, "POST", "articles/batch", articles(audience.articles, published));
    published += audience.articles;
    const taken = await receiver.ask({ take: count });
    last = taken.receipts;
    await pause(SETTLE_MS);
    return { rate: count / taken.seconds, cpuMs: (used(server) - before) / count };
  };
  const bare = async () => {
    const before = used(sender);
    const posts = last.map(({ path, id, body }) => ({
      url: receiverUrl + path,
      secret: secrets[path] ?? "",
      id,
      body,
    }));
    const [taken] = await Promise.all([receiver.ask({ take: count }), sender.ask({ posts, concurrency })]);
    equal(taken.receipts.length, count);
    return { rate: count / taken.seconds, cpuMs: (used(sender) - before) / count };
  };
  const [mine = [], others = []] = await alternate(rounds, [ours, bare]);
  const compared = (of: "rate" | "cpuMs") => ({
    ...{
      ours: mine.map((each) => each[of]),
      other: "bare Node loop",
      others: others.map((each) => each[of]),
    },
  });
  const { name, ratio, cpuMs: most } = audience;
  const rate = { name, ...compared("rate"), unit: "alerts/s", goal: { ratio } };
  if (!most || !isCounted) return [rate];
  return [rate, { name: `${name}, an alert`, ...compared("cpuMs"), unit: "ms CPU", goal: { most } }];
}

const used = ({ pid }: { pid: number }): number => (isCounted ? cpuMs(pid) : 0);

/** Makes the webhooks; gives each one's secret by its path at the receiver. */
async function subscribe(
  origin: string,
  receiverUrl: string,
  count: number,
): Promise<Record<string, string>> {
  await call(origin, "PUT", `organizations/${ORGANIZATION.slug}`, ORGANIZATION);
  const secrets: Record<string, string> = {};
  for (let number = 1; number <= count; number++) {
    const path = `/webhook-${number}`;
    const webhook = await call(origin, "POST", `organizations/${ORGANIZATION.slug}/webhooks`, {
      url: receiverUrl + path,
    });
    secrets[path] = (webhook as { secret: string }).secret;
  }
  return secrets;
}
