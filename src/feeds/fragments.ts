import { LIMITS } from "../model/limits.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Site } from "../model/site.ts";
import { FORMATS, type FormatName } from "./formats.ts";
import { itemOf, type SafeArticle, unrenderable } from "./item.ts";

/** An article rendered as one item of each format. */
export type Fragments = Record<FormatName, string>;

/**
 * The version of stored fragments. A fragment of another version is rendered again before it is published: increase the
 * number whenever an item's bytes change.
 */
export const renderingOf = (site: Site): string => `2 ${site.publicUrl} ${site.tagAuthority}`;

/**
 * Renders an article once for all documents. Fragments are parsed again, so that none can break a document later; their
 * size is checked first, since parsing costs most.
 */
export function renderFragments(article: SafeArticle, site: Site): Result<Fragments> {
  try {
    // What could be published can be withdrawn: that date counts for nothing.
    const { withdrawn_at: _, ...standing } = article;
    const record = bounded(JSON.stringify(standing));
    if (!record.ok) return record;
    const item = itemOf(article, site);
    const fragments: Partial<Fragments> = {};
    for (const format of FORMATS) {
      const fragment = bounded(format.item(item));
      if (!fragment.ok) return fragment;
      fragments[format.name] = fragment.value;
    }
    const rendered = fragments as Fragments;
    for (const format of FORMATS) format.check(rendered[format.name]);
    return ok(rendered);
  } catch (error) {
    return unrenderable((error instanceof Error ? error.message.split("\n")[0] : undefined) ?? String(error));
  }
}

function bounded(text: string): Result<string> {
  const bytes = utf8Bytes(text);
  if (bytes <= LIMITS.FRAGMENT_BYTES) return ok(text);
  const detail = `The article takes ${bytes} bytes in a feed; at most ${LIMITS.FRAGMENT_BYTES} are possible.`;
  return fail({ tag: "unrenderable", detail });
}

const encoder = new TextEncoder();
/** The length of a text in UTF-8. */
export const utf8Bytes = (text: string): number => encoder.encode(text).byteLength;
