import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Article } from "../../../src/model/article.ts";
import type { Draft } from "../../../src/model/draft.ts";
import { stopClock, wait } from "../../support/clock.ts";
import { fieldIn, signedIn, type Visitor } from "../../support/console.ts";
import { newArticles } from "../../support/feeds.ts";
import { newWebhook, publish, titlesIn } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { api, get, json, newArticle, newOrganization, newToken } from "../../support/service.ts";

beforeEach(() => stopClock());
afterAll(() => vi.useRealTimers());

const unescaped = (text: string): string => text.replaceAll("&amp;", "&").replaceAll("&quot;", '"');

/** Saves a new draft; returns the address of its form. */
async function begin(visitor: Visitor, slug: string, fields: Record<string, string> = {}): Promise<string> {
  const form = { title: "Begun", text: "One\n\nTwo", organizations: slug, _organization: slug, ...fields };
  const page = await visitor.submit(`/admin/articles/new?organization=${slug}`, form);
  expect(page.status).toBe(303);
  return page.to ?? "";
}

const toPublish = (edit: string): string => edit.replace("/edit", "/publish");

/** Presses the button of the publishing screen, as it was shown. */
async function press(visitor: Visitor, address: string, fields: Record<string, string> = {}) {
  const shown = await visitor.get(address);
  const _version = unescaped(fieldIn(shown.html, "_version"));
  return visitor.submit(address, { _version, when: "now", alerts: "all", ...fields });
}

const draftsOf = async (slug: string): Promise<Draft[]> =>
  (await json<{ drafts: Draft[] }>(api("GET", `/organizations/${slug}/drafts`), 200)).drafts;

describe("writing", () => {
  test("saves a draft that nobody sees, and publishes what it says", async () => {
    const slug = await newOrganization();
    const visitor = await signedIn(await newToken(slug));
    const edit = await begin(visitor, slug, { tags: "heritage, art،music", authors: "Ada, Bo" });
    expect(await titlesIn(slug)).toEqual([]);
    const screen = await visitor.get(toPublish(edit));
    expect(screen.html).toContain("Publish for Acme; tell nobody");
    const done = await press(visitor, toPublish(edit));
    expect(done.to).toContain("done=published");
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Begun"]);
    const id = /articles\/(news_\w+)/.exec(done.to ?? "")?.[1] ?? "";
    expect(await json<Article>(api("GET", `/articles/${id}`), 200)).toMatchObject({
      tags: ["heritage", "art", "music"],
      authors: [{ name: "Ada" }, { name: "Bo" }],
      content_text: "One\n\nTwo",
    });
    expect(await draftsOf(slug)).toEqual([]);
  });

  test("pressed twice, sent again, and reloaded, publishes one version and alerts once", async () => {
    const slug = await newOrganization();
    const receiver = receive();
    await newWebhook(slug);
    const visitor = await signedIn(await newToken(slug));
    const address = toPublish(await begin(visitor, slug));
    const shown = await visitor.get(address);
    const fields = { _version: unescaped(fieldIn(shown.html, "_version")), when: "now", alerts: "all" };
    const presses = await Promise.all([visitor.submit(address, fields), visitor.submit(address, fields)]);
    const again = await visitor.submit(address, fields);
    const to = new Set([...presses, again].map((page) => /news_\w+/.exec(page.to ?? "")?.[0]));
    expect(to.size).toBe(1);
    expect((await visitor.get(address)).to).toContain([...to][0]);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Begun"]);
    expect(receiver.received).toHaveLength(1);
  });

  test("says before how many are told, by name who is not, and afterwards the same", async () => {
    const slug = await newOrganization();
    receive();
    await newWebhook(slug, { description: "Desk" });
    await newWebhook(slug, { description: "Sport", filter: "tag=sport" });
    const held = await newWebhook(slug, { description: "Held" });
    await json(api("PATCH", `/organizations/${slug}/webhooks/${held.id}`, { paused: true }), 200);
    const visitor = await signedIn(await newToken(slug));
    const address = toPublish(await begin(visitor, slug));
    const { html } = await visitor.get(address);
    expect(html).toContain("Publish for Acme; tell 1");
    expect(html).toMatch(/Sport[\s\S]{0,200}left out by its filter/);
    expect(html).toMatch(/Held[\s\S]{0,200}paused: kept for it/);
    const done = await press(visitor, address);
    await publish(slug);
    const after = await visitor.get(done.to ?? "");
    expect(after.html).toContain("told 1, others 2");
  });

  test("publishes on the date that was chosen in the organization's time zone, and refuses one that has passed", async () => {
    const slug = await newOrganization({ time_zone: "Asia/Baku" });
    const visitor = await signedIn(await newToken(slug));
    const address = toPublish(await begin(visitor, slug));
    expect((await visitor.get(address)).html).toContain("Asia/Baku");
    const past = await press(visitor, address, { when: "at", at: "2020-01-01T10:00" });
    expect(past.status).toBe(422);
    expect(past.html).toContain("This time has passed");
    const nowMs = Date.now();
    const inBaku = new Date(nowMs + 4 * 3_600_000 + 120_000).toISOString().slice(0, 16);
    const done = await press(visitor, address, { when: "at", at: inBaku });
    expect(done.to).toContain("done=scheduled");
    const id = /news_\w+/.exec(done.to ?? "")?.[0] ?? "";
    const { published_at } = await json<Article>(api("GET", `/articles/${id}`), 200);
    expect(Date.parse(published_at) - nowMs).toBeLessThanOrEqual(120_000);
    expect((await get(`/articles/${id}`)).status).toBe(404);
    expect((await visitor.get(`/admin/articles?organization=${slug}&tab=scheduled`)).html).toContain(id);
    wait(180_000);
    await publish(slug);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Begun"]);
  });

  test("keeps what cannot be published, and says what is missing", async () => {
    const slug = await newOrganization();
    const visitor = await signedIn(await newToken(slug));
    const edit = await begin(visitor, slug, { title: "", text: "", url: "half an addr" });
    const page = await visitor.get(toPublish(edit));
    expect(page.html).toContain("This is missing before it can be published");
    expect(page.html).toContain("url");
    expect((await draftsOf(slug))[0]).toMatchObject({ url: "half an addr" });
    const wrong = await visitor.submit(edit, { title: "T", text: "kept", organizations: "Not A Slug!" });
    expect(wrong.status).toBe(422);
    expect(wrong.html).toContain("kept");
    expect(wrong.html).toContain('aria-invalid="true"');
  });
});

