import { exports } from "cloudflare:workers";
import { SITE } from "../../support/service.ts";

/** The endings of feeds, each with what an item is in it, and what its id is in an item. */
export const ENDINGS = {
  rss: { item: /<item>[\s\S]*?<\/item>/g, id: /<guid[^>]*>([^<]+)</ },
  atom: { item: /<entry>[\s\S]*?<\/entry>/g, id: /<id>([^<]+)</ },
  json: { item: /^\{"id":.*\}/gm, id: /^\{"id":"([^"]+)"/ },
} as const;
export type Ending = keyof typeof ENDINGS;

/** Somebody who polls a feed and takes deltas (RFC 3229): plain data. */
export interface FeedReader {
  slug: string;
  ending: Ending;
  /** The version that was read last; null if none was. */
  etag: string | null;
  /** All items that ever came, by their ids: each as it came last. */
  items: Map<string, string>;
}

/** The items of a feed or of a delta, by their ids. */
export function itemsIn(text: string, ending: Ending): Map<string, string> {
  const { item, id } = ENDINGS[ending];
  return new Map([...text.matchAll(item)].map(([found]) => [id.exec(found)?.[1] ?? "", found]));
}

/** Polls a feed once. @returns the status of the answer */
export async function poll(reader: FeedReader): Promise<number> {
  const headers: Record<string, string> = { "a-im": "feed" };
  if (reader.etag !== null) headers["if-none-match"] = reader.etag;
  const answer = await exports.default.fetch(
    new Request(`${SITE}/${reader.slug}/feed.${reader.ending}`, { headers }),
  );
  const text = await answer.text();
  if (answer.status !== 200 && answer.status !== 226) return answer.status;
  reader.etag = answer.headers.get("etag");
  for (const [id, item] of itemsIn(text, reader.ending)) reader.items.set(id, item);
  return answer.status;
}
