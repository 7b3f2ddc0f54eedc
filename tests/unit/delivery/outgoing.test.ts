import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Answer, post } from "../../../src/store/outgoing.ts";

const PROMPT_MS = 5_000; // no test waits for this
const SHORT_MS = 60; // nor for this: tests of the time limit stop the clock

let answer: RequestListener = () => undefined;
let received: { method: string; path: string; headers: IncomingMessage["headers"]; body: string }[] = [];
let address = "";

const server = createServer(async (request, response) => {
  const body = (await buffer(request)).toString();
  received.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body });
  answer(request, response);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function send(respond: (response: ServerResponse) => void, more: Partial<Parameters<typeof post>[0]> = {}) {
  received = [];
  answer = (_request, response) => respond(response);
  return post({
    url: `${address}/hook`,
    headers: { "content-type": "application/json" },
    body: '{"a":"ü"}',
    timeoutMs: PROMPT_MS,
    keptBytes: 16,
    ...more,
  });
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Stops the clock. What is returned lets the time limit pass. */
function stopClock(): () => void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  return () => vi.advanceTimersByTime(SHORT_MS);
}

/** Lets the time limit pass when the first bytes of an answer's body have been read. */
function passTimeAfterFirstBytes(): void {
  const pass = stopClock();
  const { read } = ReadableStreamDefaultReader.prototype;
  vi.spyOn(ReadableStreamDefaultReader.prototype, "read").mockImplementation(function (
    this: ReadableStreamDefaultReader,
  ) {
    const part = read.call(this);
    part.then(
      ({ value }) => value && setImmediate(pass),
      () => undefined,
    );
    return part;
  });
}

/** An answer without the time it took, which is checked to be one. */
async function settled(promise: Promise<Answer>) {
  const { latencyMs, ...rest } = await promise;
  expect(latencyMs).toSatisfy((ms: number) => Number.isInteger(ms) && ms >= 0 && ms < PROMPT_MS);
  return rest;
}

describe("the request", () => {
  test("is a POST of the body, with the headers and the service's name", async () => {
    await send((response) => response.end(), {
      headers: { "content-type": "application/json", "webhook-id": "evt_1" },
    });
    expect(received).toMatchObject([
      {
        method: "POST",
        path: "/hook",
        headers: {
          "content-type": "application/json",
          "webhook-id": "evt_1",
          "user-agent": "Communique/1 (+webhooks)",
        },
        body: '{"a":"ü"}',
      },
    ]);
  });

  test("may name another user agent, in any case", async () => {
    await send((response) => response.end(), { headers: { "User-Agent": "Other/2" } });
    expect(received[0]?.headers["user-agent"]).toBe("Other/2");
  });
});

describe("the status", () => {
  test.each([
    [200, "none", "The receiver answered 200."],
    [201, "none", "The receiver answered 201."],
    [204, "none", "The receiver answered 204."],
    [299, "none", "The receiver answered 299."],
    [400, "status", "The receiver answered 400; only 2xx is a success."],
    [410, "status", "The receiver answered 410; only 2xx is a success."],
    [500, "status", "The receiver answered 500; only 2xx is a success."],
    [304, "redirect", "The receiver answered 304; redirects are not followed."],
  ])("%i is %s", async (status, error, detail) => {
    const result = await settled(send((response) => response.writeHead(status).end()));
    expect(result).toEqual({ status, error, detail, response: "" });
  });

  test.each([301, 302, 303, 307, 308])("%i is not followed", async (status) => {
    const result = await settled(
      send((response) => response.writeHead(status, { location: "/elsewhere" }).end("moved")),
    );
    expect(result).toMatchObject({ status, error: "redirect", response: "moved" });
    expect(received.map(({ path }) => path)).toEqual(["/hook"]);
  });

  test("of an error comes with the first bytes of its body", async () => {
    const result = await settled(send((response) => response.writeHead(500).end("out of memory, sorry")));
    expect(result).toMatchObject({ status: 500, error: "status", response: "out of memory, s" });
  });
});

