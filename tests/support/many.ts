import { env } from "cloudflare:workers";
import { LIMITS } from "../../src/model/limits.ts";
import { organizationFrom } from "../../src/model/organization.ts";
import { directoryOf } from "../../src/objects/stubs.ts";
import { rows } from "./objects.ts";
import { publishIndex } from "./service.ts";

/** The slug of an organization that {@link load} makes; the order of slugs is the order of numbers. */
export const numbered = (number: number): string => `many-${String(number).padStart(5, "0")}`;

/**
 * Makes the organizations with the numbers from one to another, both included, as an import leaves them in the Directory:
 * open and in the public list, without records and channels. Call {@link unload} when the test is over.
 */
export async function load(from: number, to: number): Promise<void> {
  const described = { description: "", language: "en", aliases: [], sources: [] };
  const { organizations } = directoryOf(env);
  for (let number = from; number <= to; number++) {
    const organization = organizationFrom(numbered(number), { name: `Board ${number}`, ...described });
    await organizations.restore({ organization, closed: false, changedMs: 0 });
  }
  const pages = Math.ceil(to / LIMITS.LIST_ORGANIZATIONS);
  for (let written = 0; written <= pages; written += LIMITS.LIST_WRITES) await publishIndex();
}

/** Forgets them, so that emptying the store does not start a channel for each. */
export async function unload(): Promise<void> {
  await rows(directoryOf(env), "DELETE FROM organizations WHERE slug LIKE 'many-%'");
}
