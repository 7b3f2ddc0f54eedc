import * as v from "valibot";
import { LIMITS } from "./limits.ts";
import type { Site } from "./site.ts";
import { slug } from "./slug.ts";
import { calledAddress, filledLine, languageTag, textBlock, timeZone, webAddress } from "./text.ts";

/** The body of a request that creates or changes an organization. */
export const OrganizationInput = v.strictObject({
  // The slug is in the path. Accepted so that clients can send back what they read.
  slug: v.exactOptional(v.pipe(v.unknown(), v.description("Read-only: it is in the address."))),
  name: filledLine(LIMITS.NAME_CHARACTERS),
  address: v.exactOptional(
    v.pipe(
      slug,
      v.description(
        "Where its pages and feeds are, if not at its slug: `/{address}`. The slug stays its name in the API. Feeds and pages at " +
          "the addresses of before lead there. Left out, it stays as it is; the slug itself ends it. Only the operator changes it.",
      ),
    ),
  ),
  former_addresses: v.exactOptional(
    v.pipe(
      v.array(slug),
      v.maxLength(LIMITS.FORMER_ADDRESSES),
      v.description("Other addresses that lead to it. Those of before are added, and none is taken away."),
    ),
  ),
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

/** The name under which an organization's pages and feeds are found. */
export const addressOf = ({ slug, address }: Pick<Organization, "slug" | "address">): string =>
  address ?? slug;

/** The names that lead to an organization's address: its slug, and where it was before. */
export function signpostsOf(
  organization: Pick<Organization, "slug" | "address" | "former_addresses">,
): string[] {
  const { slug, former_addresses = [] } = organization;
  return [...new Set([slug, ...former_addresses])].filter((name) => name !== addressOf(organization));
}

/** An organization as the public knows it: under its address. */
export const addressed = <O extends Pick<Organization, "slug" | "address">>(organization: O): O => ({
  ...organization,
  slug: addressOf(organization),
});

/**
 * The addresses of an organization after a change: those of before lead to it for ever, because readers keep them.
 * @param before null for a new one
 */
export function withAddresses(organization: Organization, before: Organization | null): Organization {
  const { slug, address = before?.address, former_addresses = [], ...rest } = organization;
  const formers = new Set([
    ...(before?.former_addresses ?? []),
    ...(before?.address ? [before.address] : []),
    ...former_addresses,
  ]);
  for (const own of [slug, address ?? slug]) formers.delete(own);
  return {
    slug,
    ...rest,
    ...(address !== undefined && address !== slug ? { address } : {}),
    ...(formers.size > 0 ? { former_addresses: [...formers] } : {}),
  };
}

/** What public lists show of an organization: enough for a card, with the beginning of a long description. */
export function listed(organization: Organization): ListedOrganization {
  const { slug, name, description, language, logo } = addressed(organization);
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
