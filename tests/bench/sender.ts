// The least a program can do to deliver: sign and POST, so many at once; no store, no log, no second try.
import { createHmac } from "node:crypto";
import { answering } from "./peer.ts";

/** A body to sign and to send. */
export interface Post {
  url: string;
  secret: string;
  /** Its `webhook-id`. */
  id: string;
  body: string;
}

/** Posts, and how many of them may be under way at once. */
export interface Batch {
  posts: Post[];
  concurrency: number;
}

async function send({ url, secret, id, body }: Post): Promise<void> {
  const timestamp = `${Math.floor(Date.now() / 1000)}`;
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  const headers = {
    "Content-Type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
  const response = await fetch(url, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  await response.arrayBuffer();
}

answering<Batch, { sent: number }>(async ({ posts, concurrency }) => {
  const waiting = posts.values();
  const worker = async () => {
    for (const post of waiting) await send(post);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { sent: posts.length };
});