describe("two people who write the same", () => {
  test("are both shown both texts, and lose none", async () => {
    const slug = await newOrganization();
    const [one, other] = [await signedIn(await newToken(slug)), await signedIn(await newToken(slug))];
    const edit = await begin(one, slug);
    const [first, second] = [await one.get(edit), await other.get(edit)];
    const version = (html: string) => unescaped(fieldIn(html, "_version"));
    const saved = await one.submit(edit, {
      title: "Theirs",
      text: "Their words",
      organizations: slug,
      _version: version(first.html),
    });
    expect(saved.status).toBe(303);
    const refused = await other.submit(edit, {
      title: "Mine",
      text: "My words",
      organizations: slug,
      _version: version(second.html),
    });
    expect(refused.status).toBe(412);
    expect(refused.html).toContain("Their words");
    expect(refused.html).toContain("My");
    expect((await draftsOf(slug))[0]?.title).toBe("Theirs");
    const kept = await other.submit(edit, {
      title: "Mine",
      text: "My words",
      organizations: slug,
      _version: version(refused.html),
    });
    expect(kept.status).toBe(303);
    expect((await draftsOf(slug))[0]?.title).toBe("Mine");
  });

  test("are told when both begin to change the same article", async () => {
    const slug = await newOrganization();
    const { id } = await newArticle(slug, { title: "Standing", content_text: "Old" });
    const [one, other] = [await signedIn(await newToken(slug)), await signedIn(await newToken(slug))];
    const edit = `/admin/articles/${id}/edit?organization=${slug}`;
    const form = await one.get(edit);
    await other.get(edit);
    const rest = unescaped(fieldIn(form.html, "rest"));
    expect((await one.submit(edit, { title: "One", text: "One", organizations: slug, rest })).status).toBe(
      303,
    );
    const second = await other.submit(edit, { title: "Two", text: "Two", organizations: slug, rest });
    expect(second.status).toBe(412);
    expect((await draftsOf(slug)).map(({ title }) => title)).toEqual(["One"]);
    expect((await other.get(edit)).to).toContain("/admin/articles/drf_");
  });

  test("are told when the article has changed before they publish", async () => {
    const slug = await newOrganization();
    const { id } = await newArticle(slug, { title: "Standing" });
    const visitor = await signedIn(await newToken(slug));
    const form = await visitor.get(`/admin/articles/${id}/edit?organization=${slug}`);
    const rest = unescaped(fieldIn(form.html, "rest"));
    const begun = await visitor.submit(`/admin/articles/${id}/edit?organization=${slug}`, {
      title: "Mine",
      organizations: slug,
      rest,
    });
    await json(api("PUT", `/articles/${id}`, { organizations: [slug], title: "Theirs" }), 200);
    const refused = await press(visitor, toPublish(begun.to ?? ""), { when: "keep" });
    expect(refused.status).toBe(412);
    expect(await json<Article>(api("GET", `/articles/${id}`), 200)).toMatchObject({ title: "Theirs" });
  });
});

