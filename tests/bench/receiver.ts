// A receiver that verifies every delivery, in a process of its own.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { answering } from "./peer.ts";

/** One verified delivery. */
export interface Receipt {
  path: string;
  /** Its `webhook-id`. */
  id: string;
  body: string;
}

/** `listen`: tells the port. `secrets`: by path, from now on. `take`: waits for so many deliveries. */
export type Question = { listen: true } | { secrets: Record<string, string> } | { take: number };

/** What came, each delivery once, and the seconds from the first to the last. */
export interface Receipts {
  port: number;
  seconds: number;
  receipts: Receipt[];
}

const verifiers = new Map<string, Webhook>();
let receipts = new Map<string, Receipt>();
let firstMs = 0;
let lastMs = 0;
let wanted = Number.POSITIVE_INFINITY;
let enough: () => void = () => {};

const server = createServer(async (request, response) => {
  response.writeHead(receive(request, await text(request)) ? 204 : 400).end();
});
// Longer than the pauses between rounds: a connection that idles out as it is used again would cost a retry.
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1");
await once(server, "listening");

function receive({ url: path = "", headers }: IncomingMessage, body: string): boolean {
  const id = `${headers["webhook-id"]}`;
  try {
    verifiers.get(path)?.verify(body, headers as Record<string, string>);
  } catch (error) {
    console.error(`receiver: ${id} at ${path}: ${error}`);
    return false;
  }
  lastMs = performance.now();
  if (receipts.size === 0) firstMs = lastMs;
  receipts.set(`${path} ${id}`, { path, id, body });
  if (receipts.size === wanted) enough();
  return true;
}

async function take(count: number): Promise<Omit<Receipts, "port">> {
  if (receipts.size < count) {
    await new Promise<void>((resolve) => {
      wanted = count;
      enough = resolve;
    });
  }
  const taken = { seconds: (lastMs - firstMs) / 1000, receipts: [...receipts.values()] };
  receipts = new Map();
  return taken;
}

answering<Question, Receipts>(async (question) => {
  if ("secrets" in question) {
    for (const [path, secret] of Object.entries(question.secrets)) verifiers.set(path, new Webhook(secret));
  }
  const taken = "take" in question ? await take(question.take) : { seconds: 0, receipts: [] };
  return { port: (server.address() as AddressInfo).port, ...taken };
});
