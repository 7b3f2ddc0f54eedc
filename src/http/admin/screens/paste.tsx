import type { ShownArticle } from "../../../model/article.ts";
import type { CopiedPage } from "../../../model/copied.ts";
import type { Draft, DraftInput } from "../../../model/draft.ts";
import { idOfPage } from "../../api/import.ts";
import type { Proposal } from "../../api/proposal.ts";
import type { Problem } from "../../problem.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import { Field, Form, Refused } from "../forms.tsx";
import { type Shown, useConsole, type View, type Visit } from "../visit.ts";

/** S5: a news page as it was copied becomes a draft, and what was taken from which line is shown. */
export const PASTE: readonly Screen[] = [
  {
    path: "/admin/paste",
    needs: "publish",
    async get(visit) {
      await visit.place();
      return form(visit, { text: "", url: "" });
    },
    async post(visit, fields) {
      const organization = await visit.place();
      const page = await pageIn(fields);
      if (!page.text && !page.url)
        return { ...form(visit, { text: "", url: "" }, empty(visit)), status: 422 };
      const found = await visit.ask<Proposal>("POST", "/articles/import", { body: page });
      if (!found.ok)
        return { ...form(visit, { text: page.text ?? "", url: page.url ?? "" }, found.problem), status: 422 };
      const proposal = found.value;
      const id = await idOfPage(page, proposal.article.url);
      const standing = await visit.ask<ShownArticle>("GET", `/articles/${part(id)}`);
      if (fields.get("_then") === "write" && organization && !standing.ok)
        return write(visit, organization.slug, id, proposal);
      return result(visit, page, proposal, standing.ok ? id : null);
    },
  },
];

/** The page that was pasted, as a file or in the field, with what was decided about it. */
async function pageIn(fields: FormData): Promise<CopiedPage> {
  const file = fields.get("file");
  const ofFile = typeof file === "object" && file !== null && file.size > 0 ? await file.text() : "";
  const text = ofFile || String(fields.get("text") ?? "").replaceAll("\r\n", "\n");
  const line = (name: string) => String(fields.get(name) ?? "").trim();
  const page: CopiedPage = text.trim() ? { text } : line("url") ? { url: line("url") } : {};
  if (line("title")) page.title = line("title");
  if (line("published_at")) page.published_at = line("published_at");
  return page;
}

const empty = ({ words }: Visit): Problem => ({
  type: "urn:communique:problem:invalid",
  title: words.correct,
  status: 422,
  detail: words.paste.empty,
  errors: [{ path: "", message: words.paste.empty }],
});

/** Saves the proposal as a draft, and goes on to write. */
async function write(visit: Visit, slug: string, id: string, { article }: Proposal): Promise<Shown> {
  const body: DraftInput = { ...article, article: id } as DraftInput;
  const made = await visit.ask<Draft>("POST", `/organizations/${part(slug)}/drafts`, { body });
  if (!made.ok) return made;
  return { to: visit.link(`/admin/articles/${made.value.id}/edit`, { organization: slug }) };
}

function form(visit: Visit, given: { text: string; url: string }, problem: Problem | null = null): View {
  const { words } = visit;
  return {
    title: words.paste.title,
    nav: "paste",
    body: (
      <>
        <p>{words.paste.explain}</p>
        <Refused problem={problem} />
        <Form action={visit.link("/admin/paste")} multipart>
          <Field name="text" label={words.paste.field} value={given.text} rows={18} />
          <div class="field">
            <label for="file">{words.paste.file}</label>
            <input id="file" name="file" type="file" accept="text/plain,.txt" />
          </div>
          <Field name="url" label={words.paste.address} value={given.url} type="url" dir="ltr" />
          <div class="buttons">
            <button type="submit">{words.paste.submit}</button>
          </div>
        </Form>
      </>
    ),
  };
}

/** The page's lines with what was taken from each, and the fields with the lines they come from. */
function result(visit: Visit, page: CopiedPage, proposal: Proposal, standing: string | null): View {
  const { words } = visit;
  const { ambiguities, doubts } = proposal;
  return {
    title: words.paste.result,
    nav: "paste",
    body: (
      <>
        {standing ? (
          <p class="note" role="status">
            {words.paste.again}{" "}
            <a href={visit.link(`/admin/articles/${standing}`)}>{words.paste.toArticle}</a>
          </p>
        ) : null}
        {ambiguities.length + doubts.length > 0 ? (
          <section class="note bad">
            <h2>{words.paste.doubts}</h2>
            <ul>
              {[...ambiguities, ...doubts].map(({ field, reason }) => (
                <li>
                  <strong>{fieldName(words.paste.fields, field)}:</strong> <bdi>{reason}</bdi>
                </li>
              ))}
            </ul>
          </section>
        ) : null}
        <div class="two even">
          {page.text ? <Lines text={page.text} proposal={proposal} /> : null}
          <Form action={visit.link("/admin/paste")} multipart>
            <input type="hidden" name="text" value={page.text ?? ""} />
            <input type="hidden" name="url" value={page.url ?? ""} />
            <Found proposal={proposal} page={page} />
            <div class="buttons">
              {standing ? null : (
                <button type="submit" name="_then" value="write">
                  {words.paste.use}
                </button>
              )}
              <button type="submit" name="_then" value="again" class="quiet">
                {words.paste.decide}
              </button>
            </div>
          </Form>
        </div>
      </>
    ),
  };
}

