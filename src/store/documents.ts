import { LIMITS } from "../model/limits.ts";

/** What stands beside a document's bytes: its validators. */
export interface DocumentMetadata {
  /** A strong entity tag, with its quotes. */
  etag: string;
  /** When the bytes last changed: seconds since 1970, as HTTP dates have no finer unit. */
  last_modified: number;
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

/** The JSON document at a path: one KV read. */
export async function readJsonDocument<T>(documents: KVNamespace, path: string): Promise<T | null> {
  return documents.get<T>(path, { type: "json", cacheTtl: LIMITS.KV_CACHE_SECONDS });
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
