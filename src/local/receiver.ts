import { createServer, type IncomingMessage, type Server } from "node:http";
import { Webhook } from "standardwebhooks";
import type { EventData, MessageType } from "../model/event.ts";

/** The body of an alert. */
export interface Alert {
  type: MessageType;
  timestamp: string;
  sequence: number;
  /** Has no article if the event is about a webhook. */
  data: EventData;
}

/** What a receiver reports about a request. `id` is the `webhook-id`. */
export type Receipt =
  | { verified: true; id: string; alert: Alert }
  | { verified: false; id: string; path: string; reason: string };

/**
 * A receiver on 127.0.0.1 that verifies signatures: returns 204 for a valid signature, 400 for an invalid one, and 404
 * for a path without a webhook.
 * @param secrets the secret (`whsec_…`) of the webhook at each path; may grow while the receiver runs
 */
export function startReceiver(
  port: number,
  secrets: ReadonlyMap<string, string>,
  report: (receipt: Receipt) => void,
): Promise<Server> {
  const server = createServer(async (request, response) => {
    const secret = secrets.get(request.url ?? "");
    const body = await text(request);
    if (secret === undefined) return response.writeHead(404).end();
    const receipt = verify(secret, request, body);
    response.writeHead(receipt.verified ? 204 : 400).end();
    report(receipt);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

function verify(secret: string, request: IncomingMessage, body: string): Receipt {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const id = headers["webhook-id"] ?? "";
  try {
    return { verified: true, id, alert: new Webhook(secret).verify(body, headers) as Alert };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { verified: false, id, path: request.url ?? "", reason };
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
