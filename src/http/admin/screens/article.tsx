import type { Announcement } from "../../../delivery/told.ts";
import { FORMATS } from "../../../feeds/formats.ts";
import type { ShownArticle } from "../../../model/article.ts";
import { stateOf } from "../../../model/article.ts";
import type { ArticleVersion } from "../../../model/version.ts";
import { written as languageOf } from "../../pages/language.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import { Field, Form, Press, State, Table } from "../forms.tsx";
import { When } from "../time.tsx";
import { type Shown, useConsole, type View, type Visit } from "../visit.ts";

/** S6: where an article stands, and who was told. */
export const ARTICLE: readonly Screen[] = [
  { path: "/admin/articles/:id", needs: "read", get: show },
  {
    path: "/admin/articles/:id/withdraw",
    needs: "publish",
    async get(visit) {
      await visit.place();
      const found = await visit.ask<ShownArticle>("GET", `/articles/${part(visit.param("id"))}`);
      if (!found.ok) return found;
      const { words } = visit;
      return {
        title: words.article.withdrawTitle,
        nav: "articles",
        body: (
          <>
            <p>
              <strong>
                <bdi>{found.value.title}</bdi>
              </strong>
            </p>
            <p>{words.article.withdrawText}</p>
            <Form action={visit.link(`/admin/articles/${found.value.id}/withdraw`)}>
              <Field name="reason" label={words.article.reason} hint={words.article.reasonHint} />
              <div class="buttons">
                <button type="submit" class="danger">
                  {words.article.withdrawButton}
                </button>
                <a class="button quiet" href={visit.link(`/admin/articles/${found.value.id}`)}>
                  {words.cancel}
                </a>
              </div>
            </Form>
          </>
        ),
      };
    },
    async post(visit, fields) {
      await visit.place();
      const id = visit.param("id");
      const reason = String(fields.get("reason") ?? "").trim();
      const done = await visit.ask("DELETE", `/articles/${part(id)}`, { query: { reason } });
      return done.ok ? { to: visit.link(`/admin/articles/${id}`, { done: "withdrawn" }) } : done;
    },
  },
  {
    path: "/admin/articles/:id/restore",
    needs: "publish",
    async post(visit) {
      await visit.place();
      const id = visit.param("id");
      const found = await visit.ask<ShownArticle>("GET", `/articles/${part(id)}`, {
        query: { withdrawn: "true" },
      });
      if (!found.ok) return found;
      const { page_url: _p, withdrawn_at: _w, updated_at: _u, attributions: _a, ...fields } = found.value;
      const done = await visit.ask("PUT", `/articles/${part(id)}`, { body: fields });
      return done.ok ? { to: visit.link(`/admin/articles/${id}`, { done: "restored" }) } : done;
    },
  },
];

async function show(visit: Visit): Promise<Shown> {
  await visit.place();
  const { words } = visit;
  const id = visit.param("id");
  const found = await visit.ask<ShownArticle>("GET", `/articles/${part(id)}`, {
    query: visit.may("publish") ? { withdrawn: "true" } : {},
  });
  if (!found.ok) return found;
  const article = found.value;
  const own = article.organizations.filter(
    (slug) =>
      visit.session.principal.kind === "admin" || visit.session.principal.organizations.includes(slug),
  );
  const announced = await Promise.all(
    own.map((slug) =>
      visit.ask<Announcement>("GET", `/organizations/${part(slug)}/articles/${part(id)}/announcement`, {
        query: { cursor: visit.query("cursor") },
      }),
    ),
  );
  const announcements = announced.flatMap((one) => (one.ok ? [one.value] : []));
  const state = stateOf(article, Date.now());
  const notes: Record<string, string> = {
    published: words.publish.published,
    scheduled: words.publish.scheduled,
    withdrawn: words.article.withdrawnDone,
    restored: words.article.putBackDone,
    retried: words.article.retried,
  };
  const waits = announcements.some(({ documents }) => documents === "waiting");
  const view: View = {
    title: article.title,
    nav: "articles",
    note: notes[visit.query("done")],
    body: (
      <>
        {waits ? <p hidden data-again="2" /> : null}
        <p>
          <State of={state} />{" "}
          {state === "withdrawn" && article.withdrawn_at ? (
            <When at={article.withdrawn_at} />
          ) : (
            <When at={article.published_at} precision={article.published_precision} />
          )}
        </p>
        {visit.may("publish") ? <Actions article={article} isWithdrawn={state === "withdrawn"} /> : null}
        <div class="two">
          <div>
            {announcements.map((announcement) => (
              <Told announcement={announcement} id={id} />
            ))}
            {own[0] ? <History versions={await versionsOf(visit, own[0], id)} id={id} slug={own[0]} /> : null}
          </div>
          <aside aria-label={words.article.stands}>
            <Stands article={article} announcements={announcements} isWithdrawn={state === "withdrawn"} />
            <section class="panel">
              <h2>{words.article.text}</h2>
              {article.summary ? (
                <p {...languageOf(article.language)}>
                  <bdi>{article.summary}</bdi>
                </p>
              ) : null}
              <pre {...languageOf(article.language)}>
                {article.content_html ?? article.content_text ?? ""}
              </pre>
            </section>
          </aside>
        </div>
      </>
    ),
  };
  return view;
}

