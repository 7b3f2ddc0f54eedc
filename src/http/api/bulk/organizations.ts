import type { Bindings } from "../../../env.ts";
import { canonicalJson, digest } from "../../../model/digest.ts";
import { LIMITS } from "../../../model/limits.ts";
import type { OrganizationLine, OrganizationStanding } from "../../../model/line.ts";
import { type Organization, organizationFrom } from "../../../model/organization.ts";
import { fail, ok, type Result } from "../../../model/result.ts";
import type { Entry } from "../../../objects/directory/organization-store.ts";
import { channelOf, directoryOf } from "../../../objects/stubs.ts";
import { unavailable } from "../../../publishing/draft.ts";
import { mapConcurrent } from "../../../store/concurrency.ts";
import { logLine } from "../../../store/log.ts";
import { writeOrganization } from "../../../store/records.ts";
import { addressRefused, checkAddresses } from "../organizations.ts";
import type { Stored } from "./stored.ts";

/** Stores organizations with different slugs. New ones are restored to their exported state. */
export async function importOrganizations(
  env: Bindings,
  lines: readonly OrganizationLine[],
): Promise<Result<Stored>[]> {
  const entries = await directoryOf(env).organizations.entries(lines.map(({ slug }) => slug));
  const before = new Map(entries.map((entry) => [entry.organization.slug, entry]));
  return mapConcurrent(LIMITS.CONNECTIONS, lines, async (line) => {
    const callable = checkAddresses(env, line);
    if (!callable.ok) return callable;
    try {
      const stored = await storeOrganization(env, line, before.get(line.slug) ?? null);
      return stored.ok ? ok({ type: "organization", id: line.slug, outcome: stored.value }) : stored;
    } catch (error) {
      logLine("error", "import.store", { organization: line.slug, error: String(error) });
      return fail(unavailable());
    }
  });
}

async function storeOrganization(
  env: Bindings,
  { type: _, standing, ...input }: OrganizationLine,
  before: Entry | null,
): Promise<Result<Stored["outcome"]>> {
  const organization = organizationFrom(input.slug, input);
  const closed = standing?.closed ?? false;
  if (
    before &&
    before.closed === closed &&
    canonicalJson(before.organization) === canonicalJson(organization)
  ) {
    return ok("unchanged");
  }
  // An import never closes an organization: that would delete its webhooks.
  if (before && (closed || (standing && standing.changed_ms < before.changedMs))) return ok("kept");
  const stored =
    before || !standing ? await update(env, organization) : await restore(env, organization, standing);
  return stored.ok ? ok(before ? "updated" : "created") : stored;
}

async function update(env: Bindings, organization: Organization): Promise<Result<null>> {
  const stored = await directoryOf(env).organizations.put(organization, true);
  if (stored && "refused" in stored) return fail(addressRefused(stored));
  if (!stored?.done) throw new Error("The organization is stored, but not in KV and its channel yet");
  return ok(null);
}

/** The channel first: it takes the exported state only if it has none. */
async function restore(
  env: Bindings,
  organization: Organization,
  standing: OrganizationStanding,
): Promise<Result<null>> {
  const { closed = false, changed_ms: changedMs, publication } = standing;
  const restored = publication ? { digest: publication.digest, updatedMs: publication.updated_ms } : null;
  await channelOf(env, organization.slug).organization.restore(organization, closed, restored);
  if (!closed) {
    await writeOrganization(env.RECORDS, organization, await digest(canonicalJson(organization)));
  }
  await directoryOf(env).organizations.restore({ organization, closed, changedMs });
  return ok(null);
}
