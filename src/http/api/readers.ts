import type { Context } from "hono";
import { configuration } from "../../env.ts";
import { FORMATS } from "../../feeds/formats.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { type Reader, ReaderInput } from "../../model/reader.ts";
import { rfc3339 } from "../../model/time.ts";
import { channelOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { changed } from "./audit.ts";
import { tokenHash } from "./auth.ts";
import { jsonBody } from "./body.ts";
import { organizationAt } from "./organizations.ts";

/** `POST …/readers`: an address of one's own for each format of the feed, shown this once. */
export async function createReader(c: Context<App>): Promise<Response> {
  const organization = await organizationAt(c);
  if (!organization.ok) return refuse(c, organization.failure);
  const input = await jsonBody(c, ReaderInput);
  if (!input.ok) return refuse(c, input.failure);
  const reader: Reader = { id: randomId("rdr_"), ...input.value, created_at: rfc3339(Date.now()) };
  const key = randomId("key_");
  if (!(await channelOf(c.env, organization.value).addReader(reader, await tokenHash(key)))) {
    const detail = `An organization may have ${LIMITS.READERS_PER_ORGANIZATION} readers.`;
    return refuse(c, { tag: "limit-reached", detail });
  }
  changed(c, { object: reader.id, organizations: [organization.value], outcome: "done" });
  const { publicUrl } = configuration(c.env).site;
  const address = (ending: string) => `${publicUrl}/private/${key}/${organization.value}/feed.${ending}`;
  const feeds = Object.fromEntries(FORMATS.map(({ name }) => [name, address(name)]));
  return c.json({ ...reader, feeds }, 201);
}

/** `GET …/readers?cursor=`. */
export async function listReaders(c: Context<App>): Promise<Response> {
  const organization = await organizationAt(c);
  if (!organization.ok) return refuse(c, organization.failure);
  return c.json(await channelOf(c.env, organization.value).readers(c.req.query("cursor") ?? null));
}

/** `DELETE …/readers/{id}`: from now on the addresses open nothing. */
export async function revokeReader(c: Context<App>): Promise<Response> {
  const organization = await organizationAt(c);
  if (!organization.ok) return refuse(c, organization.failure);
  const removed = await channelOf(c.env, organization.value).removeReader(c.req.param("id") ?? "");
  return removed ? c.body(null, 204) : refuse(c, { tag: "not-found" });
}
