import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formats } from "../../../src/delivery/formats.ts";

const MESSAGE = { eventId: "evt_1", seq: 7, article_id: "art_1", type: "article.withdrawn" } as const;

describe("standard", () => {
  test("is the JSON of type, timestamp and data", () => {
    const event = {
      eventId: "evt_1",
      seq: 7,
      type: "article.published",
      article_id: "art_1",
      at: Date.UTC(2025, 11, 17, 9, 11, 0, 250),
      data: '{"organization":{"slug":"acme"},"article":{"id":"art_1"}}',
    } as const;
    expect(formats.standard.contentType).toBe("application/json");
    expect(formats.standard.body(event)).toBe(
      '{"type":"article.published","timestamp":"2025-12-17T09:11:00Z","sequence":7,"data":{"organization":{"slug":"acme"},"article":{"id":"art_1"}}}',
    );
  });

  test("carries any data unchanged", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4_000_000_000_000), (value, at) => {
        const data = JSON.stringify(value);
        const body = formats.standard.body({ ...MESSAGE, at, data });
        expect(JSON.parse(body)).toEqual({
          type: "article.withdrawn",
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          sequence: 7,
          data: JSON.parse(data),
        });
      }),
    );
  });
});
