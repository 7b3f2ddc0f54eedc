import type { ArticleCounts, ListedArticle } from "../../../model/article.ts";
import type { Draft } from "../../../model/draft.ts";
import { LIMITS } from "../../../model/limits.ts";
import type { Problem } from "../../problem.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import { Empty, Field, Form, Pages, State, Table } from "../forms.tsx";
import { When } from "../time.tsx";
import { useConsole, type View, type Visit } from "../visit.ts";

const TAB_NAMES = ["all", "drafts", "scheduled", "published", "withdrawn"] as const;
type Tab = (typeof TAB_NAMES)[number];

/** Which states each tab lists. */
const TABS: Readonly<Record<Exclude<Tab, "drafts">, string>> = {
  all: "published,scheduled,withdrawn",
  scheduled: "scheduled",
  published: "published",
  withdrawn: "withdrawn",
};

/** S2: what an organization has published, and what it will. */
export const ARTICLES: readonly Screen[] = [
  {
    path: "/admin/articles",
    needs: "read",
    get: list,
    async post(visit, fields) {
      const chosen = fields.getAll("article").map(String);
      let withdrawn = 0;
      for (const id of chosen) {
        const done = await visit.ask("DELETE", `/articles/${part(id)}`);
        if (!done.ok) return done;
        withdrawn++;
      }
      await visit.place();
      return { to: visit.link("/admin/articles", { tab: "withdrawn", withdrawn: String(withdrawn) }) };
    },
  },
];

type Shown = View | { ok: false; problem: Problem };

async function list(visit: Visit): Promise<Shown> {
  const organization = await visit.place();
  const { words, locale } = visit;
  const tab = TAB_NAMES.find((one) => one === visit.query("tab")) ?? "all";
  const base: View = { title: words.articles.title, nav: "articles", body: null };
  if (!organization) return { ...base, body: <Empty title={words.articles.empty} /> };
  const { slug } = organization;
  const counts = await visit.ask<ArticleCounts>("GET", `/organizations/${part(slug)}/articles/counts`);
  if (!counts.ok) return counts;
  const filters = Object.fromEntries(FILTERS.map((name) => [name, visit.query(name)])) as Filters;
  const head = <Head {...{ tab, filters, slug, counts: counts.value, language: locale.tag }} />;
  const at = (next?: string) => visit.link("/admin/articles", { tab, ...filters, cursor: next });
  if (tab !== "drafts") return listArticles(visit, { ...base, body: head }, { slug, tab, at });
  if (!visit.may("publish")) return { ...base, body: head };
  return listDrafts(visit, { ...base, body: head }, { slug, at });
}

async function listDrafts(
  visit: Visit,
  base: View,
  { slug, at }: { slug: string; at: (next?: string) => string },
): Promise<Shown> {
  const cursor = visit.query("cursor");
  const found = await visit.ask<{ drafts: Draft[]; cursor: string | null }>(
    "GET",
    `/organizations/${part(slug)}/drafts`,
    { query: { cursor } },
  );
  if (!found.ok) return found;
  const { drafts } = found.value;
  return {
    ...base,
    body: (
      <>
        {base.body}
        {drafts.length > 0 ? <DraftTable drafts={drafts} slug={slug} /> : <NoArticles />}
        <Pages at={at} cursor={found.value.cursor} isFirst={cursor === ""} />
      </>
    ),
  };
}

async function listArticles(
  visit: Visit,
  base: View,
  { slug, tab, at }: { slug: string; tab: keyof typeof TABS; at: (next?: string) => string },
): Promise<Shown> {
  const { words } = visit;
  const cursor = visit.query("cursor");
  const found = await visit.ask<{ articles: ListedArticle[]; cursor: string | null }>("GET", "/articles", {
    query: {
      organization: slug,
      state: TABS[tab],
      q: visit.query("q"),
      language: visit.query("language"),
      since: visit.query("since"),
      until: visit.query("until"),
      fields: "summary",
      limit: String(LIMITS.CONSOLE_ROWS),
      cursor,
    },
  });
  if (!found.ok) return found;
  const { articles } = found.value;
  const isSearch = FILTERS.some((name) => visit.query(name) !== "");
  const withdrawn = Number(visit.query("withdrawn"));
  return {
    ...base,
    note: withdrawn > 0 ? words.articles.withdrawn(withdrawn) : undefined,
    body: (
      <>
        {base.body}
        {articles.length === 0 ? (
          <NoArticles isSearch={isSearch} />
        ) : visit.may("publish") && tab !== "withdrawn" ? (
          <Form action={visit.link("/admin/articles")}>
            <ArticleTable articles={articles} isChosen />
            <p class="buttons">
              <button type="submit" class="danger">
                {words.articles.withdrawChosen}
              </button>
            </p>
          </Form>
        ) : (
          <ArticleTable articles={articles} />
        )}
        <Pages at={at} cursor={found.value.cursor} isFirst={cursor === ""} />
      </>
    ),
  };
}

