import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { stopClock } from "../../support/clock.ts";
import { titlesInFeed } from "../../support/items.ts";
import { ADMIN_TOKEN, fresh, json, newOrganization, type ShownProblem, send } from "../../support/service.ts";

let slug: string;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization();
});

/** A POST of bytes or text as they are. */
function post(path: string, body: BodyInit | null, type: string | null): Promise<Response> {
  const headers = new Headers({ authorization: `Bearer ${ADMIN_TOKEN}` });
  if (type !== null) headers.set("content-type", type);
  return send("POST", `/api/v1${path}`, { headers, body });
}

/** The same, but without a declared length. */
function postStream(path: string, text: string, type: string): Promise<Response> {
  const bytes = new TextEncoder().encode(text);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 65_536) controller.enqueue(bytes.slice(at, at + 65_536));
      controller.close();
    },
  });
  return post(path, stream, type);
}

const JSON_TYPE = "application/json";
const article = (fields: Record<string, unknown> = {}) =>
  JSON.stringify({ organizations: [slug], title: "News", ...fields });

/** An article of a number of bytes, filled up with what JSON does not count as content. */
const ofBytes = (bytes: number): string => article().padEnd(bytes);

describe("a malformed body (400)", () => {
  test.each(["", "{", "{'title':1}", "title=News", '{"title":"\u0001"}', "{}{}"])(
    "rejects %j as JSON",
    async (text) => {
      const refused = await json<ShownProblem>(post("/articles", text, JSON_TYPE), 400);
      expect(refused).toMatchObject({
        type: "urn:communique:problem:malformed",
        detail: expect.stringMatching(/^The text is not JSON\. Line 1, column \d+: [^"\n]+\.$/),
      });
    },
  );

  test.each(["/articles", "/articles/batch", "/tokens"])(
    "rejects a body that is not UTF-8 at %s",
    async (path) => {
      const latin1 = Uint8Array.from(article({ title: "Caf\u00e9" }), (character) => character.charCodeAt(0));
      const refused = await json<ShownProblem>(post(path, latin1, JSON_TYPE), 400);
      expect(refused.detail).toBe("The body is not UTF-8.");
    },
  );

  test("accepts a byte order mark", async () => {
    expect((await post("/articles", `\uFEFF${article()}`, JSON_TYPE)).status).toBe(201);
  });
});

describe("the media type of a body (415)", () => {
  test.each([
    null,
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/json",
    "application/json-patch+json",
  ])("rejects %s", async (type) => {
    const body = new TextEncoder().encode(article()); // bytes, for which nobody fills in a media type
    const refused = await json<ShownProblem>(post("/articles", body, type), 415);
    expect(refused).toMatchObject({
      type: "urn:communique:problem:unsupported-media-type",
      detail: "Send application/json.",
    });
  });

  test.each(["application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"])(
    "accepts %s",
    async (type) => {
      expect((await post("/articles", article(), type)).status).toBe(201);
    },
  );
});

describe("the size of a body (413)", () => {
  test("accepts 500,000 bytes for an article, with or without Content-Length", async () => {
    expect((await post("/articles", ofBytes(500_000), JSON_TYPE)).status).toBe(201);
    expect((await postStream("/articles", ofBytes(500_000), JSON_TYPE)).status).toBe(201);
  });

  test("rejects one byte more with Content-Length", async () => {
    const refused = await json<ShownProblem>(post("/articles", ofBytes(500_001), JSON_TYPE), 413);
    expect(refused).toMatchObject({
      type: "urn:communique:problem:too-large",
      detail: "The body may have at most 500000 bytes.",
    });
  });

  test("rejects one byte more without Content-Length", async () => {
    expect((await postStream("/articles", ofBytes(500_001), JSON_TYPE)).status).toBe(413);
  });

  test("accepts 10,000,000 bytes for a batch", async () => {
    const batch = (bytes: number) => `[${article()}]`.padEnd(bytes);
    expect((await post("/articles/batch", batch(10_000_000), JSON_TYPE)).status).toBe(200);
    expect((await post("/articles/batch", batch(10_000_001), JSON_TYPE)).status).toBe(413);
    expect((await postStream("/articles/batch", batch(10_000_001), JSON_TYPE)).status).toBe(413);
  });

  test("stores nothing of a body that is too large", async () => {
    const [own, id] = [await newOrganization(), fresh("large")];
    const body = JSON.stringify({ id, organizations: [own], title: "Large" }).padEnd(500_001);
    expect((await postStream("/articles", body, JSON_TYPE)).status).toBe(413);
    expect(await env.RECORDS.get(`article:${id}`)).toBeNull();
    expect(await titlesInFeed(own)).toEqual([]);
  });
});
