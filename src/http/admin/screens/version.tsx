import type { ShownArticle } from "../../../model/article.ts";
import type { Draft } from "../../../model/draft.ts";
import type { ArticleVersion } from "../../../model/version.ts";
import { comparable, draftOf, writtenOf } from "../article-form.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import { Differences } from "../differences.tsx";
import { Press } from "../forms.tsx";
import { momentText } from "../time.tsx";
import type { Visit } from "../visit.ts";

/** An article as it was, beside what it is. Making it current is a new version, which is published like any other. */
export const VERSION: readonly Screen[] = [
  {
    path: "/admin/articles/:id/versions/:revision",
    needs: "publish",
    async get(visit) {
      const found = await versionIn(visit);
      if (!found.ok) return found;
      const { version, current } = found.value;
      const { words } = visit;
      const text = (article: ShownArticle) => comparable(writtenOf(draftOf(article, "")));
      const at = `/admin/articles/${visit.param("id")}`;
      return {
        title: words.article.version(version.revision),
        nav: "articles",
        body: (
          <>
            <p>{momentText(visit, version.announced_at)}</p>
            <section class="panel">
              <h2>{words.article.differences}</h2>
              <Differences from={text(current)} to={text(version.article)} />
            </section>
            <div class="buttons">
              <Press
                action={visit.link(`${at}/versions/${version.revision}`)}
                label={words.article.makeCurrent}
                kind="main"
              />
              <a class="button quiet" href={visit.link(at)}>
                {words.back}
              </a>
            </div>
          </>
        ),
      };
    },
    async post(visit) {
      const found = await versionIn(visit);
      if (!found.ok) return found;
      const { version, etag, slug } = found.value;
      const made = await visit.ask<Draft>("POST", `/organizations/${part(slug)}/drafts`, {
        body: draftOf(version.article, etag),
      });
      if (!made.ok) return made;
      return { to: visit.link(`/admin/articles/${made.value.id}/publish`, { organization: slug }) };
    },
  },
];

async function versionIn(visit: Visit) {
  const slug = (await visit.place())?.slug ?? "";
  const id = part(visit.param("id"));
  const path = `/organizations/${part(slug)}/articles/${id}/versions/${part(visit.param("revision"))}`;
  const version = await visit.ask<ArticleVersion>("GET", path);
  if (!version.ok) return version;
  const current = await visit.ask<ShownArticle>("GET", `/articles/${id}`, { query: { withdrawn: "true" } });
  if (!current.ok) return current;
  const value = { version: version.value, current: current.value, etag: current.etag ?? "", slug };
  return { ok: true, value } as const;
}
