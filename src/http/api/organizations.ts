import { checkHub } from "../../delivery/addresses.ts";
import { type Bindings, configuration } from "../../env.ts";
import { FORMATS } from "../../feeds/formats.ts";
import { LIMITS } from "../../model/limits.ts";
import { type Organization, organizationFrom, ownHub } from "../../model/organization.ts";
import { type Failure, fail, ok, type Result } from "../../model/result.ts";
import type { Put } from "../../objects/directory/organizations.ts";
import { channelOf, directoryOf } from "../../objects/stubs.ts";
import { checkSource } from "../../store/source-address.ts";
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
      const { organizations } = directoryOf(env);
      if (principal.kind === "admin") return answer(await organizations.page(query.cursor ?? null));
      const all = await Promise.all(principal.open.map((name) => organizations.get(name)));
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
    detail: "While its deletion is being carried out, it has `state: closing`.",
    loads: "shown-organization",
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
      const organization = organizationFrom(slug, body);
      const callable = checkAddresses(env, organization);
      if (!callable.ok) return callable;
      const stored = await directoryOf(env).organizations.put(organization, principal.kind === "admin");
      if (!stored) return fail({ tag: "forbidden" });
      if ("refused" in stored) return fail(addressRefused(stored));
      return stored.done ? answer(stored.organization, { status: stored.opened ? 201 : 200 }) : UNFINISHED;
    },
  }),
  operation({
    id: "deleteOrganization",
    method: "DELETE",
    path,
    needs: "manage",
    action: "organization.delete",
    group,
    summary: "Delete an organization's feeds and webhooks",
    detail:
      "A token needs the scope `manage`, which it has only if it was created with it. Its articles stay in the feeds of " +
      "the other organizations that share them. What cannot be ended at once is ended later; until then `GET` shows " +
      "`state: closing`. An organization that is created with the same slug later repeats no alert, and tokens and " +
      "readers of this one have no access to it.",
    loads: "shown-organization",
    answers: { 204: null },
    async handler({ env, loaded: { slug } }) {
      const closed = await directoryOf(env).organizations.close(slug);
      return closed ? DONE : fail({ tag: "not-found" });
    },
  }),
  operation({
    id: "countSubscribers",
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

/** Why an organization's addresses cannot be as they were given. */
export function addressRefused(put: Extract<Put, { refused: string }>): Failure {
  const errors = {
    taken: { path: "address", message: `${"name" in put ? put.name : ""} is or was another organization's` },
    operator: { path: "address", message: "can be changed by the operator alone" },
    "too-many": {
      path: "former_addresses",
      message: `at most ${LIMITS.FORMER_ADDRESSES} addresses can lead to an organization`,
    },
  };
  return { tag: "invalid", errors: [errors[put.refused]] };
}

/** Whether an organization's sources may be fetched, and its hubs be called. */
export function checkAddresses(
  env: Bindings,
  { sources, hubs = [] }: Pick<Organization, "sources" | "hubs">,
): Result<null> {
  const settings = configuration(env);
  const named = [
    ...sources.map((url, index) => [`sources.${index}`, checkSource(url, settings)] as const),
    ...hubs.map((url, index) => [`hubs.${index}`, checkHub(url, ownHub(settings.site), settings)] as const),
  ];
  const errors = named.flatMap(([path, check]) => (check.ok ? [] : [{ path, message: check.reason }]));
  return errors.length > 0 ? fail({ tag: "invalid", errors }) : ok(null);
}

/** A change that is stored, but is not in KV and in the channel yet. */
const UNFINISHED = fail({
  tag: "unavailable",
  detail: "The organization is stored and will be completed. Send the request again: nothing is done twice.",
  retryAfterSeconds: 2,
});