test("saves by the script with the version that the last save answered", async () => {
  const slug = await newOrganization();
  const visitor = await signedIn(await newToken(slug));
  const script = { "x-autosave": "1" };
  const first = await visitor.submit(
    `/admin/articles/new?organization=${slug}`,
    { title: "A", organizations: slug },
    script,
  );
  expect(first.status).toBe(200);
  const saved = JSON.parse(first.html) as { version: string; action: string; address: string };
  const second = await visitor.submit(
    saved.action,
    { title: "AB", organizations: slug, _version: saved.version },
    script,
  );
  expect(second.status).toBe(200);
  const stale = await visitor.submit(
    saved.action,
    { title: "C", organizations: slug, _version: saved.version },
    script,
  );
  expect(stale.status).toBe(412);
  expect((await draftsOf(slug))[0]?.title).toBe("AB");
  const nobody = await signedIn("tok_wrong");
  nobody.csrf = "x";
  const ended = await nobody.submit(saved.action, { title: "D" }, script);
  expect([ended.status, JSON.parse(ended.html)]).toEqual([
    401,
    { detail: expect.stringContaining("Sign in again") },
  ]);
});

test("keeps attachments with what the form does not ask for, takes new ones, and says what is wrong with one", async () => {
  const slug = await newOrganization();
  const recording = {
    url: "https://a.example/1.mp3",
    mime_type: "audio/mpeg",
    duration_in_seconds: 61,
    title: "An old title",
  };
  const { id } = await newArticle(slug, { title: "One", attachments: [recording] });
  const visitor = await signedIn(await newToken(slug));
  const edit = `/admin/articles/${id}/edit?organization=${slug}`;
  const form = await visitor.get(edit);
  expect(form.html).toContain("https://a.example/1.mp3 audio/mpeg An old title");
  const begun = await visitor.submit(edit, {
    title: "One",
    organizations: slug,
    rest: unescaped(fieldIn(form.html, "rest")),
    attachments: "https://a.example/1.mp3 audio/mpeg A new title\r\nhttps://a.example/2.pdf application/pdf",
  });
  await press(visitor, toPublish(begun.to ?? ""), { when: "keep" });
  expect(await json<Article>(api("GET", `/articles/${id}`), 200)).toMatchObject({
    attachments: [
      { ...recording, title: "A new title" },
      { url: "https://a.example/2.pdf", mime_type: "application/pdf" },
    ],
  });
});

test("withdraws an article, and puts it back", async () => {
  const slug = await newOrganization();
  const { id } = await newArticle(slug, { title: "Standing" });
  const visitor = await signedIn(await newToken(slug));
  const at = `/admin/articles/${id}`;
  expect((await visitor.get(`${at}/withdraw?organization=${slug}`)).html).toContain("It leaves every feed");
  expect((await visitor.submit(`${at}/withdraw?organization=${slug}`)).to).toContain("done=withdrawn");
  await publish(slug);
  expect(await titlesIn(slug)).toEqual([]);
  expect((await visitor.get(`${at}?organization=${slug}`)).html).toContain("Put it back");
  expect((await visitor.submit(`${at}/restore?organization=${slug}`)).to).toContain("done=restored");
  await publish(slug);
  expect(await titlesIn(slug)).toEqual(["Standing"]);
});

