import { env } from "cloudflare:workers";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { directoryOf } from "../../../src/objects/stubs.ts";
import { stopClock, wait } from "../../support/clock.ts";
import { newLink, signedIn, Visitor } from "../../support/console.ts";
import { rows } from "../../support/objects.ts";
import { ADMIN_TOKEN, api, json, newOrganization, newToken } from "../../support/service.ts";

beforeEach(() => stopClock());
afterAll(() => vi.useRealTimers());

const HOUR_MS = 3_600_000;

describe("a sign-in link", () => {
  test("shows one button, and only pressing it uses the link up", async () => {
    const slug = await newOrganization();
    const { link } = await newLink(slug);
    const visitor = new Visitor();
    for (let opened = 0; opened < 2; opened++) {
      const page = await visitor.get(link);
      expect(page.status).toBe(200);
      expect(page.html).toContain(`Sign in as Press office for ${slug}`);
    }
    expect((await visitor.submit(link)).to).toBe("/admin");
    expect((await visitor.get("/admin")).status).toBe(200);
    const again = await new Visitor().submit(link);
    expect(again.status).toBe(410);
    expect(again.html).toContain("was used already");
  });

  test("is refused in different words when it is unknown, used, or older than 24 hours", async () => {
    const { link } = await newLink(await newOrganization());
    const visitor = new Visitor();
    expect((await visitor.get(link.replace(/.$/, (last) => (last === "x" ? "y" : "x")))).html).toContain(
      "not known here",
    );
    wait(25 * HOUR_MS);
    const page = await visitor.submit(link);
    expect(page.status).toBe(410);
    expect(page.html).toContain("has expired");
  });

  test("can be made again by the operator, and by nobody else", async () => {
    const slug = await newOrganization();
    const { id, token } = await newLink(slug);
    await json(api("POST", `/tokens/${id}/sign-in-links`, undefined, { token }), 403);
    const made = await json<{ sign_in_url: string }>(api("POST", `/tokens/${id}/sign-in-links`), 201);
    expect(made.sign_in_url).toContain("/admin/sign-in/");
    await json(api("POST", "/tokens/tok_nobody/sign-in-links"), 404);
  });
});

