import { FORMATS } from "../../../feeds/formats.ts";
import type { Organization } from "../../../model/organization.ts";
import type { Problem } from "../../problem.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import { Check, Empty, errorAt, Field, Form, Refused } from "../forms.tsx";
import { type Shown, useConsole, type View, type Visit } from "../visit.ts";

/** S12: how an organization is called and how it speaks. */
export const ORGANIZATION: readonly Screen[] = [
  {
    path: "/admin/organization",
    needs: "read",
    async get(visit) {
      const organization = await visit.place();
      if (!organization) return nothing(visit);
      return form(visit, organization, null);
    },
    async post(visit, fields) {
      const organization = await visit.place();
      if (!organization || !visit.may("publish")) return nothing(visit);
      return put(visit, organization.slug, fields, organization);
    },
  },
  {
    path: "/admin/organization/new",
    needs: "operator",
    async get(visit) {
      return newForm(visit, new FormData(), null);
    },
    async post(visit, fields) {
      const slug = String(fields.get("slug") ?? "").trim();
      const done = await visit.ask<Organization>("PUT", `/organizations/${part(slug)}`, {
        body: { name: String(fields.get("name") ?? "") },
      });
      if (!done.ok) return { ...newForm(visit, fields, done.problem), status: 422 };
      return { to: `/admin/organization?${new URLSearchParams({ organization: slug })}` };
    },
  },
  {
    path: "/admin/organization/delete",
    needs: "manage",
    async post(visit, fields) {
      const organization = await visit.place();
      const { words } = visit;
      if (!organization) return nothing(visit);
      if (String(fields.get("typed") ?? "").trim() !== organization.slug) {
        const problem: Problem = {
          type: "urn:communique:problem:invalid",
          title: words.correct,
          status: 422,
          detail: words.organizationScreen.typed,
          errors: [{ path: "", message: words.organizationScreen.typed }],
        };
        return { ...form(visit, organization, problem), status: 422 };
      }
      const done = await visit.ask("DELETE", `/organizations/${part(organization.slug)}`);
      return done.ok ? { to: "/admin" } : done;
    },
  },
];

const nothing = (visit: Visit): View => ({
  title: visit.words.organizationScreen.title,
  nav: "organization",
  body: visit.may("operator") ? (
    <p>
      <a class="button" href="/admin/organization/new">
        {visit.words.organizationScreen.create}
      </a>
    </p>
  ) : (
    <Empty title={visit.words.problems.notFoundText} />
  ),
});

const linesIn = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** What the form says, as the API takes it. */
function said(fields: FormData, before: Organization): Omit<Organization, "slug"> {
  const line = (name: string) => String(fields.get(name) ?? "").trim();
  const filled = (name: string) => (line(name) === "" ? {} : { [name]: line(name) });
  const hubs = linesIn(line("hubs"));
  return {
    name: line("name"),
    description: line("description"),
    language: line("language") || before.language,
    aliases: linesIn(line("aliases")),
    sources: linesIn(line("sources")),
    ...filled("address"),
    ...filled("homepage"),
    ...filled("time_zone"),
    ...filled("logo"),
    ...(hubs.length > 0 ? { hubs } : {}),
    ...(fields.get("unlisted") === "on" ? { unlisted: true } : {}),
  };
}

async function put(visit: Visit, slug: string, fields: FormData, before: Organization): Promise<Shown> {
  const body = said(fields, before);
  const done = await visit.ask("PUT", `/organizations/${part(slug)}`, { body });
  if (!done.ok) return { ...form(visit, { slug, ...body }, done.problem), status: 422 };
  return { to: visit.link("/admin/organization", { done: "saved" }) };
}

function newForm(visit: Visit, fields: FormData, problem: Problem | null): View {
  const w = visit.words.organizationScreen;
  return {
    title: w.create,
    nav: "organization",
    body: (
      <>
        <Refused problem={problem} />
        <Form action="/admin/organization/new">
          <Field
            name="name"
            label={w.name}
            value={String(fields.get("name") ?? "")}
            error={errorAt(problem, "name")}
            required
          />
          <Field
            name="slug"
            label={w.slug}
            hint={w.slugHint}
            value={String(fields.get("slug") ?? "")}
            error={errorAt(problem, "slug")}
            required
            dir="ltr"
          />
          <div class="buttons">
            <button type="submit">{w.create}</button>
          </div>
        </Form>
      </>
    ),
  };
}

