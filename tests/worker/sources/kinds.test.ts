import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { stopClock, wait } from "../../support/clock.ts";
import { readDocumentText } from "../../support/feeds.ts";
import { KINDS } from "../../support/kinds.ts";
import { publish } from "../../support/objects.ts";
import { readXml } from "../../support/reading.ts";
import { get, newOrganization, publishIndex } from "../../support/service.ts";
import { publisher, sourcesOf, work } from "../../support/upstream.ts";

// The parser that reads strangers' feeds must not be the one that judges ours: here xmldom and fast-xml-parser do.
describe("a feed of each kind is taken in, and served again in each format", () => {
  const slugs: string[] = [];

  beforeAll(async () => {
    stopClock();
    const one = publisher(({ url }) => {
      const kind = KINDS[Number(new URL(url).pathname.slice(1))];
      return new Response(kind?.bytes ?? null, { headers: { "content-type": kind?.contentType ?? "" } });
    });
    for (const index of KINDS.keys()) {
      slugs.push(await newOrganization({ sources: [new URL(`/${index}`, one.url).href] }));
    }
    await publishIndex();
    wait(10_000);
    for (const slug of slugs) {
      for (const { id } of await sourcesOf(slug)) await work(id);
      await publish(slug);
    }
  });
  afterAll(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  test.each(KINDS.map((kind, index) => ({ ...kind, index })))("$name", async ({ index, title, text }) => {
    for (const format of ["rss", "atom", "json"]) {
      const document = await (await get(`/${slugs[index]}/feed.${format}`)).text();
      if (format !== "json") readXml(document); // by two parsers, which must agree
      expect(readDocumentText(format, document).titles).toEqual([title]);
      expect(document).toContain(text.split(" ").at(-1));
    }
  });
});
