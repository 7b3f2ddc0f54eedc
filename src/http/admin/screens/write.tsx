import { raw } from "hono/html";
import type { ShownArticle } from "../../../model/article.ts";
import type { Draft, DraftInput } from "../../../model/draft.ts";
import type { Organization } from "../../../model/organization.ts";
import type { Preview } from "../../../model/preview.ts";
import { written as languageOf } from "../../pages/language.ts";
import { STYLE } from "../../pages/style.ts";
import type { Problem } from "../../problem.ts";
import {
  BLANK,
  comparable,
  draftIn,
  draftOf,
  publishedOf,
  type Written,
  writtenIn,
  writtenOf,
} from "../article-form.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import { Differences } from "../differences.tsx";
import { EDITOR_PATH } from "../files.ts";
import { Choice, errorAt, Field, Form, Press, Refused } from "../forms.tsx";
import { momentText, When } from "../time.tsx";
import { type Shown, useConsole, type View, type Visit } from "../visit.ts";
import { TokenField } from "./sign-in.tsx";

/** What is being written: a draft, or nothing saved yet. */
interface Writing {
  organization: Organization;
  /** A draft's id; `new`, or an article's id, while nothing is saved. */
  id: string;
  written: Written;
  /** The version of the draft that the form was filled with; empty for none. */
  version: string;
  savedAt: string | null;
}

const isDraft = (id: string): boolean => id.startsWith("drf_");
const draftsOf = (slug: string): string => `/organizations/${part(slug)}/drafts`;

/** S3: writing, alone or at the same time as somebody else. */
export const WRITE: readonly Screen[] = [
  {
    path: "/admin/articles/new",
    needs: "publish",
    async get(visit) {
      const organization = await visit.place();
      if (!organization) return nowhere(visit);
      const written = { ...BLANK, organizations: organization.slug, language: organization.language };
      return form(visit, { organization, id: "new", written, version: "", savedAt: null });
    },
    post: (visit, fields) => take(visit, fields, "new"),
  },
  {
    path: "/admin/articles/:id/edit",
    needs: "publish",
    async get(visit) {
      const organization = await visit.place();
      if (!organization) return nowhere(visit);
      const id = visit.param("id");
      if (isDraft(id)) {
        const found = await visit.ask<Draft>("GET", `${draftsOf(organization.slug)}/${part(id)}`);
        if (!found.ok) return found;
        const writing = writingOf(organization, found.value, found.etag ?? "");
        return form(visit, writing, { preview: await previewOf(visit, found.value) });
      }
      const begun = await draftFor(visit, organization.slug, id);
      if (begun) return { to: editAddress(visit, organization.slug, begun.id) };
      const article = await visit.ask<ShownArticle>("GET", `/articles/${part(id)}`, {
        query: { withdrawn: "true" },
      });
      if (!article.ok) return article;
      const input = draftOf(article.value, article.etag ?? "");
      return form(visit, { organization, id, written: writtenOf(input), version: "", savedAt: null });
    },
    post: (visit, fields) => take(visit, fields, visit.param("id")),
  },
  {
    path: "/admin/articles/:id/discard",
    needs: "publish",
    async post(visit) {
      const organization = await visit.place();
      if (!organization) return nowhere(visit);
      const done = await visit.ask("DELETE", `${draftsOf(organization.slug)}/${part(visit.param("id"))}`);
      if (!done.ok && done.problem.status !== 404) return done;
      return { to: visit.link("/admin/articles", { tab: "drafts" }) };
    },
  },
];

const nowhere = (visit: Visit): View => ({
  title: visit.words.write.titleNew,
  body: <p>{visit.words.problems.notFoundText}</p>,
  status: 404,
});

const editAddress = (visit: Visit, slug: string, id: string, more: Record<string, string> = {}): string =>
  visit.link(`/admin/articles/${id}/edit`, { organization: slug, ...more });

const writingOf = (organization: Organization, draft: Draft, version: string): Writing => ({
  organization,
  id: draft.id,
  written: writtenOf(draft),
  version,
  savedAt: draft.updated_at,
});