/** What narrows the list. The address keeps it. */
const FILTERS = ["q", "language", "since", "until"] as const;
type Filters = Record<(typeof FILTERS)[number], string>;

interface HeadProps {
  tab: Tab;
  filters: Filters;
  slug: string;
  counts: ArticleCounts;
  /** For numbers. */
  language: string;
}

function Head({ tab, filters, slug, counts, language }: HeadProps) {
  const { words, link, may } = useConsole();
  const shown = (Object.keys(words.articles.tabs) as Tab[]).filter(
    (one) => one !== "drafts" || may("publish"),
  );
  return (
    <>
      {may("publish") ? (
        <p class="buttons">
          <a class="button" href={link("/admin/articles/new")}>
            {words.nav.write}
          </a>
          <a class="button quiet" href={link("/admin/paste")}>
            {words.paste.title}
          </a>
        </p>
      ) : null}
      <ul class="tabs">
        {shown.map((one) => (
          <li>
            <a href={link("/admin/articles", { tab: one })} aria-current={one === tab ? "page" : undefined}>
              {words.articles.tabs[one]} <bdi class="count">{countIn(one, counts, language)}</bdi>
            </a>
          </li>
        ))}
      </ul>
      {tab === "drafts" ? null : (
        <form method="get" action="/admin/articles" class="filters">
          <input type="hidden" name="organization" value={slug} />
          <input type="hidden" name="tab" value={tab} />
          <Field name="q" label={words.articles.search} value={filters.q} />
          <Field name="language" label={words.write.language} value={filters.language} dir="ltr" />
          <Field name="since" type="date" label={words.receiver.from} value={filters.since} dir="ltr" />
          <Field name="until" type="date" label={words.receiver.to} value={filters.until} dir="ltr" />
          <button type="submit" class="quiet">
            {words.show}
          </button>
        </form>
      )}
    </>
  );
}

/** How many a tab lists: `99+` where the API has not counted on. */
function countIn(tab: Tab, counts: ArticleCounts, language: string): string {
  const { published, scheduled, withdrawn, drafts = 0 } = counts;
  const most = LIMITS.ARTICLES_COUNTED;
  const states = { published: [published], scheduled: [scheduled], withdrawn: [withdrawn] };
  const listed = { ...states, all: [published, scheduled, withdrawn] };
  const number = new Intl.NumberFormat(language);
  if (tab === "drafts") return number.format(drafts);
  if (listed[tab].some((count) => count === most)) return `${number.format(most - 1)}+`;
  return number.format(listed[tab].reduce((sum, count) => sum + count, 0));
}

function NoArticles({ isSearch = false }: { isSearch?: boolean }) {
  const { words, link, may } = useConsole();
  if (isSearch) return <Empty title={words.articles.noneFound} />;
  return (
    <Empty title={words.articles.empty}>
      <p>{words.articles.emptyText}</p>
      {may("publish") ? (
        <p>
          <a href={link("/admin/articles/new")}>{words.articles.writeFirst}</a>
        </p>
      ) : null}
    </Empty>
  );
}

/** Articles in rows. @param props.isChosen whether some of them can be chosen */
export function ArticleTable({
  articles,
  isChosen = false,
}: {
  articles: readonly ListedArticle[];
  isChosen?: boolean;
}) {
  const { words, link } = useConsole();
  const { article, organizations, choose, chosen } = words.articles;
  const columns = [...(isChosen ? [chosen] : []), article, words.state, words.when, organizations];
  return (
    <Table
      label={words.articles.title}
      columns={columns}
      rows={articles.map((one) => [
        ...(isChosen
          ? [
              one.state === "withdrawn" ? null : (
                <input type="checkbox" name="article" value={one.id} aria-label={choose(one.title)} />
              ),
            ]
          : []),
        <a href={link(`/admin/articles/${one.id}`)}>
          <bdi>{one.title}</bdi>
        </a>,
        <State of={one.state ?? "published"} />,
        <When at={one.published_at} precision={one.published_precision} />,
        one.organizations.join(", "),
      ])}
    />
  );
}

function DraftTable({ drafts, slug }: { drafts: readonly Draft[]; slug: string }) {
  const { words, link } = useConsole();
  return (
    <Table
      label={words.articles.tabs.drafts}
      columns={[words.articles.article, words.state, words.when]}
      rows={drafts.map(({ id, title, updated_at, updated_by }) => [
        <a href={link(`/admin/articles/${id}/edit`, { organization: slug })}>
          <bdi>{title || words.articles.untitled}</bdi>
        </a>,
        <State of="draft" />,
        <>
          <When at={updated_at} /> <bdi class="muted">{updated_by.description}</bdi>
        </>,
      ])}
    />
  );
}
