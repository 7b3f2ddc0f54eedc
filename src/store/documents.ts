import { LIMITS } from "../model/limits.ts";
import { fail, ok, type Result } from "../model/result.ts";
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
  /** The organization's slug, where its address is another. */
  key?: string;
  /** There are no bytes: the organization has this address now. */
  moved?: string;
  /** Of a deleted organization: there are no bytes, and readers are to stop asking. */
  closed?: true;
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
async function readPublicDocument(documents: KVNamespace, path: string): Promise<StoredDocument | null> {
  const document = await readDocument(documents, path);
  return document?.unlisted ? null : document;
}

/** A document that was read, or why there is none to show: nothing was found, or its organization was deleted. */
export function standing<T extends DocumentMetadata>(document: T | null): Result<T> {
  if (!document) return fail({ tag: "not-found" });
  if (document.moved) return fail({ tag: "moved", address: document.moved });
  return document.closed ? fail({ tag: "closed" }) : ok(document);
}

/** A document of which only what stands beside it was read. Either send it, or read its text, or discard it. */
export interface OpenDocument extends DocumentMetadata {
  body: () => ReadableStream | Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
  text: () => Promise<string>;
  discard: () => Promise<void>;
  /**
   * Whether it stays in the memory of this isolate. What does not must not be a key of a WeakMap that lives long: V8's young
   * collections keep all that the values of such a map refer to, so that it is freed by full ones only.
   */
  isKept: boolean;
}

/** A document that was read whole. */
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
): Promise<Result<StoredDocument>> {
  const read = (isHot: boolean) => heldDocument(documents, path, isHot);
  const held = await recall(`/${path}`, mostMs, read, bytesOf);
  return standing(held?.document ?? null);
}

/**
 * As {@link recallPublicDocument}, for a document that is sent as it is, or not at all.
 * @param isSent whether its bytes are surely needed. If not, one that is not hot is not read whole
 */
export async function openPublicDocument(
  documents: KVNamespace,
  path: string,
  mostMs: number,
  isSent: boolean,
): Promise<Result<OpenDocument>> {
  const document = await recall<OpenDocument>(
    `/${path}`,
    mostMs,
    (isHot) => (isHot || isSent ? heldDocument(documents, path, isHot) : streamedDocument(documents, path)),
    (found) => bytesOf(found as HeldDocument),
  );
  return standing(document);
}

async function heldDocument(
  documents: KVNamespace,
  path: string,
  isKept: boolean,
): Promise<HeldDocument | null> {
  const document = await readPublicDocument(documents, path);
  if (!document) return null;
  return {
    ...document,
    body: () => document.body,
    text: async () => textOf(document),
    discard: async () => {},
    isKept,
    document,
  };
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
  if (metadata.unlisted || metadata.closed || metadata.moved) await value.cancel();
  if (metadata.unlisted) return null;
  return {
    ...metadata,
    body: () => (bytes === undefined ? value : whole()), // the listing must not be sent
    text: async () => decoder.decode(await whole()),
    discard: () => value.cancel(),
    isKept: false,
  };
}

/** The public JSON document at a path: one KV read. */
export async function readJsonDocument<T>(documents: KVNamespace, path: string): Promise<Result<T>> {
  const document = standing(await readPublicDocument(documents, path));
  return document.ok ? ok(JSON.parse(textOf(document.value)) as T) : document;
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

/**
 * Writes a document: one KV write.
 * @param hides whether everybody may still read what stands there and is not to be read any more: see {@link put}
 */
export const writeDocument = (
  documents: KVNamespace,
  path: string,
  body: string,
  metadata: DocumentMetadata,
  hides = false,
): Promise<void> => put(documents, path, body, metadata, hides);

/**
 * Replaces a document of a deleted organization with an empty one that is marked as closed: one KV write. That an unlisted
 * organization was deleted is told only at private addresses.
 */
export const closeDocument = (documents: KVNamespace, path: string, unlisted: boolean): Promise<void> =>
  put(documents, path, "", { closed: true, ...(unlisted ? { unlisted } : {}) }, true);

/**
 * Replaces a document by a signpost to the organization's address: one KV write.
 * @param hides as for {@link writeDocument}
 */
export const moveDocument = (
  documents: KVNamespace,
  path: string,
  address: string,
  unlisted: boolean,
  hides: boolean,
): Promise<void> => put(documents, path, "", { moved: address, ...(unlisted ? { unlisted } : {}) }, hides);

/**
 * Writes a document. If KV refuses that, as for the rest of a day, and what stands there is no longer for everybody, that is
 * deleted, which has a quota of its own. @throws what KV has answered, so that the document is written later
 */
async function put(
  documents: KVNamespace,
  path: string,
  body: string,
  metadata: Partial<DocumentMetadata>,
  hides: boolean,
): Promise<void> {
  tallyKv("write");
  try {
    await documents.put(path, body, { metadata });
  } catch (error) {
    if (hides) {
      tallyKv("delete");
      await documents.delete(path).catch(() => {}); // then it is overwritten later
    }
    throw error;
  } finally {
    changed(path);
  }
}

/** Forgets what this isolate has made of a document, and of others of the same organization: its archive and its page. */
const changed = (path: string): void => forget(`/${path.split("/")[0]}`);