/** The draft of a change of an article that somebody has begun; null for none. */
async function draftFor(visit: Visit, slug: string, article: string): Promise<Draft | null> {
  const found = await visit.ask<{ drafts: Draft[] }>("GET", draftsOf(slug));
  return (found.ok && found.value.drafts.find((one) => one.article === article)) || null;
}

async function previewOf(visit: Visit, draft: Draft): Promise<Preview | null> {
  const fields = publishedOf(draft);
  const found = await visit.ask<Preview>("POST", "/articles/preview", {
    body: { ...fields, ...(draft.article ? { id: draft.article } : {}) },
  });
  return found.ok ? found.value : null;
}

/** Saves what was sent, by a person or by the script. */
async function take(visit: Visit, fields: FormData, id: string): Promise<Shown> {
  const organization = await visit.place(String(fields.get("_organization") ?? "") || undefined);
  if (!organization) return nowhere(visit);
  const { slug } = organization;
  const isScript = visit.c.req.header("x-autosave") !== undefined;
  const written = writtenIn(fields);
  const writing: Writing = {
    organization,
    id,
    written,
    version: String(fields.get("_version") ?? ""),
    savedAt: null,
  };
  const saved = await save(visit, slug, writing, fields.get("_begin") === "anew");
  if (!saved.ok) {
    if (saved.problem.status === 412) {
      if (isScript) return visit.c.json({ detail: visit.words.write.conflictTitle }, 412);
      return conflict(visit, writing, saved.theirs ?? id);
    }
    if (isScript) return visit.c.json({ detail: saved.problem.detail }, 422);
    return { ...form(visit, writing, { problem: saved.problem }), status: 422 };
  }
  const { draft, version } = saved;
  const address = editAddress(visit, slug, draft.id);
  if (isScript) {
    const clock = new Intl.DateTimeFormat(visit.locale.tag, {
      timeStyle: "short",
      timeZone: visit.locale.timeZone,
    });
    return visit.c.json({
      version,
      action: address,
      address,
      saved: visit.words.write.saved(clock.format(new Date(draft.updated_at))),
    });
  }
  if (fields.get("_then") === "publish")
    return { to: visit.link(`/admin/articles/${draft.id}/publish`, { organization: slug }) };
  return { to: address };
}

type Saved =
  | { ok: true; draft: Draft; version: string }
  /** `theirs`: the draft that stands in the way. */
  | { ok: false; problem: Problem; theirs?: string };

/** @param isAnew whether a second draft of the same article is wanted */
async function save(
  visit: Visit,
  slug: string,
  { id, written, version }: Writing,
  isAnew: boolean,
): Promise<Saved> {
  const body: DraftInput = draftIn(written);
  if (isDraft(id)) {
    const headers: Record<string, string> = version ? { "if-match": version } : {};
    const put = await visit.ask<Draft>("PUT", `${draftsOf(slug)}/${part(id)}`, { body, headers });
    return put.ok ? { ok: true, draft: put.value, version: put.etag ?? "" } : put;
  }
  const begun = id === "new" || isAnew ? null : await draftFor(visit, slug, id);
  if (begun) return { ok: false, problem: ANOTHER, theirs: begun.id };
  const made = await visit.ask<Draft>("POST", draftsOf(slug), { body });
  return made.ok ? { ok: true, draft: made.value, version: made.etag ?? "" } : made;
}

/** Somebody has begun to change the same article. */
const ANOTHER: Problem = {
  type: "urn:communique:problem:precondition-failed",
  title: "Another version",
  status: 412,
  detail: "Somebody else has begun to change this article.",
};

