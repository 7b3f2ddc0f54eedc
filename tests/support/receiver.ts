import { Webhook } from "standardwebhooks";
import { vi } from "vitest";

/** One request as a receiver got it. */
export interface Received {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
}

/** A receiver's side of the story. */
export interface Receiver {
  received: Received[];
  /** The most requests that were waiting for their answers at once. */
  mostAtOnce: number;
}

type Answer = (request: Received, number: number) => Response | Promise<Response>;

/**
 * Stands in for everybody's servers: whatever the Worker sends is answered here. The objects fetch through the
 * same global as the tests. `restoreAllMocks` of Vitest takes it away.
 * @param answer what to answer to a request and its number, counted from 1; it may throw as `fetch` does
 */
export function receive(answer: Answer = () => new Response(null, { status: 204 })): Receiver {
  const receiver: Receiver = { received: [], mostAtOnce: 0 };
  let waiting = 0;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const received = {
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body: new TextDecoder().decode(await request.arrayBuffer()), // text() warns of forms
      signal: init?.signal ?? request.signal,
    };
    receiver.mostAtOnce = Math.max(receiver.mostAtOnce, ++waiting);
    try {
      return await answer(received, receiver.received.push(received));
    } finally {
      waiting--;
    }
  });
  return receiver;
}

/**
 * What a request says, after the reference library of Standard Webhooks has verified it.
 * @throws when the signature or the time is wrong
 */
export function verified(secret: string, { body, headers }: Received): AlertBody {
  return new Webhook(secret).verify(body, headers) as AlertBody;
}

/** The body of an alert. */
interface AlertBody {
  type: string;
  timestamp: string;
  data: {
    organization: { slug: string; name: string; page_url: string };
    article: { id: string; title: string; page_url: string };
  };
}
