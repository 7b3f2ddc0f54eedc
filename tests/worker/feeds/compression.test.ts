import { beforeAll, describe, expect, test } from "vitest";
import { stopClock } from "../../support/clock.ts";
import { answerOf, tagsOf } from "../../support/feeds.ts";
import { publish } from "../../support/objects.ts";
import { newArticle, newOrganization } from "../../support/service.ts";

let slug: string;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization();
  await newArticle(slug, { title: "Café", content_text: "Long enough to be worth it. ".repeat(50) });
  await publish(slug);
});

/** An answer to a client that accepts these codings; the platform tells of them apart from the headers. */
const accepting = (accepted: string | undefined, path: string, headers: Record<string, string> = {}) =>
  answerOf(path, { headers, cf: { clientAcceptEncoding: accepted } as IncomingRequestCfProperties });

/** The text of an answer that says that it is compressed. */
async function decompressed(response: Response): Promise<string> {
  expect(response.headers.get("content-encoding")).toBe("gzip");
  const bytes = await response.arrayBuffer();
  expect([...new Uint8Array(bytes).slice(0, 2)]).toEqual([0x1f, 0x8b]); // RFC 1952 §2.3.1
  return new Response(new Response(bytes).body?.pipeThrough(new DecompressionStream("gzip")) ?? null).text();
}

describe.each(["atom", "json"])("%s", (format) => {
  const path = () => `/${slug}/feed.${format}`;

  test.each(["gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8, *;q=0.1", "deflate,gzip", "GZIP"])(
    "comes compressed to who accepts %s, and is the same once decompressed",
    async (accepted) => {
      const plain = await accepting(undefined, path());
      const response = await accepting(accepted, path());
      expect(await decompressed(response)).toBe(await plain.text());
    },
  );

  test("is named by a weak tag then: the strong one names other bytes", async () => {
    const response = await accepting("gzip", path());
    const { [format]: tag = "" } = await tagsOf(slug);
    expect(response.headers.get("etag")).toBe(`W/${tag}`);
    expect(response.headers.get("vary")).toContain("Accept-Encoding");
    await response.body?.cancel();
    const unchanged = await accepting("gzip", path(), { "if-none-match": `W/${tag}` });
    expect([unchanged.status, unchanged.body, unchanged.headers.get("content-encoding")]).toEqual([
      304,
      null,
      null,
    ]);
  });

  test.each([undefined, "", "identity", "br, deflate", "gzip;q=0", "br, gzip; q=0.0, *", "xgzip"])(
    "comes as it is to who accepts %j, whatever the platform itself accepts",
    async (accepted) => {
      const response = await accepting(accepted, path(), { "accept-encoding": "br, gzip" });
      expect(response.headers.get("content-encoding")).toBeNull();
      expect(response.headers.get("etag")).toMatch(/^"/);
      expect(await response.text()).toContain("Café");
    },
  );

  test("compresses filtered feeds, archives and deltas alike", async () => {
    const filtered = await accepting("gzip", `${path()}?q=caf%C3%A9`);
    expect(await decompressed(filtered)).toContain("Café");
    const archive = await accepting("gzip", `/${slug}/archive/1.${format}`);
    expect(await decompressed(archive)).toContain("Café");
    const { [format]: tag = "" } = await tagsOf(slug);
    await newArticle(slug, { title: "Newer" });
    await publish(slug);
    const delta = await accepting("gzip", path(), { "a-im": "feed", "if-none-match": `W/${tag}` });
    expect(delta.status).toBe(226);
    expect(await decompressed(delta)).toContain("Newer");
  });
});

test("RSS is left to the platform, which compresses it by itself", async () => {
  const response = await accepting("gzip", `/${slug}/feed.rss`);
  expect(response.headers.get("content-encoding")).toBeNull();
  expect(await response.text()).toContain("Café");
});