describe("the body", () => {
  test("is kept whole when it is short", async () => {
    expect(await send((response) => response.end("thanks"))).toMatchObject({
      error: "none",
      response: "thanks",
    });
  });

  test("is cut before a character that does not fit", async () => {
    expect((await send((response) => response.end("123456789012345ü"))).response).toBe("123456789012345");
  });

  test("is not read at all when nothing is kept", async () => {
    expect((await send((response) => response.end("thanks"), { keptBytes: 0 })).response).toBe("");
  });

  test.each([
    ["plain", {}, Buffer.alloc(65_536, "x")],
    ["packed a thousandfold", { "content-encoding": "gzip" }, gzipSync(Buffer.alloc(1_000_000, "x"))],
  ])("without end, %s, is left as soon as enough is kept", async (_how, headers, part) => {
    const left = Promise.withResolvers<void>();
    const kept = { keptBytes: 100_000 }; // more than comes in one piece
    const result = await send((response) => {
      const pour = () => {
        while (!response.destroyed && response.write(part));
      };
      response.writeHead(200, headers).on("drain", pour).on("close", left.resolve);
      pour();
    }, kept);
    await left.promise;
    expect(result).toMatchObject({ status: 200, error: "none", response: "x".repeat(100_000) });
  });

  test("that is no gzip though it says so changes nothing", async () => {
    const result = await send((response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end("plain"),
    );
    expect(result).toMatchObject({ status: 200, error: "none", response: "" });
  });

  test.each([200, 500])("that breaks off leaves the %i as it is, with what had come", async (status) => {
    const result = await send((response) => {
      response.writeHead(status, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    expect(result).toMatchObject({ status, error: status === 200 ? "none" : "status", response: "half" });
  });

  test.each([200, 500])("that hangs leaves the %i as it is, when the time is up", async (status) => {
    const hanging = (response: ServerResponse) => {
      response.writeHead(status).write("half");
    };
    passTimeAfterFirstBytes();
    const result = await settled(send(hanging, { timeoutMs: SHORT_MS }));
    expect(result).toMatchObject({ status, error: status === 200 ? "none" : "status", response: "half" });
  });

  test("that trickles is left when the time is up", async () => {
    let trickle: NodeJS.Timeout | undefined;
    const closed = Promise.withResolvers<void>();
    const trickling = (response: ServerResponse) => {
      trickle = setInterval(() => response.write("."), 5);
      response.on("close", closed.resolve);
    };
    passTimeAfterFirstBytes();
    const result = await send(trickling, { timeoutMs: SHORT_MS, keptBytes: 4_096 });
    await closed.promise;
    clearInterval(trickle);
    expect(result).toMatchObject({ status: 200, error: "none", response: expect.stringMatching(/^\.+$/) });
  });
});

describe("no answer", () => {
  const unconnected = {
    status: null,
    error: "connection",
    detail: "The connection failed, or ended before an answer came.",
    response: "",
  };

  test("in time", async () => {
    const result = await send(stopClock(), { timeoutMs: SHORT_MS });
    expect(result).toMatchObject({
      status: null,
      error: "timeout",
      detail: "No answer came within 0.06 s.",
      response: "",
    });
    expect(result.latencyMs).toBe(SHORT_MS);
  });

  test("but a closed connection", async () => {
    expect(await settled(send((response) => response.destroy()))).toEqual(unconnected);
  });

  test("but a reset", async () => {
    expect(await settled(send((response) => response.socket?.resetAndDestroy()))).toEqual(unconnected);
  });

  test("but something that is not HTTP", async () => {
    expect(await settled(send((response) => response.socket?.end("SSH-2.0-OpenSSH_9.9\r\n")))).toEqual(
      unconnected,
    );
  });

  test("for nothing listens", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const result = send(() => undefined, { url: `http://127.0.0.1:${port}/?token=secret` });
    expect(await settled(result)).toEqual(unconnected);
  });

  test.each([
    ["an address that is none", { url: "http://[secret" }],
    ["a header that is none", { headers: { "a b": "secret" } }],
  ])("for %s, and no word of it", async (_what, more) => {
    expect(await settled(send(() => undefined, more))).toEqual(unconnected);
    expect(received).toEqual([]);
  });
});
