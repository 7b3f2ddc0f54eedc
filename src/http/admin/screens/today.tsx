import type { ShownHealth } from "../../../delivery/health.ts";
import type { ListedArticle } from "../../../model/article.ts";
import type { Draft } from "../../../model/draft.ts";
import type { ShownSource } from "../../../model/source.ts";
import { DAY_MS } from "../../../model/time.ts";
import type { Webhook } from "../../../model/webhook.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import { Empty } from "../forms.tsx";
import { momentText, When } from "../time.tsx";
import { useConsole, type Visit } from "../visit.ts";
import { ArticleTable } from "./articles.tsx";

/** What needs somebody, each with the screen where it is dealt with. */
interface Task {
  text: string;
  to: string;
}

/** S1: what needs a person, and what happens next. */
export const TODAY: readonly Screen[] = [
  {
    path: "/admin",
    needs: "token",
    async get(visit) {
      const organization = await visit.place();
      const { words } = visit;
      if (!organization) {
        const to = visit.may("operator") ? "/admin/organization/new" : null;
        return {
          title: words.today.title,
          nav: "today",
          body: (
            <Empty title={words.today.firstSteps}>
              {to ? (
                <p>
                  <a href={to}>{words.organizationScreen.create}</a>
                </p>
              ) : null}
            </Empty>
          ),
        };
      }
      const slug = organization.slug;
      const [articles, goingOut, tasks] = await Promise.all([
        articlesOf(visit, slug, "published", "10"),
        articlesOf(visit, slug, "scheduled", "50"),
        tasksOf(visit, slug),
      ]);
      const nowMs = Date.now();
      const soon = goingOut.filter(({ published_at }) => Date.parse(published_at) < nowMs + DAY_MS);
      return {
        title: words.today.title,
        nav: "today",
        body: (
          <>
            <Tasks tasks={tasks} />
            {soon.length > 0 ? (
              <section>
                <h2>{words.today.goingOut}</h2>
                <ul class="plain">
                  {soon.map((article) => (
                    <li>
                      <When at={article.published_at} /> ·{" "}
                      <a href={visit.link(`/admin/articles/${article.id}`)}>
                        <bdi>{article.title}</bdi>
                      </a>
                    </li>
                  ))}
                </ul>
              </section>
            ) : null}
            {articles.length > 0 ? (
              <section>
                <h2>{words.today.latest}</h2>
                <ArticleTable articles={articles} />
              </section>
            ) : (
              <FirstSteps slug={slug} />
            )}
          </>
        ),
      };
    },
  },
];

async function articlesOf(
  visit: Visit,
  slug: string,
  state: string,
  limit: string,
): Promise<ListedArticle[]> {
  if (!visit.may("read")) return [];
  const listed = await visit.ask<{ articles: ListedArticle[] }>("GET", "/articles", {
    query: { organization: slug, state, fields: "summary", limit },
  });
  return listed.ok ? listed.value.articles : [];
}

async function tasksOf(visit: Visit, slug: string): Promise<Task[]> {
  const kinds = [receiverTasks, draftTasks, sourceTasks, problemTasks];
  return (await Promise.all(kinds.map((tasks) => tasks(visit, slug)))).flat();
}

async function receiverTasks(visit: Visit, slug: string): Promise<Task[]> {
  if (!visit.may("webhooks")) return [];
  const { words } = visit;
  const listed = await visit.ask<{ webhooks: Listed[] }>("GET", `/organizations/${part(slug)}/webhooks`);
  return (listed.ok ? listed.value.webhooks : []).flatMap(({ id, description, url, health }) => {
    const name = description || new URL(url).host;
    const to = visit.link(`/admin/receivers/${id}`);
    if (health?.state === "disabled") return [{ text: words.today.receiverDisabled(name), to }];
    if (health?.state !== "failing") return [];
    return [{ text: words.today.receiverFailing(name, momentText(visit, health.since)), to }];
  });
}
type Listed = Webhook & { health: ShownHealth | null };

async function draftTasks(visit: Visit, slug: string): Promise<Task[]> {
  if (!visit.may("publish")) return [];
  const listed = await visit.ask<{ drafts: Draft[] }>("GET", `/organizations/${part(slug)}/drafts`);
  const old = (listed.ok ? listed.value.drafts : []).filter(
    ({ updated_at }) => Date.parse(updated_at) < Date.now() - 7 * DAY_MS,
  );
  return old.map(({ id, title }) => ({
    text: visit.words.today.oldDraft(title || visit.words.articles.untitled),
    to: visit.link(`/admin/articles/${id}/edit`, { organization: slug }),
  }));
}

async function sourceTasks(visit: Visit, slug: string): Promise<Task[]> {
  if (!visit.may("read") || visit.here?.organization.sources.length === 0) return [];
  const listed = await visit.ask<{ sources: ShownSource[] }>("GET", `/organizations/${part(slug)}/sources`);
  const failing = (listed.ok ? listed.value.sources : []).filter(({ state }) => state !== "active");
  return failing.map(({ url }) => ({
    text: visit.words.today.sourceFailing(url),
    to: visit.link("/admin/sources"),
  }));
}

async function problemTasks(visit: Visit): Promise<Task[]> {
  if (!visit.may("operator")) return [];
  const listed = await visit.ask<{ problems: unknown[] }>("GET", "/problems");
  const count = listed.ok ? listed.value.problems.length : 0;
  return count > 0 ? [{ text: visit.words.today.problems(count), to: "/admin/problems" }] : [];
}

function Tasks({ tasks }: { tasks: readonly Task[] }) {
  const { words } = useConsole();
  if (tasks.length === 0)
    return (
      <p class="note">
        <strong>{words.today.inOrder}.</strong> {words.today.inOrderText}
      </p>
    );
  return (
    <section class="panel">
      <h2>{words.today.needsYou}</h2>
      <ul class="plain">
        {tasks.map(({ text, to }) => (
          <li>
            <span aria-hidden="true">▲</span>{" "}
            <a href={to}>
              <bdi>{text}</bdi>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function FirstSteps({ slug }: { slug: string }) {
  const { words, link, may } = useConsole();
  return (
    <Empty title={words.today.firstSteps}>
      <ol>
        {may("publish") ? (
          <li>
            <a href={link("/admin/articles/new")}>{words.today.stepWrite}</a>
          </li>
        ) : null}
        {may("webhooks") ? (
          <li>
            <a href={link("/admin/receivers/new")}>{words.today.stepReceiver}</a>
          </li>
        ) : null}
        <li>
          <a href={`/${slug}`}>{words.today.stepFeed}</a>
        </li>
      </ol>
    </Empty>
  );
}
