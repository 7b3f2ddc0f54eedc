import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { directoryOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { watchLog } from "../../support/log.ts";
import { countRows, publish, titlesIn } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { newOrganization } from "../../support/service.ts";
import { minute, minutes, putRecord } from "../../support/sweeping.ts";

const HOUR_MS = 3_600_000;

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  watchLog("warn");
  watchLog("error");
});

/** Two organizations that the sweep has seen; the channel of the first cannot be reached. */
async function oneFailing(): Promise<{ failing: string; healthy: string }> {
  const [failing, healthy] = [await newOrganization(), await newOrganization()];
  await publish(failing);
  await publish(healthy);
  await minutes(3);
  const name = env.CHANNEL.idFromName(failing).toString();
  const namespace = Object.getPrototypeOf(env.CHANNEL) as DurableObjectNamespace;
  const find = namespace.get;
  vi.spyOn(namespace, "get").mockImplementation(function (this: DurableObjectNamespace, id, ...rest) {
    if (id.toString() === name) throw new Error("the object cannot be reached");
    return Reflect.apply(find, this, [id, ...rest]);
  });
  return { failing, healthy };
}

const putArticles = async (slug: string, prefix: string, count: number): Promise<void> => {
  for (let number = 100; number < 100 + count; number++)
    await putRecord(`article:${prefix}${number}`, { organizations: [slug], title: `${prefix}${number}` });
};

describe("records whose channel cannot be reached", () => {
  test.each([49, 60, 150])("%i of them do not keep out a record of another organization", async (count) => {
    const { failing, healthy } = await oneFailing();
    await putArticles(failing, "a", count);
    await putRecord("article:z", { organizations: [healthy], title: "News" });
    await minutes(Math.ceil(count / 40) + 1);
    await publish(healthy);
    expect(await titlesIn(healthy)).toEqual(["News"]);
  });

  test("are handed over less and less often, and within an hour when the channel is back", async () => {
    const { failing } = await oneFailing();
    await putArticles(failing, "a", 3);
    await minutes(240);
    const attempts = await countRows(directoryOf(env), "record_attempts WHERE attempts BETWEEN 8 AND 16");
    expect(attempts).toBe(3);
    vi.restoreAllMocks();
    watchLog("warn");
    wait(HOUR_MS);
    await minutes(2);
    await publish(failing);
    expect((await titlesIn(failing)).sort()).toEqual(["a100", "a101", "a102"]);
    expect(await countRows(directoryOf(env), "record_attempts")).toBe(0);
  });

  test("have a share of each tick while others keep coming", async () => {
    const { failing, healthy } = await oneFailing();
    await putArticles(failing, "z", 1);
    await minute();
    vi.restoreAllMocks();
    watchLog("warn");
    await putArticles(healthy, "a", 3 * LIMITS.SWEEP_READ_RECORDS);
    await minute();
    await publish(failing);
    expect(await titlesIn(failing)).toEqual(["z100"]);
  });
});

test("a record that KV cannot read does not hold up the others, first or changed", async () => {
  const slug = await newOrganization();
  await putArticles(slug, "b", 1);
  await minutes(2);
  const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
  const { get } = kv;
  const broken = ["article:a100", "article:b100"];
  vi.spyOn(kv, "get").mockImplementation(function (this: KVNamespace, keys: unknown, ...rest: unknown[]) {
    const isBroken = [keys].flat().some((key) => broken.includes(String(key)));
    if (isBroken) return Promise.reject(new Error("KV GET failed: 500"));
    return Reflect.apply(get, this, [keys, ...rest]);
  } as never);
  await putArticles(slug, "a", 1);
  await putArticles(slug, "c", 3);
  await minutes(10);
  await putRecord("article:c101", { organizations: [slug], title: "c-changed" });
  await minutes(10);
  await publish(slug);
  expect((await titlesIn(slug)).sort()).toEqual(["b100", "c-changed", "c100", "c102"]);
});
