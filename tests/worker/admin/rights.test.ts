import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { stopClock } from "../../support/clock.ts";
import { signedIn, type Visitor } from "../../support/console.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { ADMIN_TOKEN, api, json, newArticle, newOrganization, scopedToken } from "../../support/service.ts";

const SCRIPT = "<script>alert(1)</script>";
const SECRET = "Their-own-secret-name";

let mine: string;
let theirs: string;
let reader: Visitor;
let ids: Record<string, string>;

beforeAll(async () => {
  stopClock();
  receive(() => new Response(`${SCRIPT} answer`, { status: 500 }));
  mine = await newOrganization({ name: "Mine" });
  theirs = await newOrganization({ name: SECRET, description: SECRET });
  const webhook = await newWebhook(theirs, { description: SECRET });
  const article = await newArticle(theirs, { title: SECRET });
  await publish(theirs);
  await deliver(webhook.id);
  const draft = await json<{ id: string }>(
    api("POST", `/organizations/${theirs}/drafts`, { title: SECRET }),
    201,
  );
  ids = { webhook: webhook.id, article: article.id, draft: draft.id };
  await newArticle(mine, { title: `A title with ${SCRIPT}` });
  await newWebhook(mine, { description: `A receiver ${SCRIPT}` });
  reader = await signedIn(await scopedToken(mine, "read"));
});
beforeEach(() => stopClock());
afterAll(() => vi.useRealTimers());

const SCREENS = ["", "/articles", "/subscribers", "/sources", "/organization", "/audit", "/sessions"];

describe("with a token that may only read one organization", () => {
  test("offers nothing that would be refused", async () => {
    for (const path of SCREENS) {
      const { status, html } = await reader.get(`/admin${path}`);
      expect([path, status]).toEqual([path, 200]);
      const actions = [...html.matchAll(/<form method="post" action="([^"]*)"/g)].map(
        ([, action = ""]) => action,
      );
      const allowed = /^\/admin\/(sign-out|sessions\/)/;
      expect(actions.filter((action) => !allowed.test(action))).toEqual(
        path === "/organization" ? [`/admin/organization`] : [],
      );
      for (const hidden of [
        "/admin/articles/new",
        "/admin/paste",
        "/admin/receivers",
        "/admin/people",
        "/admin/usage",
      ])
        expect([path, html.includes(`href="${hidden}"`)]).toEqual([path, false]);
    }
  });

  test("answers 403 and names the right that is missing where an address is typed by hand", async () => {
    for (const [path, scope] of [
      ["/admin/articles/new", "publish"],
      ["/admin/paste", "publish"],
      ["/admin/receivers", "webhooks"],
      ["/admin/receivers/new", "webhooks"],
    ]) {
      const page = await reader.get(path ?? "");
      expect([path, page.status]).toEqual([path, 403]);
      expect(page.html).toContain(`“${scope}”`);
    }
    for (const path of ["/admin/people", "/admin/usage", "/admin/problems", "/admin/move"])
      expect((await reader.get(path)).status).toBe(403);
  });

  test("shows nothing of another organization at any address", async () => {
    const q = `?organization=${theirs}`;
    const paths = [
      ...SCREENS.map((path) => `/admin${path}${q}`),
      `/admin/articles/${ids.article}${q}`,
      `/admin/articles/${ids.article}/edit${q}`,
      `/admin/articles/${ids.article}/withdraw${q}`,
      `/admin/articles/${ids.draft}/edit${q}`,
      `/admin/articles/${ids.draft}/publish${q}`,
      `/admin/receivers${q}`,
      `/admin/receivers/${ids.webhook}${q}`,
      `/admin/audit.csv${q}`,
    ];
    const writer = await signedIn(await scopedToken(mine, "read", "publish", "webhooks"));
    for (const visitor of [reader, writer])
      for (const path of paths) {
        const { status, html } = await visitor.get(path);
        expect([path, html.includes(SECRET)]).toEqual([path, false]);
        expect([path, status < 500]).toEqual([path, true]);
      }
    for (const path of [`/admin/articles/${ids.article}${q}`, `/admin/receivers/${ids.webhook}${q}`])
      expect((await writer.get(path)).status).toBe(403);
  });
});

test("shows what others have written as text on every screen", async () => {
  const operator = await signedIn(ADMIN_TOKEN);
  const [webhook] = (
    await json<{ webhooks: { id: string }[] }>(api("GET", `/organizations/${theirs}/webhooks`), 200)
  ).webhooks;
  const deliveries = await json<{ deliveries: { id: string }[] }>(
    api("GET", `/organizations/${theirs}/webhooks/${webhook?.id}/deliveries`),
    200,
  );
  const answer = await operator.get(
    `/admin/receivers/${webhook?.id}/deliveries/${deliveries.deliveries[0]?.id}?organization=${theirs}`,
  );
  expect(answer.html).toContain("&lt;script&gt;alert(1)&lt;/script&gt; answer");
  for (const path of [...SCREENS, "/receivers", "/receivers/new"]) {
    const { html } = await operator.get(`/admin${path}?organization=${mine}`);
    expect([path, html.includes(SCRIPT)]).toEqual([path, false]);
  }
});
