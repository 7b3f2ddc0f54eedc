import * as v from "valibot";
import { LIMITS } from "./limits.ts";
import type { Site } from "./site.ts";
import { calledAddress, filledLine, languageTag, textBlock, timeZone, webAddress } from "./text.ts";

/** The body of a request that creates or changes an organization. */
export const OrganizationInput = v.strictObject({
  // The slug is in the path. Accepted so that clients can send back what they read.
  slug: v.exactOptional(v.pipe(v.unknown(), v.description("Read-only: it is in the address."))),
  name: filledLine(LIMITS.NAME_CHARACTERS),
  description: v.optional(textBlock(LIMITS.SUMMARY_CHARACTERS), ""),
  homepage: v.exactOptional(webAddress),
  language: v.optional(languageTag, "en"),
  time_zone: v.exactOptional(timeZone),
  aliases: v.optional(
    v.pipe(
      v.array(filledLine(LIMITS.NAME_CHARACTERS)),
      v.maxLength(LIMITS.ALIASES),
      v.description("The other names that texts use for it."),
    ),
    [],
  ),
  logo: v.exactOptional(webAddress),
  /** Not public: no page, in no list, and feeds only at each reader's own address. */
  unlisted: v.exactOptional(v.pipe(v.boolean(), v.description("No page, no list; feeds for readers alone."))),
  hubs: v.exactOptional(
    v.pipe(
      v.array(calledAddress),
      v.maxLength(LIMITS.HUBS),
      v.check(
        (hubs) => hubs.join("").length <= LIMITS.HUBS_CHARACTERS,
        `must have at most ${LIMITS.HUBS_CHARACTERS} characters in all`,
      ),
      // `delivery/addresses.ts` checks whether they may be called.
      v.description("The WebSub hubs that its feeds name: the service's own where this is not given."),
    ),
  ),
  // `store/source-address.ts` checks whether they may be fetched.
  sources: v.optional(
    v.pipe(
      v.array(calledAddress),
      v.maxLength(LIMITS.SOURCES),
      v.transform((urls) => [...new Set(urls)]),
      v.description("Feeds of others whose items are its articles too."),
    ),
    [],
  ),
});

/** An organization as it is stored and read. */
export const Organization = v.object({
  ...OrganizationInput.entries,
  slug: v.string(),
  description: v.string(),
  language: v.string(),
  aliases: v.array(v.string()),
  sources: v.array(v.string()),
});

/** An organization as the API shows it. */
export const ShownOrganization = v.object({
  ...Organization.entries,
  state: v.exactOptional(
    v.pipe(
      v.literal("closing"),
      v.description("Only while it is being deleted: its feeds and webhooks end."),
    ),
  ),
});
export type ShownOrganization = v.InferOutput<typeof ShownOrganization>;
export type Organization = v.InferOutput<typeof Organization>;

/** An organization as public lists show it. */
export type ListedOrganization = Pick<Organization, "slug" | "name" | "description" | "language" | "logo">;

/** What public lists show of an organization: enough for a card, with the beginning of a long description. */
export function listed({ slug, name, description, language, logo }: Organization): ListedOrganization {
  const most = LIMITS.LIST_DESCRIPTION_CHARACTERS;
  const isLong = description.length > most;
  const short = isLong ? `${description.slice(0, most).replace(/[\ud800-\udbff]$/, "")}…` : description;
  return { slug, name, description: short, language, ...(logo === undefined ? {} : { logo }) };
}

/** Builds the organization that an input describes. */
export function organizationFrom(slug: string, input: v.InferOutput<typeof OrganizationInput>): Organization {
  const { slug: _, unlisted, ...fields } = input;
  return { slug, ...fields, ...(unlisted ? { unlisted } : {}) };
}

/** The address of the service's own WebSub hub. */
export const ownHub = ({ publicUrl }: Pick<Site, "publicUrl">): string => `${publicUrl}/hub`;

/** The hubs that an organization's feeds name. Private feeds name none: a hub would make them public. */
export function hubsOf({ hubs, unlisted }: Pick<Organization, "hubs" | "unlisted">, site: Site): string[] {
  return unlisted ? [] : (hubs ?? [ownHub(site)]);
}
