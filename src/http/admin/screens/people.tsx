import { DEFAULT_SCOPES, type ListedToken, Scope } from "../../../model/token.ts";
import type { Problem } from "../../problem.ts";
import { listed } from "../article-form.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import {
  Check,
  Empty,
  errorAt,
  Field,
  Form,
  Once,
  Pages,
  Press,
  Refused,
  SentOnce,
  Table,
} from "../forms.tsx";
import { momentText, When } from "../time.tsx";
import { type Shown, useConsole, type Visit } from "../visit.ts";

interface Made {
  id: string;
  token: string;
  sign_in_url: string;
  sign_in_until: string;
}

/** S14: who may do what, and how they get in. */
export const PEOPLE: readonly Screen[] = [
  { path: "/admin/people", needs: "operator", get: (visit) => show(visit, null, new FormData()), post: make },
  {
    path: "/admin/people/:id/link",
    needs: "operator",
    async post(visit) {
      const made = await visit.ask<Made>("POST", `/tokens/${part(visit.param("id"))}/sign-in-links`);
      return made.ok
        ? { title: visit.words.people.link, nav: "people", body: <Link made={made.value} visit={visit} /> }
        : made;
    },
  },
  {
    path: "/admin/people/:id/revoke",
    needs: "operator",
    async post(visit) {
      const done = await visit.ask("DELETE", `/tokens/${part(visit.param("id"))}`);
      return done.ok ? { to: "/admin/people?done=revoked" } : done;
    },
  },
];

async function make(visit: Visit, fields: FormData): Promise<Shown> {
  const body = {
    organizations: listed(String(fields.get("organizations") ?? "")),
    scopes: fields.getAll("scopes").map(String),
    description: String(fields.get("description") ?? ""),
  };
  const made = await visit.ask<Made>("POST", "/tokens", { body });
  const { words } = visit;
  if (!made.ok) {
    const view = await show(visit, made.problem, fields);
    return "title" in view ? { ...view, status: 422 } : view;
  }
  return {
    title: words.people.made,
    nav: "people",
    status: 201,
    body: (
      <>
        <Link made={made.value} visit={visit} />
        <Once label={words.people.token} value={made.value.token} />
      </>
    ),
  };
}

function Link({ made, visit }: { made: Made; visit: Visit }) {
  const { words } = useConsole();
  return (
    <>
      <Once label={words.people.link} value={made.sign_in_url} />
      <p>
        {words.people.linkText} {words.people.until(momentText(visit, made.sign_in_until))}
      </p>
    </>
  );
}

async function show(visit: Visit, problem: Problem | null, fields: FormData): Promise<Shown> {
  await visit.place();
  const { words } = visit;
  const cursor = visit.query("cursor");
  const found = await visit.ask<{ tokens: ListedToken[]; cursor: string | null }>("GET", "/tokens", {
    query: { cursor },
  });
  if (!found.ok) return found;
  return {
    title: words.people.title,
    nav: "people",
    note: visit.query("done") === "revoked" ? words.people.revoked : undefined,
    body: (
      <>
        <p class="hint">{words.people.explain}</p>
        {found.value.tokens.length > 0 ? (
          <Tokens tokens={found.value.tokens} />
        ) : (
          <Empty title={words.people.empty} />
        )}
        <Pages
          at={(next) => visit.link("/admin/people", { cursor: next })}
          cursor={found.value.cursor}
          isFirst={cursor === ""}
        />
        <section>
          <h2>{words.people.create}</h2>
          <Refused problem={problem} />
          <NewToken problem={problem} fields={fields} slug={visit.here?.organization.slug ?? ""} />
        </section>
      </>
    ),
  };
}

function Tokens({ tokens }: { tokens: readonly ListedToken[] }) {
  const { words } = useConsole();
  const w = words.people;
  return (
    <Table
      label={w.title}
      columns={[w.description, w.organizations, w.scopes, w.lastUse, w.sessions, words.actions]}
      rows={tokens.map(({ id, description, organizations, scopes, last_used_at, sessions }) => [
        <>
          <bdi>{description || "–"}</bdi>
          <br />
          <span class="muted">{id}</span>
        </>,
        organizations.join(", "),
        scopes.map((scope) => w.scopeNames[scope]).join(", "),
        last_used_at ? <When at={last_used_at} /> : w.never,
        String(sessions),
        <div class="buttons">
          <Press action={`/admin/people/${id}/link`} label={w.newLink} isOnce />
          <Press action={`/admin/people/${id}/revoke`} label={w.revoke} kind="danger" />
        </div>,
      ])}
    />
  );
}

function NewToken({ problem, fields, slug }: { problem: Problem | null; fields: FormData; slug: string }) {
  const { words } = useConsole();
  const w = words.people;
  const chosen = fields.has("scopes") ? fields.getAll("scopes").map(String) : DEFAULT_SCOPES;
  return (
    <Form action="/admin/people">
      <SentOnce />
      <Field
        name="description"
        label={w.description}
        value={String(fields.get("description") ?? "")}
        error={errorAt(problem, "description")}
      />
      <Field
        name="organizations"
        label={w.organizations}
        hint={w.organizationsHint}
        value={String(fields.get("organizations") ?? slug)}
        error={errorAt(problem, "organizations")}
        dir="ltr"
      />
      <fieldset>
        <legend>{w.scopes}</legend>
        {Scope.options.map((scope) => (
          <Check name="scopes" value={scope} label={w.scopeNames[scope]} checked={chosen.includes(scope)} />
        ))}
      </fieldset>
      <div class="buttons">
        <button type="submit">{w.make}</button>
      </div>
    </Form>
  );
}
