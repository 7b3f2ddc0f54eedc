import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distribution, newChallenge, ping, questionAddress } from "../../../src/delivery/websub.ts";
import { knownTopicAt, topicAt } from "../../../src/feeds/topic.ts";
import { parse } from "../../../src/model/parse.ts";
import { HubRequest } from "../../../src/model/subscription.ts";

const question = {
  mode: "subscribe",
  topic: "https://news.example/a/feed.rss",
  leaseSeconds: 60,
  verifyToken: null,
} as const;

describe("the address of a question", () => {
  test("begins with the callback, byte for byte, and says what it says after it, whatever both contain", () => {
    fc.assert(
      fc.property(
        fc.webUrl({ withQueryParameters: true }),
        fc.string(),
        fc.string(),
        (callback, topic, challenge) => {
          const address = questionAddress(callback, { ...question, topic: topic.toWellFormed(), challenge });
          expect(address.startsWith(callback)).toBe(true);
          const added = new URLSearchParams(address.slice(callback.length).replace(/^[?&]/, ""));
          expect(Object.fromEntries(added)).toEqual({
            "hub.mode": "subscribe",
            "hub.topic": topic.toWellFormed(),
            "hub.challenge": challenge.toWellFormed(),
            "hub.lease_seconds": "60",
          });
        },
      ),
    );
  });

  test.each([
    ["https://r.example/push", "https://r.example/push?hub.mode="],
    ["https://r.example/push?", "https://r.example/push?hub.mode="],
    ["https://r.example/push?a", "https://r.example/push?a&hub.mode="],
    ["https://r.example/push?a&", "https://r.example/push?a&hub.mode="],
    ["https://r.example/push?hub.mode=mine", "https://r.example/push?hub.mode=mine&hub.mode="],
  ])("of %s is %s…", (callback, beginning) => {
    expect(questionAddress(callback, { ...question, challenge: "c" }).startsWith(beginning)).toBe(true);
  });

  test("of a denial says why", () => {
    const address = questionAddress("https://r.example/", {
      mode: "denied",
      topic: "t",
      reason: "No room & no feed",
    });
    expect(Object.fromEntries(new URL(address).searchParams)).toEqual({
      "hub.mode": "denied",
      "hub.topic": "t",
      "hub.reason": "No room & no feed",
    });
  });
});

test("challenges are long, and never the same", () => {
  const challenges = Array.from({ length: 100 }, newChallenge);
  expect(new Set(challenges).size).toBe(100);
  for (const challenge of challenges) expect(challenge).toMatch(/^[0-9a-f]{48}$/);
});

// RFC 4231 §4.3, test case 2: the signature of a known key and text.
test("a distribution is signed by HMAC", async () => {
  const content = { type: "text/plain", body: "what do ya want for nothing?" };
  const { headers } = await distribution(
    content,
    { hub: "h", self: "s" },
    { method: "sha256", secret: "Jefe" },
  );
  expect(headers["x-hub-signature"]).toBe(
    "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

test("a ping names the topic as both versions of PubSubHubbub do", () => {
  expect(Object.fromEntries(new URLSearchParams(ping("https://n.example/a?b=c&d").body))).toEqual({
    "hub.mode": "publish",
    "hub.url": "https://n.example/a?b=c&d",
    "hub.topic": "https://n.example/a?b=c&d",
  });
});

test("a form of whatever text is read or refused by name, and never throws", () => {
  const names = ["mode", "topic", "callback", "lease_seconds", "secret", "signature_method", "verify_token"];
  const form = fc.dictionary(fc.constantFrom(...names.map((name) => `hub.${name}`), "other"), fc.string());
  fc.assert(
    fc.property(form, (fields) => {
      const read = parse(HubRequest, fields);
      if (read.ok) {
        expect(read.value.leaseSeconds).toBeGreaterThan(0);
        expect(read.value.secret).not.toBe("");
      } else {
        expect(read.failure.tag).toBe("invalid");
        if (read.failure.tag === "invalid") {
          for (const { path } of read.failure.errors) expect(path).toMatch(/^hub\./);
        }
      }
    }),
  );
});

describe("a topic", () => {
  const site = "https://news.example";

  test.each([
    ["/icesco/feed.rss", ["icesco"], null],
    ["/icesco/feed.json?tag=a,b&exclude=tag:c", ["icesco"], "tag"],
    ["/feed.atom?organization=icesco,oic", ["icesco", "oic"], "organization"],
    ["/feed.atom?organization=icesco&exclude=organization:oic", ["icesco", "oic"], "organization"],
  ])("is at %s", (path, organizations, field) => {
    const topic = topicAt(site + path, site);
    expect(topic?.organizations).toEqual(organizations);
    expect(topic?.filter === null).toBe(field === null);
    expect(topic?.address).toBe(site + path);
  });

  test("is known at the address that it had when a colon was encoded, and is at the one that it has now", () => {
    const former = `${site}/icesco/feed.json?tag=a&exclude=tag%3Ac`;
    expect(topicAt(former, site)).toBeNull();
    expect(knownTopicAt(former, site)?.address).toBe(`${site}/icesco/feed.json?tag=a&exclude=tag:c`);
  });

  test.each([
    "/icesco",
    "/icesco/feed",
    "/icesco/feed.xml",
    "/icesco/archive/1.atom",
    "/private/key_x/icesco/feed.atom",
    "/feed.atom",
    "/icesco/feed.atom?",
    "/icesco/feed.atom#x",
    "/icesco/feed.atom?tag=b,a",
    "/icesco/feed.atom?tag=A",
    "/icesco/feed.atom?what=ever",
    "/icesco/feed.atom?organization=oic",
    "//feed.atom",
    "",
  ])("is not at %j", (path) => {
    expect(topicAt(site + path, site)).toBeNull();
  });

  test("is never found by whatever text, nor does it throw", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true })), (text) => {
        expect(topicAt(text, site)).toBeNull();
      }),
    );
  });
});
