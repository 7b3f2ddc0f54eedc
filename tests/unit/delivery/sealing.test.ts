import { createDecipheriv } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isSealed, isSealingKey, seal, unseal } from "../../../src/delivery/sealing.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const OTHER = Buffer.alloc(32, 8).toString("base64");

test("what was sealed opens again, whatever it is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.string(), async (text, place) => {
      const sealed = await seal(KEY, place, text);
      expect(isSealed(sealed)).toBe(true);
      expect(await unseal(KEY, place, sealed)).toBe(text);
    }),
    { numRuns: 30 },
  );
});

test("it is AES-256-GCM as another implementation has it", async () => {
  const [iv, body] = (await seal(KEY, "end_1", "whsec_x"))
    .split(":")
    .slice(2)
    .map((part) => Buffer.from(part, "base64"));
  if (!iv || !body) throw new Error("not three parts");
  const decipher = createDecipheriv("aes-256-gcm", Buffer.alloc(32, 7), iv);
  decipher.setAAD(Buffer.from("end_1"));
  decipher.setAuthTag(body.subarray(-16));
  expect(decipher.update(body.subarray(0, -16), undefined, "utf8") + decipher.final("utf8")).toBe("whsec_x");
});

test("it opens with no other key, at no other place, and not when a character was changed", async () => {
  const sealed = await seal(KEY, "end_1", "whsec_x");
  // A whole character of the text: of the last one of base64 some bits are not part of any byte (RFC 4648 §3.5).
  const at = sealed.lastIndexOf(":") + 1;
  const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
  expect(await unseal(OTHER, "end_1", sealed)).toBe(null);
  expect(await unseal(KEY, "end_2", sealed)).toBe(null);
  expect(await unseal(KEY, "end_1", changed)).toBe(null);
  expect(await unseal(KEY, "end_1", "sealed:1:?")).toBe(null);
});

test("the same text is sealed differently each time", async () => {
  expect(await seal(KEY, "end_1", "x")).not.toBe(await seal(KEY, "end_1", "x"));
});

test.each([
  [KEY, true],
  [Buffer.alloc(31).toString("base64"), false],
  [Buffer.alloc(33).toString("base64"), false],
  ["not base64!", false],
  ["", false],
])("%j as a key: %s", (text, usable) => {
  expect(isSealingKey(text)).toBe(usable);
});
