import { digest } from "../model/digest.ts";

/** What names an item for good, as it was met first: its link, or where it has none its key in its source. */
export type Origin = { link: string } | { source: string; key: string };

/**
 * The id of an item's article. Each organization that follows a source has an article of its own, so that nobody who
 * follows a feed touches what others have made of it; two sources of one organization with one link make one article.
 * @param organization null: the article of all whom a source of the whole service brings it to
 */
export async function articleIdOf(origin: Origin, organization: string | null): Promise<string> {
  // In this form 6b9472a named the articles of a source that one organization followed: they stay the same ones.
  if ("link" in origin) {
    return `itm_${await digest("link", organization === null ? "true" : `${organization} false`, origin.link)}`;
  }
  const parts = ["key", origin.source, origin.key];
  return `itm_${await digest(...parts, ...(organization === null ? [] : [organization]))}`;
}
