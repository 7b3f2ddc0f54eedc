import { LIMITS } from "../model/limits.ts";

/** The path of an organization's feed, in a format: its address without the leading slash. */
export const feedPath = (slug: string, ending: string): string => `${slug}/feed.${ending}`;
/** The path of the list of organizations that pages are made with. */
export const INDEX_PATH = "organizations.json";
/** The path of the list of their feeds. */
export const OPML_PATH = "feeds.opml";

/** What stands beside a document's bytes: its validators. */
export interface DocumentMetadata {
  /** A strong entity tag, with its quotes. */
  etag: string;
  /** When the bytes last changed: seconds since 1970, as HTTP dates have no finer unit. */
  last_modified: number;
  /** Seconds for which it may be taken from a cache. */
  max_age: number;
  /** The archive document to read after it; 0 for none. */
  archive: number;
  /** What it has been, for deltas: see feeds/history.ts. */
  history: string;
  /** The hubs that it names; not given when that is the service's own alone. */
  hubs?: string[];
  /** Only for those who have an address of their own. */
  unlisted?: boolean;
}

/** A document as it is served. Cancel `body` if it is not sent. */
export interface StoredDocument extends DocumentMetadata {
  body: ReadableStream;
}

/** The document at a path without its leading slash (`icesco/feed.rss`): one KV read, nothing parsed. */
export async function readDocument(documents: KVNamespace, path: string): Promise<StoredDocument | null> {
  const { value, metadata } = await documents.getWithMetadata<DocumentMetadata>(path, {
    type: "stream",
    cacheTtl: LIMITS.KV_CACHE_SECONDS,
  });
  return value && metadata ? { body: value, ...metadata } : null;
}

/** As {@link readDocument}, for everybody: null for a document that is not public. */
export async function readPublicDocument(
  documents: KVNamespace,
  path: string,
): Promise<StoredDocument | null> {
  const document = await readDocument(documents, path);
  if (!document?.unlisted) return document;
  await document.body.cancel();
  return null;
}

/** The public JSON document at a path: one KV read. */
export async function readJsonDocument<T>(documents: KVNamespace, path: string): Promise<T | null> {
  const { value, metadata } = await documents.getWithMetadata<T, DocumentMetadata>(path, {
    type: "json",
    cacheTtl: LIMITS.KV_CACHE_SECONDS,
  });
  return metadata?.unlisted ? null : value;
}

/** Writes a document: one KV write. */
export async function writeDocument(
  documents: KVNamespace,
  path: string,
  body: string,
  metadata: DocumentMetadata,
): Promise<void> {
  await documents.put(path, body, { metadata });
}

/** Removes a document. */
export async function deleteDocument(documents: KVNamespace, path: string): Promise<void> {
  await documents.delete(path);
}
