import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { customHeaders } from "../../../src/model/custom-headers.ts";
import { parse } from "../../../src/model/parse.ts";
import { WebhookInput } from "../../../src/model/webhook.ts";

const messages = (headers: unknown): string[] => {
  const result = parse(customHeaders, headers);
  return result.ok || result.failure.tag !== "invalid"
    ? []
    : result.failure.errors.map(({ message }) => message);
};

describe("custom headers", () => {
  test("come out by name in lower case, their values trimmed", () => {
    expect(parse(customHeaders, { Authorization: " Bearer x ", "X-A": "a\tb" })).toEqual({
      ok: true,
      value: { authorization: "Bearer x", "x-a": "a\tb" },
    });
  });

  test.each([
    "Host",
    "Content-Length",
    "Content-Type",
    "Connection",
    "Keep-Alive",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Proxy-Authorization",
    "Webhook-Id",
    "webhook-signature",
    "User-Agent",
    "CF-Connecting-IP",
    "X-Forwarded-For",
    "Expect",
  ])("%s is not the consumer's to set", (name) => {
    expect(messages({ [name]: "x" })).toEqual([`${name.toLowerCase()} is not yours to set`]);
  });

  test.each([
    [{ "a b": "x" }, '"a b" is not a header\'s name'],
    [{ "": "x" }, '"" is not a header\'s name'],
    [{ "x-a": "one\r\nx-b: two" }, "the value of x-a must be visible ASCII characters"],
    [{ "x-a": "" }, "the value of x-a must be visible ASCII characters"],
    [{ "x-a": "é" }, "the value of x-a must be visible ASCII characters"],
    [{ "X-A": "1", "x-a": "2" }, "must not name a header twice"],
    [Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`x-${index}`, "1"])), "must be at most 20"],
  ])("%j: %s", (headers, message) => {
    expect(messages(headers)).toEqual([message]);
  });

  test("that are accepted can be sent", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (input) => {
        const result = parse(customHeaders, input);
        if (!result.ok) return;
        const sent = new Headers(result.value);
        for (const [name, value] of Object.entries(result.value)) expect(sent.get(name)).toBe(value);
      }),
    );
  });
});

test.each([
  [{ retry_seconds: [0] }, "retry_seconds.0", "must be at least 1"],
  [{ retry_seconds: [604_801] }, "retry_seconds.0", "must be at most 604800"],
  [{ retry_seconds: Array(21).fill(1) }, "retry_seconds", "must have at most 20 waits"],
  [{ per_minute: 0 }, "per_minute", "must be at least 1"],
  [{ per_minute: 1.5 }, "per_minute", "must be a whole number"],
  [{ filter: "tag=" }, "filter", "tag must not be empty"],
])("of a webhook %j is refused", (fields, path, message) => {
  expect(parse(WebhookInput, { url: "https://a.example/", ...fields })).toEqual({
    ok: false,
    failure: { tag: "invalid", errors: [{ path, message }] },
  });
});
