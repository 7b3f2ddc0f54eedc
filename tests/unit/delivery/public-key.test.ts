import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isSigningKey, publicKeyOf, signWithKey } from "../../../src/delivery/public-key.ts";
import { signatureHeaders } from "../../../src/delivery/signing.ts";

// RFC 8032 §7.1, tests 1 and 2.
const SEED_1 = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC_1 = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const SEED_2 = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
const SIGNATURE_2 =
  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

const base64 = (hex: string) => Buffer.from(hex, "hex").toString("base64");
const keyOf = (seed: string) => `whsk_${base64(seed)}`;

test("the public key is that of RFC 8032", async () => {
  expect(await publicKeyOf(keyOf(SEED_1))).toBe(`whpk_${base64(PUBLIC_1)}`);
});

test("the signature is that of RFC 8032", async () => {
  expect(await signWithKey(keyOf(SEED_2), Uint8Array.of(0x72))).toBe(`v1a,${base64(SIGNATURE_2)}`);
});

test("what is signed is verified by another implementation", async () => {
  const der = Buffer.concat([
    Buffer.from("302e020100300506032b657004220420", "hex"),
    Buffer.from(SEED_1, "hex"),
  ]);
  const key = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), async (body) => {
      const headers = await signatureHeaders([secret], "evt_1", 1_700_000_000, body, keyOf(SEED_1));
      const [v1, v1a] = headers["webhook-signature"].split(" ");
      expect(v1).toMatch(/^v1,/);
      const signature = Buffer.from(v1a?.replace("v1a,", "") ?? "", "base64");
      expect(verify(null, Buffer.from(`evt_1.1700000000.${body}`), key, signature)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test.each([
  [keyOf(SEED_1), true],
  [base64(SEED_1), false],
  [`whsk_${base64(`${SEED_1}00`)}`, false],
  ["whsk_?", false],
  ["", false],
])("%j is a signing key: %s", (text, usable) => {
  expect(isSigningKey(text)).toBe(usable);
});
