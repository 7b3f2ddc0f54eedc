import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { channelOf } from "../../../src/objects/stubs.ts";
import type { Actor, Input, Policy } from "../../../src/publishing/draft.ts";
import { publish as publishAll } from "../../../src/publishing/pipeline.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { watchLog } from "../../support/log.ts";
import { deliver, newWebhook, publish, titlesIn } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { fresh, newOrganization } from "../../support/service.ts";

let slug: string;
let other: string;

stopClockForEachTest();
beforeEach(async () => {
  watchLog("warn");
  [slug, other] = [await newOrganization(), await newOrganization()];
});

const input = (fields: Record<string, unknown> = {}, more: Partial<Input> = {}): Input => ({
  id: fresh("a"),
  idBy: "publisher",
  fields: { organizations: [slug], title: "News", ...fields },
  ...more,
});

const OPERATOR: Actor = { kind: "service", onBehalfOf: "operator" };
const FOR_ITS_ORGANIZATIONS: Actor = { kind: "service", onBehalfOf: "organizations" };
const SOURCES: Policy["source"][] = ["statement", "export", "record"];

/** What came of each: its outcome, or why it failed. */
const outcomes = async (inputs: Input[], policy: Policy): Promise<string[]> =>
  (await publishAll(env, inputs, policy)).map((one) => (one.ok ? one.value.outcome : one.failure.tag));

describe.each(SOURCES)("a %s", (source) => {
  test.each([true, false])("tells webhooks only if it is to: notify %j", async (notify) => {
    const { received } = receive();
    const { id } = await newWebhook(slug);
    await publishAll(env, [input()], { actor: OPERATOR, notify, source });
    await publish(slug);
    await deliver(id);
    expect(await titlesIn(slug)).toEqual(["News"]);
    expect(received).toHaveLength(notify ? 1 : 0);
  });

  test("that fails harms no other", async () => {
    const inputs = [
      input({ title: "First" }),
      input({ content_html: "<div>".repeat(1_000) }),
      input({ organizations: ["nobody-at-all"] }),
      input({ title: "Last" }),
    ];
    const [first, deep, unknown, last] = await outcomes(inputs, { actor: OPERATOR, notify: true, source });
    expect([deep, unknown]).toEqual(["unrenderable", "invalid"]);
    expect(first).toBe(last);
    await publish(slug);
    expect((await titlesIn(slug)).sort()).toEqual(["First", "Last"]);
  });

  test("with an id twice counts once", async () => {
    const one = input();
    const [, second] = await outcomes([one, one], { actor: OPERATOR, notify: true, source });
    expect(second).toBe("invalid");
  });
});

describe("who publishes", () => {
  test("the service for organizations changes no article that belongs to others too", async () => {
    const policy = { actor: FOR_ITS_ORGANIZATIONS, notify: true, source: "statement" } as const;
    const own = input();
    const shared = input({ organizations: [slug, other] });
    await outcomes([own, shared], { ...policy, actor: OPERATOR });
    const edit = (one: Input): Input => ({ ...one, fields: { organizations: [slug], title: "Edited" } });
    expect(await outcomes([edit(own), edit(shared)], policy)).toEqual(["updated", "forbidden"]);
    expect(await outcomes([edit(shared)], { ...policy, actor: OPERATOR })).toEqual(["updated"]);
  });
});

describe("what is believed", () => {
  const dated = { published_at: "2030-01-01T00:00:00Z", updated_at: "2031-01-01T00:00:00Z" };

  test.each([
    ["statement", "2030-01-01T00:00:00Z"],
    ["export", dated.updated_at],
    ["record", dated.updated_at],
  ] as const)("of a %s: when it changed", async (source, updated_at) => {
    const [one] = await publishAll(env, [input(dated)], { actor: OPERATOR, notify: true, source });
    expect(one).toMatchObject({ ok: true, value: { article: { updated_at } } });
  });

  test("of an export: nothing that is older than what stands here", async () => {
    const one = input(dated);
    const policy = { actor: OPERATOR, notify: true, source: "export" } as const;
    const older = {
      ...one,
      fields: { ...input().fields, ...dated, title: "Older", updated_at: "2030-06-01T00:00:00Z" },
    };
    expect(await outcomes([one], policy)).toEqual(["created"]);
    expect(await outcomes([older], policy)).toEqual(["kept"]);
  });
});

describe("in which order", () => {
  test("a statement is written before its channels know it, an export after, a record not at all", async () => {
    watchLog("error");
    const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
    const put = vi.spyOn(kv, "put").mockRejectedValue(new Error("KV PUT failed"));
    const known: Record<string, number> = {};
    for (const source of SOURCES) {
      const own = await channelOf(env, slug).articles.announced("");
      const [outcome] = await outcomes([input()], { actor: OPERATOR, notify: true, source });
      expect(outcome).toBe(source === "record" ? "updated" : "unavailable");
      const now = await channelOf(env, slug).articles.announced("");
      known[source] = now.entries.length - own.entries.length;
    }
    put.mockRestore();
    expect(known).toEqual({ statement: 0, export: 1, record: 1 });
  });

  test("what reaches more channels than may be called waits, and is not written", async () => {
    const policy = {
      actor: OPERATOR,
      notify: true,
      source: "statement",
      channels: { most: 1, alone: true },
    } as const;
    const inputs = [input(), input({ organizations: [other] }), input()];
    expect(await outcomes(inputs, policy)).toEqual(["created", "unavailable", "created"]);
    expect(await env.RECORDS.get(`article:${inputs[1]?.id}`)).toBeNull();
  });
});