const fieldName = (names: Readonly<Record<string, string>>, field: string): string => names[field] ?? field;

/** Where each line went. */
function Lines({ text, proposal }: { text: string; proposal: Proposal }) {
  const { words } = useConsole();
  const names: Readonly<Record<string, string>> = words.paste.fields;
  const taken = new Map<number, string>();
  for (const [field, places] of Object.entries(proposal.understood))
    if (field !== "organizations")
      for (const place of places ?? [])
        if ("line" in place)
          taken.set(place.line, [taken.get(place.line), names[field] ?? field].filter(Boolean).join(", "));
  const leftOut = new Set(proposal.left_out.map(({ line }) => line));
  return (
    <section>
      <h2>{words.paste.lines}</h2>
      <ol class="lines" tabindex={0} aria-label={words.paste.lines}>
        {text.split("\n").map((line, index) => {
          const label = taken.get(index + 1) ?? (leftOut.has(index + 1) ? words.paste.leftOut : "");
          return (
            <li class={taken.has(index + 1) ? "taken" : undefined}>
              <span class="muted">{index + 1}</span>
              <bdi>{line}</bdi>
              <span class="tag">{label}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** What was found; the title and the date can be decided. */
function Found({ proposal, page }: { proposal: Proposal; page: CopiedPage }) {
  const { words } = useConsole();
  const { article, understood, ambiguities } = proposal;
  const w = words.paste;
  const choices = (field: "title" | "published_at") =>
    ambiguities.find((one) => one.field === field)?.candidates ?? [];
  const from = (places: readonly { line: number }[] | undefined): string =>
    (places ?? []).map(({ line }) => w.line(line)).join(", ");
  return (
    <section>
      <h2>{w.result}</h2>
      <Decided
        name="title"
        label={w.chooseTitle}
        value={page.title ?? article.title ?? ""}
        hint={from(understood.title)}
        choices={choices("title")}
      />
      <Decided
        name="published_at"
        label={w.chooseDate}
        value={page.published_at ?? article.published_at ?? ""}
        hint={from(understood.published_at)}
        choices={choices("published_at")}
      />
      <dl class="facts2">
        <dt>{w.fields.organizations}</dt>
        <dd>
          {(article.organizations ?? []).join(", ") || w.fields.none}
          <ul class="plain hint">
            {understood.organizations.map(({ organization, alias }) => (
              <li>
                {organization}: {words.write.found(alias)}
              </li>
            ))}
          </ul>
        </dd>
        <dt>{w.fields.authors}</dt>
        <dd>
          <bdi>{(article.authors ?? []).map(({ name }) => name).join(", ") || w.fields.none}</bdi>{" "}
          <span class="hint">{from(understood.authors)}</span>
        </dd>
        <dt>{w.fields.source}</dt>
        <dd>
          <bdi>{article.source?.name ?? w.fields.none}</bdi>{" "}
          <span class="hint">{from(understood.source)}</span>
        </dd>
        <dt>{w.fields.language}</dt>
        <dd>{article.language ?? w.fields.none}</dd>
        <dt>{w.fields.content_text}</dt>
        <dd>
          <pre dir="auto">{article.content_text ?? article.content_html ?? ""}</pre>
        </dd>
      </dl>
    </section>
  );
}

/** A field that the page may leave open: what it offers can be chosen. */
function Decided({
  name,
  label,
  value,
  hint,
  choices,
}: {
  name: string;
  label: string;
  value: string;
  hint: string;
  choices: readonly string[];
}) {
  return (
    <>
      <Field
        name={name}
        label={label}
        value={value}
        hint={hint}
        {...(choices.length > 0 ? { list: `${name}-choices` } : {})}
      />
      {choices.length > 0 ? (
        <datalist id={`${name}-choices`}>
          {choices.map((choice) => (
            <option value={choice} />
          ))}
        </datalist>
      ) : null}
    </>
  );
}
