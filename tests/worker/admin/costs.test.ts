import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { SCREENS } from "../../../src/http/admin/console.ts";
import README from "../../../src/http/admin/README.md?raw";
import { LIMITS } from "../../../src/model/limits.ts";
import { stopClock } from "../../support/clock.ts";
import { signedIn, type Visitor } from "../../support/console.ts";
import { objectsCalled } from "../../support/counting.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { ADMIN_TOKEN, api, json, newArticle, newOrganization, scopedToken } from "../../support/service.ts";

/** What a screen costs at most, as the README says. */
interface Stated {
  objectCalls: string;
  kvReads: number;
}

/** An address of a screen, with how many organizations its article has and how many receivers it shows. */
interface Example {
  path: string;
  organizations?: number;
  receivers?: number;
}

const STATED: ReadonlyMap<string, Stated> = new Map(
  [...README.matchAll(/^\| (`\/admin.*) \| (\d[^|]*) \| (\d+) \|$/gm)].flatMap(
    ([, paths = "", objectCalls = "", kvReads]) =>
      [...paths.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => [
        path,
        { objectCalls, kvReads: Number(kvReads) },
      ]),
  ),
);

/** The most calls for an example: `4 + 2 organizations + receivers`. */
const callsIn = ({ objectCalls }: Stated, { organizations = 0, receivers = 0 }: Example): number =>
  objectCalls
    .split(" + ")
    .map((term) => /^(\d*) ?([a-z]*)$/.exec(term) ?? [])
    .map(([, times, of = ""]) => Number(times || 1) * ({ organizations, receivers }[of] ?? 1))
    .reduce((sum, one) => sum + one, 0);

let mine: string;
let operator: Visitor;
let examples: Record<string, Example[]>;

beforeAll(async () => {
  stopClock();
  receive();
  mine = await newOrganization();
  const both = [mine, await newOrganization()];
  const [webhook] = [await newWebhook(mine), await newWebhook(mine), await newWebhook(both[1] ?? "")];
  const { id } = await newArticle(both, { title: "One" });
  const alone = await newArticle(mine);
  await publish(mine);
  await deliver(webhook.id);
  await json(api("PUT", `/articles/${id}`, { organizations: both, title: "Two" }), 200);
  for (const slug of both) await publish(slug);
  const draft = await json<{ id: string }>(
    api("POST", `/organizations/${mine}/drafts`, { title: "Three", organizations: both }),
    201,
  );
  const { deliveries } = await json<{ deliveries: { id: string }[] }>(
    api("GET", `/organizations/${mine}/webhooks/${webhook.id}/deliveries`),
    200,
  );
  operator = await signedIn(ADMIN_TOKEN);
  const receiver = `/admin/receivers/${webhook.id}`;
  examples = {
    "/admin": [{ path: "/admin", receivers: 2 }],
    "/admin/articles": ["", "?tab=drafts", "?tab=scheduled", "?tab=withdrawn", "?q=one"].map((query) => ({
      path: `/admin/articles${query}`,
    })),
    "/admin/articles/:id": [
      { path: `/admin/articles/${alone.id}`, organizations: 1, receivers: 2 },
      { path: `/admin/articles/${id}`, organizations: 2, receivers: 3 },
    ],
    "/admin/articles/:id/edit": [draft.id, id].map((one) => ({
      path: `/admin/articles/${one}/edit`,
      organizations: 2,
    })),
    "/admin/articles/:id/publish": [{ path: `/admin/articles/${draft.id}/publish`, organizations: 2 }],
    "/admin/articles/:id/withdraw": [{ path: `/admin/articles/${id}/withdraw` }],
    "/admin/articles/:id/versions/:revision": [{ path: `/admin/articles/${id}/versions/1` }],
    "/admin/receivers": [{ path: "/admin/receivers", receivers: 2 }],
    "/admin/receivers/:id": ["", `?told=${id}`, "?status=failed"].map((query) => ({
      path: `${receiver}${query}`,
      receivers: 1,
    })),
    "/admin/receivers/:id/settings": [{ path: `${receiver}/settings`, receivers: 1 }],
    "/admin/receivers/:id/deliveries/:delivery": [
      { path: `${receiver}/deliveries/${deliveries[0]?.id}`, receivers: 1 },
    ],
  };
});
beforeEach(() => stopClock());
afterAll(() => vi.useRealTimers());

/** What the operator causes by looking at a screen of an organization. */
const costOf = (path: string, visitor = operator) =>
  objectsCalled(async () => {
    const { status } = await visitor.get(`${path}${path.includes("?") ? "&" : "?"}organization=${mine}`);
    expect([path, status]).toEqual([path, 200]);
  });

const paths = SCREENS.filter((screen) => screen.get).map(({ path }) => path);

test("every screen has a row", () => {
  expect([...STATED.keys()].sort()).toEqual([...paths].sort());
});

describe("a screen calls the Directory, and what it shows, no more often than the table says", () => {
  test.each(paths)("%s", async (screen) => {
    const stated = STATED.get(screen) ?? { objectCalls: "0", kvReads: 0 };
    const most = { objectCalls: 0, kvReads: 0 };
    let allowed = 0;
    for (const example of examples[screen] ?? [{ path: screen }]) {
      const { objectCalls, kvReads, kvWrites, kvLists, objects } = await costOf(example.path);
      expect({ kvWrites, kvLists }).toEqual({ kvWrites: 0, kvLists: 0 });
      expect(objectCalls.length).toBeLessThanOrEqual(callsIn(stated, example));
      const { organizations = 1, receivers = 0 } = example;
      expect(objects.length).toBeLessThanOrEqual(1 + organizations + receivers);
      allowed = Math.max(allowed, callsIn(stated, example));
      most.objectCalls = Math.max(most.objectCalls, objectCalls.length);
      most.kvReads = Math.max(most.kvReads, kvReads);
    }
    // The table does not exaggerate either.
    expect(most).toEqual({ objectCalls: allowed, kvReads: stated.kvReads });
  });

  test("but once more for an organization that is not among the operator's first ones", async () => {
    const { objectCalls: before } = await costOf("/admin/paste");
    for (let number = 1; number <= LIMITS.PAGE_ITEMS; number++)
      await json(api("PUT", `/organizations/first-${number}`, { name: "First" }), 201);
    const { objectCalls } = await costOf("/admin/paste");
    expect(objectCalls).toEqual([...before, "shown"]);
  });
});

test("saving a draft writes nothing to KV, and calls the Directory and a channel", async () => {
  const writer = await signedIn(await scopedToken(mine, "read", "publish"));
  const called = await objectsCalled(async () => {
    await writer.submit("/admin/articles/new", { title: "A", organizations: mine }, { "x-autosave": "1" });
  });
  expect(called).toMatchObject({ kvWrites: 0, kvLists: 0 });
  expect(called.objects.length).toBeLessThanOrEqual(2);
});