/** The versions that an organization has announced; none for whoever may put none back. */
async function versionsOf(visit: Visit, slug: string, id: string): Promise<ArticleVersion[]> {
  if (!visit.may("publish")) return [];
  const path = `/organizations/${part(slug)}/articles/${part(id)}/versions`;
  const found = await visit.ask<{ versions: ArticleVersion[] }>("GET", path);
  return found.ok ? found.value.versions : [];
}

function History({ versions, id, slug }: { versions: readonly ArticleVersion[]; id: string; slug: string }) {
  const { words, link } = useConsole();
  if (versions.length < 2) return null;
  const w = words.article;
  return (
    <section>
      <h2>{w.history}</h2>
      <Table
        label={w.history}
        columns={[w.versionColumn, words.when, words.articles.article]}
        rows={versions.map(({ revision, announced_at, current, withdrawn, article }) => [
          current ? (
            `${w.version(revision)} · ${w.current}`
          ) : (
            <a href={link(`/admin/articles/${id}/versions/${revision}`, { organization: slug })}>
              {w.version(revision)}
            </a>
          ),
          <When at={announced_at} />,
          <>
            <bdi>{article.title}</bdi> {withdrawn ? <State of="withdrawn" /> : null}
          </>,
        ])}
      />
    </section>
  );
}

function Actions({ article: { id }, isWithdrawn }: { article: ShownArticle; isWithdrawn: boolean }) {
  const { words, link } = useConsole();
  if (isWithdrawn)
    return (
      <div class="buttons">
        <Press action={link(`/admin/articles/${id}/restore`)} label={words.article.putBack} kind="main" />
      </div>
    );
  return (
    <div class="buttons">
      <a class="button" href={link(`/admin/articles/${id}/edit`)}>
        {words.article.edit}
      </a>
      <a class="button quiet" href={link(`/admin/articles/${id}/withdraw`)}>
        {words.article.withdraw}
      </a>
    </div>
  );
}

/** The page and the feeds that have the article, and when they were written. */
function Stands({
  article,
  announcements,
  isWithdrawn,
}: {
  article: ShownArticle;
  announcements: readonly Announcement[];
  isWithdrawn: boolean;
}) {
  const { words } = useConsole();
  return (
    <section class="panel">
      <h2>{words.article.stands}</h2>
      <ul class="plain">
        {isWithdrawn ? null : (
          <li>
            <a href={`/articles/${article.id}`}>{words.article.page}</a>
          </li>
        )}
        {announcements.map(({ organization, documents, documents_written_at, announced_at }) => (
          <li>
            {words.article.feeds(organization)}:{" "}
            {FORMATS.map(({ name }) => [<a href={`/${organization}/feed.${name}`}>{name}</a>, " "])}
            <br />
            <span class="hint">
              {documents === "written" ? (
                <>
                  {words.article.written("")} <When at={documents_written_at} />
                </>
              ) : documents === "waiting" ? (
                <>
                  {words.article.beingWritten("")} <When at={announced_at} />
                </>
              ) : (
                words.article.notAnnounced
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Who was told by one organization, what needs a person first. */
function Told({ announcement, id }: { announcement: Announcement; id: string }) {
  const { words, link, may } = useConsole();
  const { organization, webhooks, counts, hub_subscriptions, event, cursor } = announcement;
  const sent = counts.sent ?? 0;
  return (
    <section>
      <h2>
        {words.article.who} · {organization}
      </h2>
      {event === null ? <p>{words.article.notAnnounced}</p> : null}
      {webhooks.length > 0 ? (
        <>
          <p>{words.article.counts(sent, webhooks.length - sent)}</p>
          <Table
            label={words.article.who}
            columns={[words.article.receiver, words.article.outcome, words.article.why]}
            rows={webhooks.map(({ webhook_id, description, host, outcome, detail, delivery_id }) => [
              may("webhooks") ? (
                <a href={link(`/admin/receivers/${webhook_id}`, { organization })}>
                  <bdi>{description || host}</bdi>
                </a>
              ) : (
                <bdi>{description || host}</bdi>
              ),
              <State of={outcome} />,
              <>
                <bdi>{detail}</bdi>{" "}
                {outcome === "failed" && delivery_id && may("webhooks") ? (
                  <Press
                    action={link(`/admin/receivers/${webhook_id}/deliveries/${delivery_id}/retry`, {
                      organization,
                    })}
                    label={words.article.retry}
                    fields={{ back: id }}
                  />
                ) : null}
              </>,
            ])}
          />
        </>
      ) : event === null ? null : (
        <p>{words.article.nobody}</p>
      )}
      {hub_subscriptions > 0 ? <p class="hint">{words.article.hub(hub_subscriptions)}</p> : null}
      {cursor ? (
        <p class="pages">
          <a href={link(`/admin/articles/${id}`, { cursor })}>{words.next}</a>
        </p>
      ) : null}
    </section>
  );
}