test("shows what an article was, and makes that its text again, as a new version", async () => {
  const slug = await newOrganization();
  const { id } = await newArticle(slug, { title: "One", content_text: "The first words" });
  await json(
    api("PUT", `/articles/${id}`, { organizations: [slug], title: "Two", content_text: "Other words" }),
    200,
  );
  const visitor = await signedIn(await newToken(slug));
  const article = await visitor.get(`/admin/articles/${id}?organization=${slug}`);
  expect(article.html).toContain(`/admin/articles/${id}/versions/1`);
  const at = `/admin/articles/${id}/versions/1?organization=${slug}`;
  expect((await visitor.get(at)).html).toContain("The first words".split(" ")[1]);
  const begun = await visitor.submit(at);
  expect(begun.to).toContain("/publish");
  await press(visitor, begun.to ?? "", { when: "keep" });
  const { versions } = await json<{ versions: { revision: number; article: Article }[] }>(
    api("GET", `/organizations/${slug}/articles/${id}/versions`),
    200,
  );
  expect(versions.map(({ revision, article: { title } }) => [revision, title])).toEqual([
    [3, "One"],
    [2, "Two"],
    [1, "One"],
  ]);
});

describe("a pasted page", () => {
  const PAGE = (name: string) =>
    `The museum opens its archive\n17 December 2025\nTen thousand photographs of ${name} are free.\n`;

  test("shows what was taken from which line, becomes a draft, and is known when it is pasted again", async () => {
    const name = `Silk Museum ${crypto.randomUUID().slice(0, 6)}`;
    const slug = await newOrganization({ name });
    const visitor = await signedIn(await newToken(slug));
    const at = `/admin/paste?organization=${slug}`;
    const text = PAGE(name);
    const found = await visitor.submit(at, { text });
    expect(found.html).toMatch(/The museum opens its archive<\/bdi><span class="tag">Title/);
    expect(found.html).toMatch(/17 December 2025<\/bdi><span class="tag">Date/);
    const begun = await visitor.submit(at, { text, _then: "write", title: "A better title" });
    expect(begun.status).toBe(303);
    const [draft] = await draftsOf(slug);
    expect(draft).toMatchObject({
      title: "A better title",
      published_at: expect.stringContaining("2025-12-17"),
    });
    await press(visitor, toPublish(begun.to ?? ""), { when: "keep" });
    const again = await visitor.submit(at, { text });
    expect(again.html).toContain("was published already");
    expect(again.html).toContain(`/admin/articles/${draft?.article}`);
  });

  test("is refused while it is empty", async () => {
    const visitor = await signedIn(await newToken(await newOrganization()));
    const page = await visitor.submit("/admin/paste", { text: " " });
    expect(page.status).toBe(422);
    expect(page.html).toContain("Paste a page, or give its address.");
  });
});

describe("the tabs of the articles", () => {
  const tabsOf = async (visitor: Visitor, slug: string) => {
    const { html } = await visitor.get(`/admin/articles?organization=${slug}`);
    return [...html.matchAll(/>(\w+) <bdi class="count">([^<]*)</g)].map(
      ([, tab, count]) => `${tab} ${count}`,
    );
  };

  test("say how many articles they list", async () => {
    const slug = await newOrganization();
    const visitor = await signedIn(await newToken(slug));
    await newArticle(slug, { title: "Now" });
    await newArticle(slug, { title: "Later", published_at: "2099-01-01T00:00:00Z" });
    await begin(visitor, slug);
    expect(await tabsOf(visitor, slug)).toEqual([
      "All 2",
      "Drafts 1",
      "Scheduled 1",
      "Published 1",
      "Withdrawn 0",
    ]);
    await newArticles(slug, 120);
    expect(await tabsOf(visitor, slug)).toContain("Published 99+");
  });
});