/** Both texts, with what differs, and what can be done. */
async function conflict(visit: Visit, mine: Writing, theirId: string): Promise<Shown> {
  const { words } = visit;
  const { slug } = mine.organization;
  const found = await visit.ask<Draft>("GET", `${draftsOf(slug)}/${part(theirId)}`);
  if (!found.ok) return { ...form(visit, { ...mine, id: "new", version: "" }), status: 412 };
  const theirs = found.value;
  const who =
    theirs.updated_by.description || (theirs.updated_by.id === null ? words.operator : words.write.somebody);
  const when = momentText(visit, theirs.updated_at);
  const theirText = comparable(writtenOf(theirs));
  const myText = comparable(mine.written);
  return {
    title: words.write.conflictTitle,
    nav: "articles",
    status: 412,
    body: (
      <>
        <p class="note bad" role="alert">
          {words.write.conflictText(who, when)}
        </p>
        <div class="two even">
          <section class="panel">
            <h2>{words.write.mine}</h2>
            <Differences from={theirText} to={myText} />
            <Form action={editAddress(visit, slug, theirs.id)} multipart>
              <Hidden writing={{ ...mine, version: found.etag ?? "" }} />
              <div class="buttons">
                <button type="submit">{words.write.keepMine}</button>
              </div>
            </Form>
          </section>
          <section class="panel">
            <h2>{words.write.theirs}</h2>
            <pre dir="auto">{theirText}</pre>
            <p class="buttons">
              <a class="button quiet" href={editAddress(visit, slug, theirs.id)}>
                {words.write.takeTheirs}
              </a>
            </p>
          </section>
        </div>
      </>
    ),
  };
}

