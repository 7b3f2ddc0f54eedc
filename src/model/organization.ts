import * as v from "valibot";
import { LIMITS } from "./limits.ts";
import type { Site } from "./site.ts";
import { calledAddress, filledLine, languageTag, textBlock, webAddress } from "./text.ts";

/** What a publisher says of an organization. */
export const OrganizationInput = v.strictObject({
  // It is in the address; taken so that what was read can be put back.
  slug: v.exactOptional(v.pipe(v.unknown(), v.description("Read-only: it is in the address."))),
  name: filledLine(LIMITS.NAME_CHARACTERS),
  description: v.optional(textBlock(LIMITS.SUMMARY_CHARACTERS), ""),
  homepage: v.exactOptional(webAddress),
  language: v.optional(languageTag, "en"),
  aliases: v.optional(
    v.pipe(
      v.array(filledLine(LIMITS.NAME_CHARACTERS)),
      v.maxLength(LIMITS.ALIASES),
      v.description("The other names that texts use for it."),
    ),
    [],
  ),
  logo: v.exactOptional(webAddress),
  /** Not public: no page, no list, and feeds only at addresses given to each reader. */
  unlisted: v.exactOptional(v.pipe(v.boolean(), v.description("No page, no list; feeds for readers alone."))),
  hubs: v.exactOptional(
    v.pipe(
      v.array(calledAddress),
      v.maxLength(LIMITS.HUBS),
      v.check(
        (hubs) => hubs.join("").length <= LIMITS.HUBS_CHARACTERS,
        `must have at most ${LIMITS.HUBS_CHARACTERS} characters in all`,
      ),
      // Whether they may be called is `delivery/addresses.ts`.
      v.description("The WebSub hubs that its feeds name: the service's own where this is not given."),
    ),
  ),
  // Whether their addresses may be read is `objects/follower/poll.ts`.
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
export type Organization = v.InferOutput<typeof Organization>;

/** The organization that an input at a slug describes. */
export function organizationFrom(slug: string, input: v.InferOutput<typeof OrganizationInput>): Organization {
  const { slug: _, unlisted, ...fields } = input;
  return { slug, ...fields, ...(unlisted ? { unlisted } : {}) };
}

/** The address of the service's own WebSub hub. */
export const ownHub = ({ publicUrl }: Pick<Site, "publicUrl">): string => `${publicUrl}/hub`;

/** The hubs that an organization's feeds name. Feeds that are not public name none: a hub would tell of them. */
export function hubsOf({ hubs, unlisted }: Pick<Organization, "hubs" | "unlisted">, site: Site): string[] {
  return unlisted ? [] : (hubs ?? [ownHub(site)]);
}
