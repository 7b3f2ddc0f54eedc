/** The tag of every answer that shows an organization: what is purged when its feeds change. */
export const organizationTag = (slug: string): string => `organization-${slug}`;
