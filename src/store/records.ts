import { type SafeArticle, storedArticle } from "../feeds/item.ts";
import { isDigest } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import type { Organization } from "../model/organization.ts";
import { isRefused } from "../model/quota.ts";
import { articleFromRecord, organizationFromRecord } from "../model/record.ts";
import { logLine } from "./log.ts";
import { tallyKv } from "./tally.ts";

/** What our own writes add to a record's key, so that a sweep sees a change without reading the value. */
export interface RecordMetadata {
  version: string;
  /** When it was written; milliseconds since 1970. Articles have it, so that a page knows that a record is new. */
  written_ms?: number;
}

/** One record as the sweep meets it. `version` is null when another program wrote it. */
export interface ListedRecord {
  key: string;
  version: string | null;
}

const ARTICLE = "article:";
const ORGANIZATION = "organization:";
const BULK_KEYS = 100; // a bulk read takes no more (platform)

/** Which noun a key of RECORDS holds, and its name; null for a key that is none of ours. */
export function recordKind(key: string): { kind: "article" | "organization"; id: string } | null {
  if (key.startsWith(ARTICLE)) return { kind: "article", id: key.slice(ARTICLE.length) };
  if (key.startsWith(ORGANIZATION)) return { kind: "organization", id: key.slice(ORGANIZATION.length) };
  return null;
}

/** The article record at an id. May be some 60 s old elsewhere than where it was written: decide nothing by it. */
export async function readArticle(
  records: KVNamespace,
  id: string,
  nowMs: number,
): Promise<SafeArticle | null> {
  tallyKv("read");
  const text = await records.get(ARTICLE + id);
  return text === null ? null : articleIn(id, text, nowMs);
}

/** As {@link readArticle}, and when the record was written; null if an older version or another program wrote it. */
export async function readDatedArticle(
  records: KVNamespace,
  id: string,
  nowMs: number,
): Promise<{ article: SafeArticle; writtenMs: number | null } | null> {
  tallyKv("read");
  const { value, metadata } = await records.getWithMetadata<RecordMetadata>(ARTICLE + id);
  const article = value === null ? null : articleIn(id, value, nowMs);
  return article && { article, writtenMs: writtenIn(metadata) };
}

/**
 * The article records at some ids, those that there are: one KV read for each hundred, or more if they are large.
 * @throws Error if one of them cannot be read: it is not known whether there is one
 */
export async function readArticles(
  records: KVNamespace,
  ids: readonly string[],
  nowMs: number,
): Promise<Map<string, SafeArticle>> {
  const found = new Map<string, SafeArticle>();
  let keys = [...new Set(ids)].map((id) => ARTICLE + id);
  while (keys.length > 0) {
    const texts = await readFirstTexts(records, keys.slice(0, BULK_KEYS));
    for (const [key, text] of texts) {
      if (text === undefined) throw new Error(`The record ${key} cannot be read`);
      const id = key.slice(ARTICLE.length);
      const article = text === null ? null : articleIn(id, text, nowMs);
      if (article) found.set(id, article);
    }
    keys = keys.slice(texts.size);
  }
  return found;
}

/**
 * Null for a record that another program wrote wrongly: the sweep reports it. HTML that our own sanitizer did not
 * write is sanitized here.
 */
function articleIn(id: string, text: string, nowMs: number): SafeArticle | null {
  const read = articleFromRecord(id, text, nowMs);
  const article = read.ok ? storedArticle(read.value) : read;
  return article.ok ? article.value : null;
}

/** Writes an article record. */
export async function writeArticle(
  records: KVNamespace,
  article: SafeArticle,
  version: string,
): Promise<void> {
  tallyKv("write");
  await records.put(ARTICLE + article.id, JSON.stringify(article), {
    metadata: { version, written_ms: Date.now() } satisfies RecordMetadata,
  });
}

/** The organization records with some slugs, those that there are: one KV read for each hundred. */
export async function readOrganizations(
  records: KVNamespace,
  slugs: readonly string[],
): Promise<Organization[]> {
  const found: Organization[] = [];
  for (let from = 0; from < slugs.length; from += BULK_KEYS) {
    const keys = slugs.slice(from, from + BULK_KEYS).map((slug) => ORGANIZATION + slug);
    for (const [key, text] of await readTexts(records, keys)) {
      const read = text === null ? null : organizationFromRecord(key.slice(ORGANIZATION.length), text);
      if (read?.ok) found.push(read.value);
    }
  }
  return found;
}

