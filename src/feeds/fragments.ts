import type { Article } from "../model/article.ts";
import { LIMITS } from "../model/limits.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Site } from "../model/site.ts";
import { FORMATS, type FormatName } from "./formats.ts";
import { itemOf } from "./item.ts";

/** An article rendered as one item of each format. */
export type Fragments = Record<FormatName, string>;

/**
 * Names the way fragments look. A stored fragment of another name is rendered again before it is published:
 * raise the number whenever an item's bytes change.
 */
export const renderingOf = (site: Site): string => `1 ${site.publicUrl} ${site.tagAuthority}`;

/**
 * Renders an article once for all documents that it will stand in. What comes out has been read back, so no
 * fragment can break a document later.
 */
export function renderFragments(article: Article, site: Site): Result<Fragments> {
  try {
    const item = itemOf(article, site);
    const fragments = Object.fromEntries(
      FORMATS.map((format) => [format.name, format.item(item)]),
    ) as Fragments;
    for (const format of FORMATS) format.check(fragments[format.name]);
    const bytes = Math.max(...[JSON.stringify(article), ...Object.values(fragments)].map(utf8Bytes));
    if (bytes > LIMITS.FRAGMENT_BYTES) {
      const detail = `The article takes ${bytes} bytes in a feed; at most ${LIMITS.FRAGMENT_BYTES} are possible.`;
      return fail({ tag: "unrenderable", detail });
    }
    return ok(fragments);
  } catch (error) {
    const detail = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return fail({ tag: "unrenderable", detail: `The article cannot be written as a feed item: ${detail}` });
  }
}

const encoder = new TextEncoder();
const utf8Bytes = (text: string): number => encoder.encode(text).byteLength;
