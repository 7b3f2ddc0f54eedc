import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Bindings } from "../../../src/env.ts";
import { tokenHash } from "../../../src/http/api/auth.ts";
import { judge, newSecret, readerPlace, tokenPlace } from "../../../src/http/api/credentials.ts";
import { app } from "../../../src/http/app.ts";
import { channelOf, directoryOf } from "../../../src/objects/stubs.ts";
import { stopClock } from "../../support/clock.ts";
import { costsOf, NOTHING } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { publish, rows } from "../../support/objects.ts";
import { ADMIN_TOKEN, api, get, json, newOrganization, newToken, SITE } from "../../support/service.ts";

const SECRETS_KEY = btoa("0123456789abcdef0123456789abcdef");
/** Of the shape that every secret had before secrets were marked. */
const UNMARKED = "h".repeat(26);

let slug: string;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization();
  await publish(slug);
});

/** A text with its last character changed. */
const altered = (text: string): string => text.slice(0, -1) + (text.endsWith("0") ? "1" : "0");

const withToken = (token: string) =>
  get(`/api/v1/organizations/${slug}`, { authorization: `Bearer ${token}` });

async function feedOfReader(): Promise<string> {
  const created = await json<{ feeds: { atom: string } }>(
    api("POST", `/organizations/${slug}/readers`, {}),
    201,
  );
  return created.feeds.atom.slice(SITE.length);
}

describe("a wrong token costs no read and no call", () => {
  test.each<[what: string, wrong: (token: string) => string]>([
    ["with one character changed", altered],
    ["with another token's id", (token) => token.replace(/^tok_.{26}/, `tok_${"7".repeat(26)}`)],
    ["that is cut off", (token) => token.slice(0, -1)],
    ["that is longer", (token) => `${token}0`],
    ["that is none", () => "secret"],
  ])("%s", async (_what, wrong) => {
    const token = await newToken(slug);
    expect((await withToken(token)).status).toBe(200);
    const statuses: number[] = [];
    const costs = await costsOf(async () => statuses.push((await withToken(wrong(token))).status));
    expect(statuses).toEqual([401]);
    expect(costs).toEqual(NOTHING);
  });
});

describe("a wrong reader's key costs no read and no call", () => {
  test.each<[what: string, wrong: (path: string) => string]>([
    ["with one character changed", (path) => path.replace(/key_\w+/, altered)],
    ["of another organization", (path) => path.replace(slug, "another")],
    ["that is cut off", (path) => path.replace(/(key_\w+)\w/, "$1")],
    ["that is none", (path) => path.replace(/key_\w+/, "secret")],
  ])("%s", async (_what, wrong) => {
    const path = await feedOfReader();
    expect((await get(path)).status).toBe(200);
    for (const address of [wrong(path), wrong(path).replace("feed.atom", "articles/art_1")]) {
      const statuses: number[] = [];
      const costs = await costsOf(async () => statuses.push((await get(address)).status));
      expect(statuses).toEqual([404]);
      expect(costs).toEqual(NOTHING);
    }
  });
});

describe("what was made before secrets were marked", () => {
  test("keeps working: a token", async () => {
    const id = `tok_${"h".repeat(26)}`;
    const token = {
      id,
      organizations: [slug],
      scopes: ["read" as const],
      description: "",
      created_at: "2025-01-01T00:00:00Z",
    };
    await directoryOf(env).tokens.add(token, await tokenHash(`${id}_${UNMARKED}`));
    expect((await withToken(`${id}_${UNMARKED}`)).status).toBe(200);
    expect((await withToken(`${id}_${altered(UNMARKED)}`)).status).toBe(401);
  });

  test("keeps working: a reader's key", async () => {
    const reader = { id: "rdr_1", description: "", created_at: "2025-01-01T00:00:00Z" };
    await channelOf(env, slug).readers.add(reader, await tokenHash(`key_${UNMARKED}`));
    expect((await get(`/private/key_${UNMARKED}/${slug}/feed.atom`)).status).toBe(200);
    expect((await get(`/private/key_${altered(UNMARKED)}/${slug}/feed.atom`)).status).toBe(404);
  });
});

describe("a secret", () => {
  const place = tokenPlace("tok_1");

  test("is genuine at its place only, and not as anything else", async () => {
    const secret = await newSecret(env, place);
    expect(secret).toMatch(/^[0-9a-z]{26}$/);
    expect(await judge(env, place, secret)).toBe("genuine");
    expect(await judge(env, tokenPlace("tok_2"), secret)).toBe("wrong");
    expect(await judge(env, readerPlace("tok_1"), secret)).toBe("wrong");
  });

  test("stays genuine when SECRETS_KEY comes, and is unknown, not wrong, when its key is gone", async () => {
    const before = await newSecret(env, place);
    const sealed: Bindings = { ...env, SECRETS_KEY };
    expect(await judge(sealed, place, before)).toBe("genuine");
    const after = await newSecret(sealed, place);
    expect(after.slice(0, 5)).not.toBe(before.slice(0, 5));
    expect(await judge({ ...sealed, ADMIN_TOKEN: ADMIN_TOKEN.toUpperCase() }, place, after)).toBe("genuine");
    expect(await judge({ ...env, ADMIN_TOKEN: ADMIN_TOKEN.toUpperCase() }, place, before)).toBe("unknown");
  });

  test("stays genuine when SECRETS_KEY is rotated, for as long as the key before is named", async () => {
    const before = await newSecret({ ...env, SECRETS_KEY }, place);
    const rotated: Bindings = { ...env, SECRETS_KEY: btoa("fedcba9876543210fedcba9876543210") };
    expect(await judge({ ...rotated, SECRETS_KEY_FORMER: SECRETS_KEY }, place, before)).toBe("genuine");
    expect(await judge(rotated, place, before)).toBe("unknown");
  });
});

describe("ADMIN_TOKEN", () => {
  const status = async (ADMIN_TOKEN: string, PUBLIC_URL = SITE) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const request = new Request(`${SITE}/api/v1/organizations`, { headers });
    const settings = { ...env, ADMIN_TOKEN, PUBLIC_URL };
    return (await app.fetch(request, settings, createExecutionContext())).status;
  };

  test("of fewer than 32 characters is refused, and the log says what to do", async () => {
    const log = watchLog("error");
    expect(await status("x".repeat(31))).toBe(503);
    expect(log).toMatchObject([
      {
        event: "request",
        error: "Error: ADMIN_TOKEN must have at least 32 characters, as openssl rand -base64 32 gives",
      },
    ]);
    expect(JSON.stringify(log)).not.toContain("xxx");
    expect(await status("x".repeat(32))).toBe(200);
  });

  test("may be short on a person's own machine", async () => {
    expect(await status("my-own", "http://127.0.0.1:8787")).toBe(200);
    expect(await status("my-own", "http://localhost:8787")).toBe(200);
  });
});

test("tokens are stored as hashes", async () => {
  const token = await newToken(slug);
  expect(JSON.stringify(await rows(directoryOf(env), "SELECT * FROM tokens"))).not.toContain(token.slice(31));
});