/** All fields of a form, to be sent as they are. */
function Hidden({ writing: { written, version, organization } }: { writing: Writing }) {
  const { isHtml, ...values } = written;
  return (
    <>
      <input type="hidden" name="_version" value={version} />
      <input type="hidden" name="_organization" value={organization.slug} />
      <input type="hidden" name="form" value={isHtml ? "html" : "text"} />
      {Object.entries(values).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  );
}

/** The form of an article. */
function form(
  visit: Visit,
  writing: Writing,
  { problem = null, preview = null }: { problem?: Problem | null; preview?: Preview | null } = {},
): View {
  const { words } = visit;
  const { organization, id } = writing;
  const isChange = writing.written.rest.includes('"article_version":');
  const action = id === "new" ? visit.link("/admin/articles/new") : editAddress(visit, organization.slug, id);
  return {
    title: isChange || id !== "new" ? words.write.titleEdit : words.write.titleNew,
    nav: id === "new" ? "write" : "articles",
    body: (
      <>
        {isChange ? <p class="hint">{words.write.changeOf}</p> : null}
        <Refused problem={problem} />
        <div class="two">
          <Fields writing={writing} action={action} problem={problem} preview={preview} />
          <aside aria-label={words.write.preview}>
            {preview ? <PreviewFrame preview={preview} language={writing.written.language} /> : null}
            {preview ? <LinkCard preview={preview} written={writing.written} /> : null}
            {isDraft(id) ? (
              <Press
                action={visit.link(`/admin/articles/${id}/discard`, { organization: organization.slug })}
                label={words.write.discard}
                kind="danger"
              />
            ) : null}
          </aside>
        </div>
        <script src={EDITOR_PATH} defer />
        <dialog id="session-ended" aria-labelledby="session-title">
          <h2 id="session-title">{words.signIn.title}</h2>
          <p role="alert">{words.signIn.ended}</p>
          <form method="post" action="/admin/sign-in">
            <TokenField label={words.signIn.token} />
            <button type="submit">{words.signIn.submit}</button>
          </form>
        </dialog>
      </>
    ),
  };
}

function Fields({
  writing,
  action,
  problem,
  preview,
}: {
  writing: Writing;
  action: string;
  problem: Problem | null;
  preview: Preview | null;
}) {
  const { words } = useConsole();
  const w = words.write;
  const { written, version, organization, savedAt } = writing;
  const error = (name: string) => errorAt(problem, name);
  return (
    <Form action={action} multipart data-autosave={action} id="article">
      <input type="hidden" name="_version" value={version} />
      <input type="hidden" name="_organization" value={organization.slug} />
      <input type="hidden" name="rest" value={written.rest} />
      <p
        id="save-state"
        class="hint"
        role="status"
        data-saving={w.saving}
        data-failed={w.notSaved}
        data-session={w.notSavedSession}
        data-conflict={w.conflictTitle}
        data-unsaved={w.unsaved}
      >
        {savedAt ? (
          <>
            {w.saved("")} <When at={savedAt} />
          </>
        ) : (
          w.unsaved
        )}
      </p>
      <Field name="title" label={w.title} value={written.title} hint={w.titleHint} error={error("title")} />
      <Field name="summary" label={w.summary} value={written.summary} rows={2} error={error("summary")} />
      <Field
        name="text"
        label={w.text}
        data-editor={JSON.stringify(w.editor)}
        value={written.text}
        rows={16}
        hint={written.isHtml ? w.htmlHint : w.textHint}
        error={error("content_html") ?? error("content_text")}
      />
      <fieldset>
        <legend>{w.form}</legend>
        <Choice name="form" value="text" label={w.asText} checked={!written.isHtml} />
        <Choice name="form" value="html" label={w.asHtml} checked={written.isHtml} />
      </fieldset>
      <Field
        name="organizations"
        label={w.organizations}
        value={written.organizations}
        hint={w.organizationsHint}
        error={error("organizations")}
        dir="ltr"
      />
      <Findings preview={preview} />
      <details
        open={Boolean(
          written.authors || written.tags || written.image || written.url || written.attachments || problem,
        )}
      >
        <summary>{w.more}</summary>
        <Field
          name="language"
          label={w.language}
          value={written.language}
          hint={w.languageHint}
          error={error("language")}
          dir="ltr"
        />
        <Field
          name="authors"
          label={w.authors}
          value={written.authors}
          hint={w.authorsHint}
          error={error("authors")}
        />
        <Field name="tags" label={w.tags} value={written.tags} hint={w.tagsHint} error={error("tags")} />
        <Field
          name="image"
          label={w.image}
          value={written.image}
          hint={w.imageHint}
          error={error("image")}
          dir="ltr"
        />
        <Field
          name="attachments"
          label={w.attachments}
          value={written.attachments}
          rows={2}
          hint={w.attachmentsHint}
          error={error("attachments")}
          dir="ltr"
        />
        <Field name="url" label={w.url} value={written.url} hint={w.urlHint} error={error("url")} dir="ltr" />
      </details>
      <div class="buttons">
        <button type="submit" name="_then" value="publish">
          {w.continueToPublish}
        </button>
        <button type="submit" name="_then" value="edit" class="quiet">
          {w.save}
        </button>
      </div>
    </Form>
  );
}

/** The organizations that the text names: those that are found, and those that it may mean. */
function Findings({ preview }: { preview: Preview | null }) {
  const { words } = useConsole();
  if (!preview || preview.attributions.length + preview.doubts.length === 0) return null;
  return (
    <ul class="plain hint">
      {preview.attributions.map(({ organization, alias }) => (
        <li>
          <strong>{organization}</strong> {words.write.found(alias)}
        </li>
      ))}
      {preview.doubts.map(({ alias, organizations }) => (
        <li>
          {words.write.doubtful(alias)} {organizations.join(", ")}
        </li>
      ))}
    </ul>
  );
}

/** What others show of a link to it, and what a receiver that shows texts is told. */
function LinkCard({
  preview: { title },
  written: { summary, image, isHtml, text },
}: {
  preview: Preview;
  written: Written;
}) {
  const { words } = useConsole();
  const begin = summary || (isHtml ? "" : text.slice(0, 200));
  return (
    <section class="panel">
      <h2>{words.write.cardTitle}</h2>
      {URL.canParse(image) ? <img src={image} alt="" class="picture" /> : null}
      <p>
        <strong>
          <bdi>{title}</bdi>
        </strong>
      </p>
      <p class="muted">
        <bdi>{begin}</bdi>
      </p>
    </section>
  );
}

/** The article as its page will show it. It stands in a frame that runs no script and has no origin. */
export function PreviewFrame({ preview, language }: { preview: Preview; language: string }) {
  const { words } = useConsole();
  const { lang, dir } = languageOf(language || undefined);
  const page = String(
    <html lang={lang} dir={dir}>
      <head>
        <meta charset="utf-8" />
        <title>{preview.title}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <main>
          <h1>{preview.title}</h1>
          <div class="content">{raw(preview.content_html ?? "")}</div>
        </main>
      </body>
    </html>,
  );
  const removed = preview.removed.map(({ element, count }) => `${element} × ${count}`).join(", ");
  return (
    <section class="panel">
      <h2>{words.write.previewTitle}</h2>
      <iframe class="preview" sandbox="" srcdoc={page} title={words.write.previewTitle} />
      {removed ? <p class="hint">{words.write.removed(removed)}</p> : null}
    </section>
  );
}