/**
 * Writes an organization record. If KV refuses that, as for the rest of a day, the record of an unlisted one is deleted: pages of
 * articles are shown by it, and it may say that it is listed. @throws what KV has answered, so that it is written later
 */
export async function writeOrganization(
  records: KVNamespace,
  organization: Organization,
  version: string,
): Promise<void> {
  const key = ORGANIZATION + organization.slug;
  tallyKv("write");
  try {
    const metadata = { version } satisfies RecordMetadata;
    await records.put(key, JSON.stringify(organization), { metadata });
  } catch (error) {
    if (organization.unlisted) {
      tallyKv("delete");
      await records.delete(key).catch(() => {}); // then it is overwritten later
    }
    throw error;
  }
}

/**
 * Removes an organization record. If KV refuses that, as for the rest of a day, what the record says is removed: pages are shown
 * by it. @throws what KV has answered, so that it is removed later
 */
export async function deleteOrganization(records: KVNamespace, slug: string): Promise<void> {
  const key = ORGANIZATION + slug;
  tallyKv("delete");
  try {
    await records.delete(key);
  } catch (error) {
    tallyKv("write");
    await records.put(key, "").catch(() => {}); // then both are done later
    throw error;
  }
}

/** The version in a key's metadata; null for metadata of another program, which may call something else a version. */
function versionIn(metadata: unknown): string | null {
  const { version } = (metadata ?? {}) as Partial<RecordMetadata>;
  return isDigest(version) ? version : null;
}

function writtenIn(metadata: unknown): number | null {
  const { written_ms: written } = (metadata ?? {}) as Partial<RecordMetadata>;
  return typeof written === "number" ? written : null;
}

/** One page of the keys of RECORDS: one KV list. */
export async function listRecords(
  records: KVNamespace,
  cursor: string | null,
  prefix = "",
  limit: number = LIMITS.SWEEP_LIST_KEYS,
): Promise<{ records: ListedRecord[]; cursor: string | null }> {
  tallyKv("list");
  const page = await records.list({ prefix, limit, ...(cursor ? { cursor } : {}) });
  return {
    records: page.keys.map(({ name, metadata }) => ({ key: name, version: versionIn(metadata) })),
    cursor: page.list_complete ? null : page.cursor,
  };
}

/** One page of articles in the order of their ids: one KV list, one bulk read; null for a cursor that was never given. */
export async function listArticles(
  records: KVNamespace,
  cursor: string | null,
  nowMs: number,
  limit: number = LIMITS.PAGE_ITEMS,
): Promise<{ articles: SafeArticle[]; cursor: string | null } | null> {
  const page = await listRecords(records, cursor, ARTICLE, limit).catch((error: unknown) => {
    if (cursor === null || isRefused(error)) throw error;
    return null; // what KV does with a cursor that it has not made, it does not say
  });
  if (!page) return null;
  const ids = page.records.map((record) => record.key.slice(ARTICLE.length));
  return { articles: [...(await readArticles(records, ids, nowMs)).values()], cursor: page.cursor };
}

/**
 * The texts of the first of at most a hundred records, in one KV read if they go into one (platform: 25 MB); else
 * of the first half, or the first quarter …, and at last of the first alone: `undefined` if it cannot be read at all.
 */
export async function readFirstTexts(
  records: KVNamespace,
  keys: string[],
): Promise<Map<string, string | null | undefined>> {
  for (let count = keys.length; count > 0; count = count > 1 ? Math.ceil(count / 2) : 0) {
    try {
      return await readTexts(records, keys.slice(0, count));
    } catch (error) {
      if (isRefused(error)) throw error; // fewer of them would be refused, too
      logLine("warn", "records.read", { records: count, error: String(error) });
    }
  }
  return new Map(keys.slice(0, 1).map((key) => [key, undefined]));
}

/** The texts of at most a hundred records, in one KV read. */
async function readTexts(records: KVNamespace, keys: string[]): Promise<Map<string, string | null>> {
  if (keys.length === 0) return new Map();
  tallyKv("read");
  return records.get(keys, "text");
}
