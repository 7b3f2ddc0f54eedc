import { env } from "cloudflare:workers";
import { beforeEach, expect, test, vi } from "vitest";
import { directoryOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { publish, rows, titlesIn } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { api, json, newOrganization } from "../../support/service.ts";
import { minutes } from "../../support/sweeping.ts";

let [from, to] = ["", ""];

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  watchLog("error");
  [from, to] = [await newOrganization(), await newOrganization()];
});

const put = (organization: string) =>
  api("PUT", "/articles/moved", { organizations: [organization], title: "Moved" });

/** Moves the article, and dies after its record was written: no channel hears of it. */
async function moveInVain(): Promise<void> {
  expect((await put(from)).status).toBe(201);
  await publish(from);
  const namespace = Object.getPrototypeOf(env.CHANNEL) as DurableObjectNamespace;
  const find = namespace.get;
  const unreachable = vi.spyOn(namespace, "get").mockImplementation(function (
    this: DurableObjectNamespace,
    id,
    ...rest
  ) {
    if (id.name === from || id.name === to) throw new Error("unreachable");
    return Reflect.apply(find, this, [id, ...rest]);
  });
  expect((await put(to)).status).toBe(503);
  unreachable.mockRestore();
  wait(600_000);
}

const leaving = () => rows(directoryOf(env), "SELECT leaving FROM article_owners");

test("an article leaves its former organization when it is sent again after a move that was cut short", async () => {
  await moveInVain();
  expect((await put(to)).status).toBe(200);
  for (const slug of [from, to]) await publish(slug);
  expect([await titlesIn(from), await titlesIn(to)]).toEqual([[], ["Moved"]]);
  expect(await leaving()).toEqual([{ leaving: "[]" }]);
});

test("an article leaves its former organization in the next sweep, too", async () => {
  await moveInVain();
  await minutes(3);
  for (const slug of [from, to]) await publish(slug);
  expect([await titlesIn(from), await titlesIn(to)]).toEqual([[], ["Moved"]]);
  expect(await leaving()).toEqual([{ leaving: "[]" }]);
});

test("costs one more call of the Directory only when an article leaves an organization", async () => {
  await json(put(from), 201);
  wait(600_000);
  const calls = async (slug: string) =>
    (await costsOf(() => put(slug))).objectCalls.filter((call) => call === "told").length;
  expect([await calls(from), await calls(to), await calls(to)]).toEqual([0, 1, 0]);
});
