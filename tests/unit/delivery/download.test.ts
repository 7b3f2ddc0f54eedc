import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { download } from "../../../src/store/download.ts";

let answer: RequestListener = () => undefined;
let address = "";
const server = createServer((request, response) => answer(request, response));

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/feed`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const get = (respond: RequestListener, timeoutMs = 5_000) => {
  answer = respond;
  return download({ url: address, headers: { accept: "x" }, timeoutMs, mostBytes: 10 });
};
const text = async (respond: RequestListener) => {
  const got = await get(respond);
  return got.ok ? [got.status, new TextDecoder().decode(got.bytes)] : got;
};

test("what was sent is what came, unpacked", async () => {
  expect(await text((_request, response) => response.end("ten bytes!"))).toEqual([200, "ten bytes!"]);
  const packed = gzipSync("ten bytes!");
  expect(
    await text((_request, response) => response.setHeader("content-encoding", "gzip").end(packed)),
  ).toEqual([200, "ten bytes!"]);
});

test("more than it may be is refused, by its size unpacked", async () => {
  const failure = { ok: false, status: 200, detail: "It has more than 10 bytes." };
  expect(await get((_request, response) => response.end("ten bytes!!"))).toEqual(failure);
  const packed = gzipSync("a".repeat(1_000_000));
  expect(
    await get((_request, response) => response.setHeader("content-encoding", "gzip").end(packed)),
  ).toEqual(failure);
});

test("redirects and refusals are told, not followed, and nothing of their bodies is kept", async () => {
  expect(
    await text((_request, response) => response.writeHead(301, { location: "/" }).end("long, long body")),
  ).toEqual([301, ""]);
  expect(await text((_request, response) => response.writeHead(404).end("long, long body"))).toEqual([
    404,
    "",
  ]);
});

test("a body that breaks off is no document", async () => {
  const got = await get((_request, response) => {
    response.writeHead(200, { "content-length": "9" });
    response.write("half", () => response.destroy());
  });
  expect(got).toEqual({
    ok: false,
    status: null,
    detail: "The connection failed, or ended before an answer came.",
  });
});

test("a body that hangs is waited for no longer than the whole may take", async () => {
  const got = await get((_request, response) => void response.write("half"), 60);
  expect(got).toEqual({ ok: false, status: null, detail: "No answer came within 0.06 s." });
});
