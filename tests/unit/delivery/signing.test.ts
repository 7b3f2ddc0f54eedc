import { createHmac } from "node:crypto";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { isSecret, newSecret, signatureHeaders } from "../../../src/delivery/signing.ts";

const secretOf = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString("base64")}`;
const secret = fc.uint8Array({ minLength: 24, maxLength: 64 }).map(secretOf);
const sign = async (secret: string, id: string, seconds: number, body: string) =>
  (await signatureHeaders([secret], id, seconds, body))["webhook-signature"];
const nowSeconds = () => Math.floor(Date.now() / 1_000); // the verifier refuses any other day

test("signs the vector that the Standard Webhooks libraries share", async () => {
  expect(
    await sign(
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      1_614_265_330,
      '{"test": 2432232314}',
    ),
  ).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

test("signs as node:crypto does, with any secret and any text", async () => {
  const bytes = fc.uint8Array({ minLength: 24, maxLength: 64 });
  await fc.assert(
    fc.asyncProperty(
      bytes,
      fc.nat(4_000_000_000),
      fc.string({ unit: "binary" }),
      async (key, seconds, body) => {
        const hmac = createHmac("sha256", key).update(`evt_1.${seconds}.${body}`).digest("base64");
        expect(await sign(secretOf(key), "evt_1", seconds, body)).toBe(`v1,${hmac}`);
      },
    ),
  );
});

describe("the headers", () => {
  test("name the message, the second and each signature", async () => {
    const old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const body = '{"test": 2432232314}';
    expect(await signatureHeaders([old, old], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature":
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  test("satisfy the standardwebhooks package with each secret of a rotation", async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(secret, secret), fc.jsonValue(), async (secrets, value) => {
        const body = JSON.stringify(value);
        const headers = { ...(await signatureHeaders(secrets, "evt_1", nowSeconds(), body)) };
        for (const each of secrets) expect(new Webhook(each).verify(body, headers)).toEqual(JSON.parse(body));
      }),
      { numRuns: 25 },
    );
  });

  test("fail the package's check with another body, id or secret", async () => {
    const [ours, other] = [newSecret(), newSecret()];
    const headers = { ...(await signatureHeaders([ours], "evt_1", nowSeconds(), '{"a":1}')) };
    expect(() => new Webhook(ours).verify('{"a":2}', headers)).toThrow("No matching signature");
    expect(() => new Webhook(ours).verify('{"a":1}', { ...headers, "webhook-id": "evt_2" })).toThrow(
      "No matching signature",
    );
    expect(() => new Webhook(other).verify('{"a":1}', headers)).toThrow("No matching signature");
  });
});

describe("secrets", () => {
  test("a new one is whsec_ and 32 bytes, each its own", () => {
    expect(newSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(isSecret(newSecret())).toBe(true);
    expect(newSecret()).not.toBe(newSecret());
  });

  test("24 to 64 bytes are one, and no other length", () => {
    const lengths = Array.from({ length: 100 }, (_, length) => length);
    const accepted = lengths.filter((length) => isSecret(secretOf(new Uint8Array(length).fill(251))));
    expect(accepted).toEqual(lengths.slice(24, 65));
  });

  test.each([
    ["nothing", ""],
    ["no prefix", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    ["another prefix", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    ["prefix in capitals", "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    ["nothing behind the prefix", "whsec_"],
    ["no base64", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa*w"],
    ["base64 of URLs", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_"],
    ["a space", "whsec_MfKQ9r8GKYqrTwjUPD8ILP ZIo2LaLaSw"],
    ["a line end", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"],
    ["no padding", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
    ["stray bits in the last letter", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB="],
  ])("%s is none", (_what, text) => {
    expect(isSecret(text)).toBe(false);
  });
});