function form(visit: Visit, organization: Organization, problem: Problem | null): View {
  const { words } = visit;
  const w = words.organizationScreen;
  const error = (name: string) => errorAt(problem, name);
  const {
    slug,
    name,
    address,
    description,
    homepage,
    language,
    time_zone,
    aliases,
    logo,
    unlisted,
    hubs,
    sources,
  } = organization;
  return {
    title: w.title,
    nav: "organization",
    note: visit.query("done") === "saved" ? words.savedNow : undefined,
    body: (
      <>
        <Refused problem={problem} />
        <div class="two">
          <Form action={visit.link("/admin/organization")}>
            <Field name="name" label={w.name} value={name} error={error("name")} required />
            {visit.may("operator") ? (
              <Field
                name="address"
                label={w.address}
                value={address ?? slug}
                hint={w.addressHint}
                error={error("address") ?? error("former_addresses")}
                dir="ltr"
              />
            ) : null}
            <Field
              name="description"
              label={w.description}
              value={description}
              rows={3}
              error={error("description")}
            />
            <Field name="homepage" label={w.homepage} value={homepage} error={error("homepage")} dir="ltr" />
            <Field
              name="language"
              label={w.language}
              value={language}
              hint={words.write.languageHint}
              error={error("language")}
              dir="ltr"
            />
            <Field
              name="time_zone"
              label={w.timeZone}
              value={time_zone}
              hint={w.timeZoneHint}
              error={error("time_zone")}
              dir="ltr"
            />
            <Field
              name="aliases"
              label={w.aliases}
              value={aliases.join("\n")}
              rows={3}
              hint={w.aliasesHint}
              error={error("aliases")}
            />
            <Field
              name="logo"
              label={w.logo}
              value={logo}
              hint={w.logoHint}
              error={error("logo")}
              dir="ltr"
            />
            <Field
              name="sources"
              label={w.sources}
              value={sources.join("\n")}
              rows={3}
              hint={w.sourcesHint}
              error={error("sources")}
              dir="ltr"
            />
            <Field
              name="hubs"
              label={w.hubs}
              value={(hubs ?? []).join("\n")}
              rows={2}
              hint={w.hubsHint}
              error={error("hubs")}
              dir="ltr"
            />
            <Check name="unlisted" label={w.unlisted} checked={unlisted === true} />
            {visit.may("publish") ? (
              <div class="buttons">
                <button type="submit">{words.save}</button>
              </div>
            ) : null}
          </Form>
          <aside aria-label={w.feeds}>
            <Feeds slug={address ?? slug} />
            {visit.may("manage") ? <Remove slug={slug} /> : null}
            {visit.may("operator") ? (
              <p>
                <a href="/admin/organization/new">{w.create}</a>
              </p>
            ) : null}
          </aside>
        </div>
      </>
    ),
  };
}

function Feeds({ slug }: { slug: string }) {
  const { words } = useConsole();
  return (
    <section class="panel">
      <h2>{words.organizationScreen.feeds}</h2>
      <ul class="plain">
        <li>
          <a href={`/${slug}`}>/{slug}</a>
        </li>
        {FORMATS.map(({ name }) => (
          <li>
            <a href={`/${slug}/feed.${name}`}>
              /{slug}/feed.{name}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Remove({ slug }: { slug: string }) {
  const { words, link } = useConsole();
  const w = words.organizationScreen;
  return (
    <details class="panel">
      <summary>{w.remove}</summary>
      <p>{w.removeText}</p>
      <Form action={link("/admin/organization/delete", { organization: slug })}>
        <Field name="typed" label={w.removeType(slug)} dir="ltr" autocomplete="off" />
        <button type="submit" class="danger">
          {w.remove}
        </button>
      </Form>
    </details>
  );
}
