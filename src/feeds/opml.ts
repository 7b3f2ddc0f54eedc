import type { ListedOrganization } from "../model/organization.ts";
import type { Site } from "../model/site.ts";
import type { FormatName } from "./formats.ts";
import { element, withAttributes, write, XML_DECLARATION } from "./xml.ts";

/** OPML 2.0 of every organization's feeds, one outline an organization. @param format of the feeds that it names */
export function opmlDocument(
  organizations: readonly ListedOrganization[],
  site: Site,
  updatedMs: number,
  format: FormatName = "atom",
): string {
  const outline = organizations.map((organization) => {
    const page = `${site.publicUrl}/${organization.slug}`;
    return withAttributes({
      type: "rss", // OPML 2.0, "Subscription lists": the type of every feed, whatever its format
      text: organization.name,
      title: organization.name,
      description: organization.description || undefined,
      language: organization.language,
      category: `/organizations/${organization.slug}`,
      htmlUrl: page,
      xmlUrl: `${page}/feed.${format}`,
    });
  });
  return write({
    ...XML_DECLARATION,
    opml: {
      ...withAttributes({ version: "2.0" }),
      head: {
        title: element("Communiqué: the feeds of every organization"),
        dateModified: element(new Date(updatedMs).toUTCString()),
      },
      body: { outline },
    },
  });
}
