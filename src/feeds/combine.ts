import { type Filter, filterQuery, matches, type Subject } from "../model/filter.ts";
import { LIMITS } from "../model/limits.ts";
import { ownHub } from "../model/organization.ts";
import type { Site } from "../model/site.ts";
import { documentOf, type Format } from "./formats.ts";
import type { Head } from "./head.ts";
import { disassemble } from "./layout.ts";
import type { ItemSubject } from "./subject.ts";

/** An organization's document, as it was published. */
export interface Source {
  organization: string;
  body: string;
}

interface Candidate {
  fragment: string;
  subject: ItemSubject;
  language: string;
  organizations: string[];
}

/**
 * A feed of several feeds, or of a part of one: made of the fragments that stand in the documents already, so that
 * nothing is rendered twice and an item is the same wherever it is read.
 * @param path the address of the feed without its ending and query: `/icesco/feed`, or `/feed`
 * @param updatedMs when the latest of the sources changed
 */
export function combinedDocument(
  format: Format,
  sources: readonly Source[],
  filter: Filter,
  { site, path, updatedMs }: { site: Site; path: string; updatedMs: number },
): string {
  const named = sources.map((source) => ({ ...source, ...disassemble(format.layout, source.body) }));
  const wanted = [...candidatesIn(format, named).values()]
    .filter((candidate) => matches(filter, subjectOf(candidate)))
    .sort((a, b) => b.subject.publishedMs - a.subject.publishedMs || (a.subject.id < b.subject.id ? 1 : -1));
  // Others are read only to know what is to be left out.
  const kept = named.filter(({ organization }) => !filter.exclude.organization?.includes(organization));
  const abouts = (kept.length > 0 ? kept : named).map(({ top }) => format.about(top));
  const title = abouts.map((about) => about.title).join(" · ");
  const query = `?${filterQuery(filter)}`;
  const address = site.publicUrl + path;
  const homepage = path === "/feed" ? `${site.publicUrl}/` : address.replace(/\/feed$/, "");
  const head: Head = {
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
  const items = wanted.slice(0, LIMITS.FEED_ITEMS).map(({ fragment }) => fragment);
  return documentOf(format, head, items);
}

function subjectOf({ subject, language, organizations }: Candidate): Subject {
  const { tags, authors } = subject;
  return {
    organizations,
    tags,
    authors,
    language,
    get text() {
      return subject.text;
    },
  };
}

/** Every item once, with all the organizations in whose feeds it stands. */
function candidatesIn(
  format: Format,
  sources: readonly { organization: string; top: string; items: string[] }[],
): Map<string, Candidate> {
  const found = new Map<string, Candidate>();
  for (const { organization, top, items } of sources) {
    const { language } = format.about(top);
    for (const fragment of items) {
      const subject = format.subject(fragment);
      const known = found.get(subject.id);
      if (known) known.organizations.push(organization);
      else {
        const spoken = subject.language ?? language;
        found.set(subject.id, { fragment, subject, language: spoken, organizations: [organization] });
      }
    }
  }
  return found;
}
