import { digest } from "../model/digest.ts";

/** The permanent identity of an item, from its first appearance: its link, or without a link its key in its source. */
export type Origin = { link: string } | { source: string; key: string };

/**
 * The id of an item's article. Each organization that follows a source has an article of its own, so that followers of
 * one feed do not affect each other. Two sources of one organization with the same link share one article.
 * @param organization null for the shared article of a source of the whole service
 */
export async function articleIdOf(origin: Origin, organization: string | null): Promise<string> {
  // The form of version 6b9472a for a source that one organization followed: its articles keep their ids.
  if ("link" in origin) {
    return `itm_${await digest("link", organization === null ? "true" : `${organization} false`, origin.link)}`;
  }
  const parts = ["key", origin.source, origin.key];
  return `itm_${await digest(...parts, ...(organization === null ? [] : [organization]))}`;
}
