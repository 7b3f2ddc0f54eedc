import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { stopClock } from "../../support/clock.ts";
import { signedIn, type Visitor } from "../../support/console.ts";
import { newWebhook } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { ADMIN_TOKEN, api, json, newArticle, newOrganization, newToken } from "../../support/service.ts";

/** Every address of the console that takes a form, with what its path names. */
const FORMS = (slug: string, ids: Record<string, string>): string[] =>
  [
    "/admin/articles/new",
    `/admin/articles/${ids.draft}/edit`,
    `/admin/articles/${ids.draft}/publish`,
    `/admin/articles/${ids.draft}/discard`,
    "/admin/articles",
    `/admin/articles/${ids.article}/withdraw`,
    `/admin/articles/${ids.article}/restore`,
    `/admin/articles/${ids.article}/versions/1`,
    "/admin/paste",
    "/admin/receivers/new",
    ...["pause", "resume", "enable", "test", "rotate", "replay", "settings", "delete"].map(
      (name) => `/admin/receivers/${ids.webhook}/${name}`,
    ),
    `/admin/receivers/${ids.webhook}/deliveries/dlv_x/retry`,
    "/admin/subscribers/readers",
    `/admin/subscribers/readers/${ids.reader}/revoke`,
    "/admin/subscribers/subscriptions/sub_x/end",
    "/admin/organization",
    "/admin/organization/new",
    "/admin/organization/delete",
    "/admin/sources/src_x/poll",
    "/admin/people",
    `/admin/people/${ids.token}/link`,
    `/admin/people/${ids.token}/revoke`,
    "/admin/move",
    "/admin/move/export",
    "/admin/sessions/ses_x/end",
    "/admin/sessions/language",
  ].map((path) => `${path}?organization=${slug}`);

let slug: string;
let ids: Record<string, string>;
let visitor: Visitor;

beforeAll(async () => {
  stopClock();
  receive();
  slug = await newOrganization({ name: "Acme" });
  const draft = await json<{ id: string }>(api("POST", `/organizations/${slug}/drafts`, { title: "D" }), 201);
  const reader = await json<{ id: string }>(api("POST", `/organizations/${slug}/readers`, {}), 201);
  const token = await newToken(slug);
  ids = {
    draft: draft.id,
    reader: reader.id,
    token: token.slice(0, 30),
    article: (await newArticle(slug, { title: "Standing" })).id,
    webhook: (await newWebhook(slug)).id,
  };
  visitor = await signedIn(ADMIN_TOKEN);
});
beforeEach(() => stopClock());
afterAll(() => vi.useRealTimers());

/** What forms could have changed. */
async function standing(): Promise<unknown> {
  const lists = ["drafts", "webhooks", "readers"].map((name) => `/organizations/${slug}/${name}`);
  const all = [
    `/articles?organization=${slug}&state=published,withdrawn`,
    `/organizations/${slug}`,
    ...lists,
  ];
  return Promise.all(all.map((path) => json(api("GET", path), 200)));
}

describe("every form of the console", () => {
  test("is refused from another site, and changes nothing", async () => {
    const before = await standing();
    for (const path of FORMS(slug, ids)) {
      const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
      const page = await visitor.submit(path, { title: "X", typed: slug, name: "X" }, foreign);
      expect([path, page.status]).toEqual([path, 403]);
    }
    expect(await standing()).toEqual(before);
  });

  test("is refused without its session's value, keeps what was entered, and is taken when it is sent again", async () => {
    const before = await standing();
    for (const path of FORMS(slug, ids)) {
      const own = visitor.csrf;
      for (const wrong of ["", "x".repeat(own.length)]) {
        const page = await visitor.submit(path, { _csrf: wrong, text: "A text <b>that</b> is kept" });
        expect([path, page.status]).toEqual([path, 403]);
        expect(page.html).toContain("A text &lt;b&gt;that&lt;/b&gt; is kept");
        expect(visitor.csrf).toBe(own);
      }
    }
    expect(await standing()).toEqual(before);
  });

  test("is refused with a body that is no form", async () => {
    for (const type of ["application/json", "text/plain"]) {
      const page = await visitor.submit("/admin/articles/new", {}, { "content-type": type });
      expect(page.status).toBe(415);
    }
  });

  test("is refused when it is too large, and says so", async () => {
    const page = await visitor.submit("/admin/articles/new", { text: "x".repeat(2_100_000) });
    expect(page.status).toBe(413);
    expect(page.html).toContain("too large");
  });

  test("is kept while somebody signs in again, and sent on", async () => {
    const token = await newToken(slug);
    const writer = await signedIn(token);
    const made = await writer.submit("/admin/articles/new", { title: "Begun", organizations: slug });
    await writer.submit("/admin/sign-out");
    const ended = await writer.submit(made.to ?? "", { title: "Begun and\u00a0gone on", text: "One\n\nTwo" });
    expect(ended.status).toBe(401);
    expect(ended.html).toContain("what you wrote is kept");
    const action = /name="_action" value="([^"]*)"/.exec(ended.html)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const resumed = await writer.submit("/admin/sign-in", {
      token,
      _action: action,
      title: "Gone on",
      text: "One\n\nTwo",
    });
    expect(resumed.status).toBe(200);
    expect(resumed.html).toContain(`action="${action.replaceAll("&", "&amp;")}"`);
    expect(resumed.html).toContain('name="title" value="Gone on"');
    expect((await writer.submit(action, { title: "Gone on", text: "One\n\nTwo" })).status).toBe(303);
    expect((await writer.get(action)).html).toContain("Gone on");
  });
});

test("a form whose answer shows a secret does nothing when its answer is reloaded", async () => {
  const at = `?organization=${slug}`;
  const webhooks = async () =>
    (await json<{ webhooks: unknown[] }>(api("GET", `/organizations/${slug}/webhooks`), 200)).webhooks.length;
  const { html } = await visitor.get(`/admin/receivers/new${at}`);
  const _once = /name="_once" value="([^"]+)"/.exec(html)?.[1] ?? "";
  const before = await webhooks();
  const form = { url: "https://once.example/in", events: ["article.published"], format: "standard", _once };
  const made = await visitor.submit(`/admin/receivers/new${at}`, form);
  expect(made.status).toBe(201);
  expect(made.html).toContain("whsec_");
  const again = await visitor.submit(`/admin/receivers/new${at}`, form);
  expect(again.status).toBe(409);
  expect(again.html).not.toContain("whsec_");
  expect(await webhooks()).toBe(before + 1);
});

test("every screen has a policy that runs nothing but the console's own script, is stored nowhere, and found by nobody", async () => {
  for (const path of [
    "/admin",
    "/admin/articles",
    "/admin/articles/new",
    "/admin/receivers",
    "/admin/nothing",
  ]) {
    const { headers, html } = await visitor.get(path);
    const policy = headers.get("content-security-policy") ?? "";
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ])
      expect(policy).toContain(part);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-robots-tag")).toBe("noindex");
    expect(html).not.toMatch(/\sstyle="|\son[a-z]+="/);
  }
});
