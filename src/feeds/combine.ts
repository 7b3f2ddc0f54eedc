import { type Filter, type FilterInput, filterQuery, matches } from "../model/filter.ts";
import { LIMITS } from "../model/limits.ts";
import { ownHub } from "../model/organization.ts";
import type { Site } from "../model/site.ts";
import { documentOf, type Format } from "./formats.ts";
import { itemsOf, preambleOf } from "./layout.ts";
import type { FeedMetadata } from "./metadata.ts";
import type { ItemSubject } from "./subject.ts";

/** An organization's published document. */
export interface PublishedFeed {
  organization: string;
  body: string;
}

/** An item of one or more feeds, with what filters look at. */
interface Candidate {
  fragment: string;
  subject: ItemSubject;
  input: FilterInput;
}

/**
 * Builds a feed from several feeds, or from part of one. It uses the fragments in the documents, so that nothing is
 * rendered twice and an item is the same in every feed.
 * @param path the address of the feed without its ending and query: `/icesco/feed`, or `/feed`
 * @param updatedMs when the latest of the sources changed
 */
export function combinedDocument(
  format: Format,
  sources: readonly PublishedFeed[],
  filter: Filter,
  { site, path, updatedMs }: { site: Site; path: string; updatedMs: number },
): string {
  const preambles = new Map(
    sources.map((source) => [source, format.about(preambleOf(format.layout, source.body))]),
  );
  // Excluded organizations' documents are read only to leave out their items.
  const kept = sources.filter(({ organization }) => !filter.exclude.organization?.includes(organization));
  const abouts = (kept.length > 0 ? kept : sources).flatMap((source) => preambles.get(source) ?? []);
  const title = abouts.map((about) => about.title).join(" · ");
  const query = `?${filterQuery(filter)}`;
  const address = site.publicUrl + path;
  const homepage = path === "/feed" ? `${site.publicUrl}/` : address.replace(/\/feed$/, "");
  const feed: FeedMetadata = {
    id: `${address}.${format.name}${query}`,
    title,
    description: `Chosen from the feeds of ${abouts.map((about) => about.title).join(", ")}`,
    homepage,
    language: abouts[0]?.language ?? "en",
    author: { name: title, url: homepage }, // of items that name none: no organization may speak for another
    address,
    query,
    hubs: [ownHub(site)],
    updatedMs,
  };
  const candidates = merged(
    sources.map((source) => ({ ...source, language: preambles.get(source)?.language ?? "" })),
    format,
  );
  return documentOf(format, feed, wanted(candidates, filter));
}

/** The newest items that match. Stops when the feed is full, or enough text was searched. */
function wanted(candidates: Iterable<Candidate>, filter: Filter): string[] {
  const searched = filter.include.q !== undefined || filter.exclude.q !== undefined;
  const found: string[] = [];
  let characters = 0;
  for (const { fragment, input } of candidates) {
    if (searched && characters > 0 && characters + fragment.length > LIMITS.SEARCHED_CHARACTERS) break;
    characters += fragment.length;
    if (matches(filter, input)) found.push(fragment);
    if (found.length === LIMITS.FEED_ITEMS) break;
  }
  return found;
}

/** The items of all documents without duplicates, newest first. */
function merged(sources: readonly (PublishedFeed & { language: string })[], format: Format): Candidate[] {
  const found = new Map<string, Candidate & { organizations: string[] }>();
  for (const { organization, language, body } of sources) {
    for (const fragment of itemsOf(format.layout, body)) {
      const subject = format.subject(fragment);
      const known = found.get(subject.id);
      if (known) known.organizations.push(organization);
      else {
        const organizations = [organization];
        const input = inputOf(subject, organizations, language);
        found.set(subject.id, { fragment, subject, organizations, input });
      }
    }
  }
  return [...found.values()].sort(
    ({ subject: a }, { subject: b }) => b.publishedMs - a.publishedMs || (a.id < b.id ? 1 : -1),
  );
}

function inputOf(subject: ItemSubject, organizations: string[], language: string): FilterInput {
  const { tags, authors } = subject;
  return {
    organizations,
    tags,
    authors,
    language: subject.language ?? language,
    get text() {
      return subject.text;
    },
  };
}