describe("a session", () => {
  test("has a cookie that scripts and other sites cannot use, and is stored as a hash", async () => {
    const token = await newToken(await newOrganization());
    const visitor = new Visitor();
    const page = await visitor.submit("/admin/sign-in", { token });
    const [cookie = ""] = page.headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-communique=/);
    for (const attribute of ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"])
      expect(cookie).toContain(attribute);
    const secret = visitor.cookie.split("=")[1] ?? "";
    const stored = JSON.stringify(await rows(directoryOf(env), "SELECT * FROM sessions"));
    expect(secret.length).toBeGreaterThan(70);
    expect(stored).not.toContain(secret);
  });

  test("ends after 12 hours without use, and after 30 days with it", async () => {
    const visitor = await signedIn(await newToken(await newOrganization()));
    wait(11 * HOUR_MS);
    expect((await visitor.get("/admin")).status).toBe(200);
    wait(11 * HOUR_MS);
    expect((await visitor.get("/admin")).status).toBe(200);
    wait(13 * HOUR_MS);
    expect((await visitor.get("/admin")).status).toBe(401);
    const busy = await signedIn(await newToken(await newOrganization()));
    for (let hours = 0; hours < 30 * 24; hours += 10) {
      expect((await busy.get("/admin/sessions")).status).toBe(200);
      wait(10 * HOUR_MS);
    }
    expect((await busy.get("/admin")).status).toBe(401);
  });

  test("ends with its token, with signing out, and when it is ended elsewhere", async () => {
    const { id, token } = await newLink(await newOrganization());
    const [one, other, third] = [await signedIn(token), await signedIn(token), await signedIn(token)];
    const listed = await json<{ sessions: { id: string }[] }>(
      api("GET", "/me/sessions", undefined, { token }),
      200,
    );
    expect(listed.sessions).toHaveLength(3);
    await one.submit("/admin/sign-out");
    const { html } = await other.get("/admin/sessions");
    const ending = /\/admin\/sessions\/(ses_\w+)\/end/.exec(html)?.[0] ?? "";
    expect((await other.submit(ending)).to).toContain("done=ended");
    expect((await third.get("/admin")).status).toBe(401);
    expect((await other.get("/admin")).status).toBe(200);
    await json(api("DELETE", `/tokens/${id}`), 204).catch(() => null);
    expect((await other.get("/admin")).status).toBe(401);
  });

  test("of the operator begins with the operator's token", async () => {
    const visitor = await signedIn(ADMIN_TOKEN);
    expect((await visitor.get("/admin/people")).status).toBe(200);
    const { sessions } = await json<{ sessions: unknown[] }>(api("GET", "/me/sessions"), 200);
    expect(sessions.length).toBeGreaterThan(0);
  });

  test("of the operator ends when ADMIN_TOKEN changes", async () => {
    const visitor = await signedIn(ADMIN_TOKEN);
    const { ADMIN_TOKEN: own } = env;
    Object.assign(env, { ADMIN_TOKEN: "another-token-of-more-than-32-characters" });
    const page = await visitor.get("/admin");
    Object.assign(env, { ADMIN_TOKEN: own });
    expect(page.status).toBe(401);
  });

  test("is not looked at by the API, and a token is not looked at by the console", async () => {
    const token = await newToken(await newOrganization());
    const visitor = await signedIn(token);
    const { status } = await visitor.get("/api/v1/me");
    expect(status).toBe(401);
    expect((await new Visitor().get("/admin", { authorization: `Bearer ${token}` })).status).toBe(401);
  });

  test("is written to the audit log when it begins and ends, as is what is done in it", async () => {
    const slug = await newOrganization();
    const token = await newToken(slug);
    const visitor = await signedIn(token);
    await visitor.submit("/admin/organization", { name: "Acme", language: "en" });
    await visitor.submit("/admin/sign-out");
    const { entries } = await json<{ entries: { action: string; via?: string }[] }>(
      api("GET", `/audit?organization=${slug}`),
      200,
    );
    const shown = entries.map(({ action, via }) => [action, via]);
    expect(shown).toContainEqual(["session.begin", "console"]);
    expect(shown).toContainEqual(["organization.put", "console"]);
    expect(shown).toContainEqual(["session.end", "console"]);
  });
});

describe("a wrong token", () => {
  test("is refused with what to do, and is not shown again", async () => {
    const page = await new Visitor().submit("/admin/sign-in", { token: "tok_wrong" });
    expect(page.status).toBe(401);
    expect(page.html).toContain("This token is not valid");
    expect(page.html).not.toContain("tok_wrong");
  });

  test("is told to wait after ten tries in a minute from one address", async () => {
    const visitor = new Visitor();
    const from = { "cf-connecting-ip": "192.0.2.44" };
    const statuses: number[] = [];
    for (let tries = 0; tries < 12; tries++)
      statuses.push((await visitor.submit("/admin/sign-in", { token: "tok_wrong" }, from)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.at(-1)).toBe(429);
  });
});

test("leads on to what was asked for after signing in, and never to another site", async () => {
  const token = await newToken(await newOrganization());
  const visitor = new Visitor();
  const asked = await visitor.get("/admin/articles?tab=drafts");
  expect(asked.status).toBe(401);
  expect(asked.html).toContain('name="_next" value="/admin/articles?tab=drafts"');
  expect((await visitor.submit("/admin/sign-in", { token, _next: "/admin/articles?tab=drafts" })).to).toBe(
    "/admin/articles?tab=drafts",
  );
  for (const _next of [
    "https://evil.example/",
    "//evil.example/admin",
    "/admin//evil.example",
    "/admin\\@evil",
  ])
    expect((await visitor.submit("/admin/sign-in", { token, _next })).to).toBe("/admin");
});
