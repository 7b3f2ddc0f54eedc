import { type Bindings, configuration } from "../../env.ts";
import { FORMATS } from "../../feeds/formats.ts";
import { canonicalJson, digest } from "../../model/digest.ts";
import { type Organization, organizationFrom } from "../../model/organization.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { checkSource } from "../../objects/follower/poll.ts";
import { channelOf, directoryOf } from "../../objects/stubs.ts";
import { deleteOrganization, writeOrganization } from "../../store/records.ts";
import { answer, CURSOR, DONE, json, type Operation, operation } from "./operation.ts";

const group = "Organizations";
const path = "/organizations/:slug";

/** Who publishes. */
export const ORGANIZATIONS: readonly Operation[] = [
  operation({
    id: "listOrganizations",
    method: "GET",
    path: "/organizations",
    needs: "read",
    group,
    summary: "List organizations",
    detail: "All of them for the operator; for a token, its own.",
    parameters: CURSOR,
    answers: { 200: "OrganizationPage" },
    async handler({ env, principal, query }) {
      const directory = directoryOf(env);
      if (principal.kind === "admin") return answer(await directory.organizations(query.cursor ?? null));
      const all = await Promise.all(principal.organizations.map((name) => directory.organization(name)));
      return answer({ organizations: all.filter((organization) => organization !== null), cursor: null });
    },
  }),
  operation({
    id: "getOrganization",
    method: "GET",
    path,
    needs: "read",
    group,
    summary: "Get an organization",
    loads: "organization",
    answers: { 200: "Organization" },
    handler: ({ loaded: organization }) => answer(organization),
  }),
  operation({
    id: "putOrganization",
    method: "PUT",
    path,
    needs: "publish",
    action: "organization.put",
    group,
    summary: "Create or change an organization",
    detail: "Only the operator can create one. `aliases` are its other names in texts.",
    loads: "slug",
    body: json("OrganizationInput", {
      name: "Acme Museum",
      description: "Photographs and the machines that made them.",
      homepage: "https://acme.example/",
      aliases: ["Acme"],
    }),
    answers: { 200: "Organization", 201: "Organization" },
    async handler({ env, principal, loaded: slug, body }) {
      const readable = checkSources(env, body.sources);
      if (!readable.ok) return readable;
      const organization = organizationFrom(slug, body);
      const before = await directoryOf(env).organization(slug);
      if (!before && principal.kind !== "admin") return fail({ tag: "forbidden" });
      await describeOrganization(env, organization);
      return answer(organization, { status: before ? 200 : 201 });
    },
  }),
  operation({
    id: "deleteOrganization",
    method: "DELETE",
    path,
    needs: "publish",
    action: "organization.delete",
    group,
    summary: "Delete an organization's feeds and webhooks",
    detail:
      "Its articles stay in the feeds of the other organizations that share them. Creating it again repeats no alert.",
    loads: "deletable-organization",
    answers: { 204: null },
    async handler({ env, loaded: slug }) {
      await deleteOrganization(env.RECORDS, slug);
      await channelOf(env, slug).organization.close(); // what cannot be ended now is ended by its alarm
      return DONE;
    },
  }),
  operation({
    id: "listSubscribers",
    method: "GET",
    path: `${path}/subscribers`,
    needs: "read",
    group,
    summary: "Count the subscribers that aggregators report",
    loads: "organization",
    answers: { 200: "Subscribers" },
    async handler({ env, loaded: organization }) {
      const aggregators = await channelOf(env, organization.slug).aggregators.all();
      const feeds = FORMATS.map(({ name }) => {
        const some = aggregators.filter(({ feed }) => feed === name);
        return { feed: name, subscribers: some.reduce((sum, { subscribers }) => sum + subscribers, 0) };
      });
      return answer({ feeds, aggregators });
    },
  }),
];

/** Whether the addresses of an organization's sources may be fetched. */
function checkSources(env: Bindings, urls: readonly string[]): Result<null> {
  const errors = urls.flatMap((url, index) => {
    const checked = checkSource(url, configuration(env));
    return checked.ok ? [] : [{ path: `sources.${index}`, message: checked.reason }];
  });
  return errors.length > 0 ? fail({ tag: "invalid", errors }) : ok(null);
}

/** Creates or changes an organization. */
export async function describeOrganization(env: Bindings, organization: Organization): Promise<void> {
  await writeOrganization(env.RECORDS, organization, await digest(canonicalJson(organization)));
  await channelOf(env, organization.slug).organization.describe(organization);
  await directoryOf(env).enter(organization);
}
