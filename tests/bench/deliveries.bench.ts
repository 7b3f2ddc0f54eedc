import { equal } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { LIMITS } from "../../src/model/limits.ts";
import { articles, ORGANIZATION } from "./articles.ts";
import { COMMUNIQUE, call, communique } from "./communique.ts";
import { type Peer, peer } from "./peer.ts";
import type { Question, Receipts } from "./receiver.ts";
import type { Comparison } from "./report.ts";
import type { Batch } from "./sender.ts";
import { alternate } from "./statistics.ts";
import { serve } from "./workerd.ts";

const WEBHOOKS = 20;
const ARTICLES = 50;
const ALERTS = WEBHOOKS * ARTICLES;
/** What a webhook's deliveries do at once, the endpoints sending side by side. */
const CONCURRENCY = WEBHOOKS * LIMITS.CONNECTIONS;
/** After the last receipt the service still writes its log; the other is not to be measured meanwhile. */
const SETTLE_MS = 1_000;
const GOAL = 0.6;

type Receiver = Peer<Question, Receipts>;

/** Alerts a second from the first receipt to the last: ours, and a loop that signs and posts the same bodies. */
export async function deliveries(module: string, rounds: number): Promise<Comparison[]> {
  await using server = await serve(communique(module));
  await using receiver: Receiver = peer("receiver.ts");
  await using sender = peer<Batch, unknown>("sender.ts");
  const origin = server.origin(COMMUNIQUE);
  const { port } = await receiver.ask({ listen: true });
  const receiverUrl = `http://127.0.0.1:${port}`;
  const secrets = await subscribe(origin, receiverUrl);
  await receiver.ask({ secrets });

  let published = 0;
  let last: Receipts["receipts"] = [];
  const ours = async () => {
    await call(origin, "POST", "articles/batch", articles(ARTICLES, published));
    published += ARTICLES;
    const taken = await receiver.ask({ take: ALERTS });
    last = taken.receipts;
    await pause(SETTLE_MS);
    return ALERTS / taken.seconds;
  };
  const bare = async () => {
    const posts = last.map(({ path, id, body }) => ({
      url: receiverUrl + path,
      secret: secrets[path] ?? "",
      id,
      body,
    }));
    const [taken] = await Promise.all([
      receiver.ask({ take: ALERTS }),
      sender.ask({ posts, concurrency: CONCURRENCY }),
    ]);
    equal(taken.receipts.length, ALERTS);
    return ALERTS / taken.seconds;
  };
  const [rates = [], others = []] = await alternate(rounds, [ours, bare]);
  return [{ name: "deliveries", ours: rates, other: "bare Node loop", others, unit: "alerts/s", goal: GOAL }];
}

/** Makes the webhooks; gives each one's secret by its path at the receiver. */
async function subscribe(origin: string, receiverUrl: string): Promise<Record<string, string>> {
  await call(origin, "PUT", `organizations/${ORGANIZATION.slug}`, ORGANIZATION);
  const secrets: Record<string, string> = {};
  for (let number = 1; number <= WEBHOOKS; number++) {
    const path = `/webhook-${number}`;
    const webhook = await call(origin, "POST", `organizations/${ORGANIZATION.slug}/webhooks`, {
      url: receiverUrl + path,
    });
    secrets[path] = (webhook as { secret: string }).secret;
  }
  return secrets;
}
