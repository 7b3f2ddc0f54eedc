import { LIMITS } from "../model/limits.ts";
import { forget, recall } from "./hot.ts";
import { tallyKv } from "./tally.ts";

/** The path of an organization's feed, in a format: its address without the leading slash. */
export const feedPath = (slug: string, ending: string): string => `${slug}/feed.${ending}`;
/** The path of a page of the list of organizations, from 1. */
export const listPath = (page: number): string =>
  page === 1 ? "organizations.json" : `organizations/${page}.json`;

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
  /** How many bytes of the value are the document. A listing of its items follows them (feeds/listing.ts). */
  bytes?: number;
}

/** A document as it is served. */
export interface StoredDocument extends DocumentMetadata {
  body: Uint8Array<ArrayBuffer>;
  /** The listing of its items, as JSON; empty when it has none. */
  listing: Uint8Array<ArrayBuffer>;
}

const decoder = new TextDecoder();

/** A document's text. */
export const textOf = ({ body }: StoredDocument): string => decoder.decode(body);

/** The document at a path without its leading slash (`icesco/feed.rss`): one KV read, nothing parsed. */
export async function readDocument(documents: KVNamespace, path: string): Promise<StoredDocument | null> {
  tallyKv("read");
  const { value, metadata } = await documents.getWithMetadata<DocumentMetadata>(path, {
    type: "arrayBuffer",
    cacheTtl: LIMITS.KV_CACHE_SECONDS,
  });
  if (!value || !metadata) return null;
  const end = Math.min(metadata.bytes ?? value.byteLength, value.byteLength);
  return { ...metadata, body: new Uint8Array(value, 0, end), listing: new Uint8Array(value, end) };
}

/** As {@link readDocument}, for everybody: null for a document that is not public. */
export async function readPublicDocument(
  documents: KVNamespace,
  path: string,
): Promise<StoredDocument | null> {
  const document = await readDocument(documents, path);
  return document?.unlisted ? null : document;
}

/** A document of which only what stands beside it was read. Either send it, or read its text, or discard it. */
export interface OpenDocument extends DocumentMetadata {
  body: () => ReadableStream | Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
  text: () => Promise<string>;
  discard: () => Promise<void>;
}

/** A document in the memory of this isolate. */
interface HeldDocument extends OpenDocument {
  document: StoredDocument;
}

/**
 * As {@link readPublicDocument}, or as this isolate read it at most so many milliseconds ago ({@link recall}): then no KV read.
 * What the same isolate publishes is seen at once.
 */
export async function recallPublicDocument(
  documents: KVNamespace,
  path: string,
  mostMs: number,
): Promise<StoredDocument | null> {
  const held = await recall(`/${path}`, mostMs, () => heldDocument(documents, path), bytesOf);
  return held?.document ?? null;
}

/** As {@link recallPublicDocument}, for a document that is sent as it is, or not at all: one that is not hot is not read whole. */
export function openPublicDocument(
  documents: KVNamespace,
  path: string,
  mostMs: number,
): Promise<OpenDocument | null> {
  return recall<OpenDocument>(
    `/${path}`,
    mostMs,
    (isHot) => (isHot ? heldDocument(documents, path) : streamedDocument(documents, path)),
    (document) => bytesOf(document as HeldDocument),
  );
}

async function heldDocument(documents: KVNamespace, path: string): Promise<HeldDocument | null> {
  const document = await readPublicDocument(documents, path);
  if (!document) return null;
  const { body, listing: _, ...metadata } = document;
  const open = { body: () => body, text: async () => textOf(document), discard: async () => {} };
  return { ...metadata, ...open, document };
}

const bytesOf = ({ document }: HeldDocument): number =>
  document.body.byteLength + document.listing.byteLength;

async function streamedDocument(documents: KVNamespace, path: string): Promise<OpenDocument | null> {
  tallyKv("read");
  const { value, metadata } = await documents.getWithMetadata<DocumentMetadata>(path, {
    type: "stream",
    cacheTtl: LIMITS.KV_CACHE_SECONDS,
  });
  if (!value || !metadata) return null;
  const { bytes } = metadata;
  const whole = async () => new Uint8Array(await new Response(value).arrayBuffer()).subarray(0, bytes);
  if (metadata.unlisted) {
    await value.cancel();
    return null;
  }
  return {
    ...metadata,
    body: () => (bytes === undefined ? value : whole()), // the listing must not be sent
    text: async () => decoder.decode(await whole()),
    discard: () => value.cancel(),
  };
}

/** The public JSON document at a path: one KV read. */
export async function readJsonDocument<T>(documents: KVNamespace, path: string): Promise<T | null> {
  const document = await readPublicDocument(documents, path);
  return document && (JSON.parse(textOf(document)) as T);
}

/** The public JSON documents at some paths, at most 100, in their order: one KV read. */
export async function readJsonDocuments<T>(
  documents: KVNamespace,
  paths: readonly string[],
): Promise<(T | null)[]> {
  const options = { type: "json", cacheTtl: LIMITS.KV_CACHE_SECONDS } as const;
  const found = await documents.getWithMetadata<T, DocumentMetadata>([...paths], options);
  return paths.map((path) => {
    const { value, metadata } = found.get(path) ?? { value: null, metadata: null };
    return metadata?.unlisted ? null : value;
  });
}

/** Writes a document: one KV write. */
export async function writeDocument(
  documents: KVNamespace,
  path: string,
  body: string,
  metadata: DocumentMetadata,
): Promise<void> {
  tallyKv("write");
  await documents.put(path, body, { metadata });
  changed(path);
}

/** Removes a document. */
export async function deleteDocument(documents: KVNamespace, path: string): Promise<void> {
  tallyKv("delete");
  await documents.delete(path);
  changed(path);
}

/** Forgets what this isolate has made of a document, and of others of the same organization: its archive and its page. */
const changed = (path: string): void => forget(`/${path.split("/")[0]}`);
