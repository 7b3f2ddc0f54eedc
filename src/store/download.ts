import { edgeFault, silence, tooLate } from "./faults.ts";

/** A GET of somebody else's document. */
export interface DownloadRequest {
  /** An address that `delivery/addresses.ts` has accepted. */
  url: string;
  headers: Record<string, string>;
  /** For everything: connecting, the answer's headers and its body. */
  timeoutMs: number;
  /** Counted after decompression. */
  mostBytes: number;
}

/** What came: the bytes of a 2xx, none of any other answer; or why nothing usable came, in a plain sentence. */
export type Download =
  | { ok: true; status: number; headers: Headers; bytes: Uint8Array }
  | { ok: false; status: number | null; detail: string };

/** Fetches a document whole, and says what came of it; it never throws. Redirects are not followed. */
export async function download({ url, headers, timeoutMs, mostBytes }: DownloadRequest): Promise<Download> {
  // Not AbortSignal.timeout: its timer cannot be stopped, and would keep a Durable Object awake to its end.
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  try {
    const response = await fetch(url, {
      headers,
      redirect: "manual",
      signal: timeout.signal,
    });
    const { status } = response;
    const fault =
      status >= 520
        ? edgeFault("publisher", new TextDecoder().decode(await firstBytes(response.body, 100)), status)
        : null;
    if (fault) return { ok: false, status: null, detail: fault.detail };
    if (!response.ok) {
      await response.body?.cancel();
      return { ok: true, status, headers: response.headers, bytes: new Uint8Array() };
    }
    const bytes = await firstBytes(response.body, mostBytes + 1);
    if (bytes.length > mostBytes)
      return { ok: false, status, detail: `It has more than ${mostBytes} bytes.` };
    return { ok: true, status, headers: response.headers, bytes };
  } catch (error) {
    const { detail } = timeout.signal.aborted ? tooLate(timeoutMs) : silence("publisher", error);
    return { ok: false, status: null, detail };
  } finally {
    clearTimeout(timer);
  }
}

/** The first bytes of a body: all of them, when there are no more. */
export async function firstBytes(body: ReadableStream<Uint8Array> | null, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  while (reader && length < most) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value.subarray(0, most - length));
    length += parts.at(-1)?.length ?? 0;
  }
  // Not waited for: nothing depends on how the other side takes it.
  reader?.cancel().catch(() => undefined);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
