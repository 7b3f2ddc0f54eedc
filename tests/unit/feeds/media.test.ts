import { expect, test } from "vitest";
import { mediaType } from "../../../src/feeds/media.ts";

test.each([
  ["https://example.org/a.jpg", "image/jpeg"],
  ["https://example.org/a.JPEG?width=1#top", "image/jpeg"],
  ["https://example.org/a.b.png", "image/png"],
  ["https://example.org/a.svg", "image/svg+xml"],
  ["https://example.org/a.webp", "image/webp"],
  ["https://example.org/a", undefined],
  ["https://example.org/jpg", undefined],
  ["https://example.org/a?file=b.jpg", undefined],
  ["https://example.jpg/", undefined],
  ["https://example.org/a.html", undefined],
  ["https://example.org/a.constructor", undefined],
])("%s is told to be %s", (address, type) => {
  expect(mediaType(address)).toBe(type);
});
