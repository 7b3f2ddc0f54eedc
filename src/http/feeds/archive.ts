import type { Context } from "hono";
import * as v from "valibot";
import { type Format, formatNamed } from "../../feeds/formats.ts";
import { choiceOf } from "../../feeds/topic.ts";
import { type Filter, filterQuery } from "../../model/filter.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { slug } from "../../model/slug.ts";
import { channelOf } from "../../objects/stubs.ts";
import { feedPath, openPublicDocument } from "../../store/documents.ts";
import { hotMs, recall } from "../../store/hot.ts";
import type { App } from "../context.ts";
import type { Reply } from "../methods.ts";
import { answer, type Representation } from "./answer.ts";

/** The archive document that the last part of a path names; null when it names none. */
export function archiveFile(file = ""): { number: number; format: Format } | null {
  const [, number, ending = ""] = /^([1-9]\d{0,8})\.(\w+)$/.exec(file) ?? [];
  const format = formatNamed(ending);
  return number && format ? { number: Number(number), format } : null;
}

/**
 * `/{organization}/archive/{number}.{rss,atom,json}` (RFC 5005 §4), whole or filtered as the feed. The channel makes it on
 * request: archives are read rarely, and storing them would cost three KV writes for every fifty articles.
 */
export async function serveArchive(c: Context<App>): Promise<Reply> {
  const organization = c.req.param("organization") ?? "";
  const file = archiveFile(c.req.param("file"));
  if (!file || !v.is(slug, organization)) return fail({ tag: "not-found" });
  const { searchParams } = new URL(c.req.url);
  const archive = await archiveFeed(c, organization, file, searchParams);
  return archive.ok ? answer(c, archive.value) : archive;
}

/** An archive document, ready to be sent or to be shown as a page. @param searchParams a filter, or nothing */
export async function archiveFeed(
  c: Context<App>,
  organization: string,
  { number, format }: { number: number; format: Format },
  searchParams: URLSearchParams,
): Promise<Result<Representation>> {
  const choice = searchParams.size > 0 ? choiceOf(organization, searchParams) : null;
  if (choice && !choice.ok) return choice;
  const filter = choice?.value.filter ?? null;
  // A request for an unknown organization must not create an object.
  const path = feedPath(organization, format.name);
  const found = await openPublicDocument(c.env.DOCUMENTS, path, hotMs(c.env), false);
  if (!found.ok) return found;
  const { value: feed } = found;
  await feed.discard();
  const query = filter ? `?${filterQuery(filter)}` : "";
  const archive = await recall(
    `/${organization}/archive/${number}.${format.name}${query}`,
    hotMs(c.env),
    () => archiveOf(c, feed.key ?? organization, number, format, filter),
    ({ body }) => (body instanceof Uint8Array ? body.byteLength : Number.POSITIVE_INFINITY),
  );
  if (!archive) return fail({ tag: "not-found" });
  return ok({
    format,
    etag: archive.etag,
    last_modified: null, // two versions can have the same second
    max_age: archive.full && !filter ? LIMITS.ARCHIVE_MAX_AGE_SECONDS : feed.max_age,
    path: `/${organization}/archive/${number}`,
    query,
    previous: archive.previous > 0 ? `/${organization}/archive/${archive.previous}` : null,
    hubs: [],
    body: () => archive.body,
  });
}

/** Asks the channel for an archive document. One that comes as a stream cannot be sent twice. */
async function archiveOf(
  c: Context<App>,
  organization: string,
  number: number,
  format: Format,
  filter: Filter | null,
) {
  const archive = await channelOf(c.env, organization).documents.archive(number, format.name, filter, true);
  if (!archive) return null;
  const { body, etag, previous, full } = archive;
  return { body: typeof body === "string" ? encoder.encode(body) : body, etag, previous, full };
}

const encoder = new TextEncoder();
