import type { ShownArticle } from "../../../model/article.ts";
import type { Audience } from "../../../model/audience.ts";
import type { Draft } from "../../../model/draft.ts";
import type { Organization } from "../../../model/organization.ts";
import type { Preview } from "../../../model/preview.ts";
import type { Problem } from "../../problem.ts";
import { publishedOf } from "../article-form.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import { Choice, Field, Form, Refused, State } from "../forms.tsx";
import { localIn, momentIn } from "../time.tsx";
import { type Shown, useConsole, type View, type Visit } from "../visit.ts";
import { PreviewFrame } from "./write.tsx";

/** A draft that is to be published, and what stands under its id. */
interface Publishing {
  organization: Organization;
  draft: Draft;
  version: string;
  /** The article that the draft becomes. A new one has the same id however often the button is pressed. */
  articleId: string;
}

/** What was chosen in the form. */
interface Chosen {
  when: "now" | "at" | "keep";
  at: string;
  alerts: "all" | "none";
}

/** S4: says what will happen, then does it. */
export const PUBLISH: readonly Screen[] = [
  {
    path: "/admin/articles/:id/publish",
    needs: "publish",
    async get(visit) {
      const found = await publishingIn(visit);
      if (!("draft" in found)) return found;
      const { published_at } = found.draft;
      const when = published_at !== undefined || isChange(found.draft) ? "keep" : "now";
      return screen(visit, found, { when, at: "", alerts: "all" });
    },
    async post(visit, fields) {
      const found = await publishingIn(visit);
      if (!("draft" in found)) return found;
      return publish(visit, found, String(fields.get("_version") ?? ""), {
        when: (["now", "at", "keep"] as const).find((one) => one === fields.get("when")) ?? "now",
        at: String(fields.get("at") ?? ""),
        alerts: fields.get("alerts") === "none" ? "none" : "all",
      });
    },
  },
];

/** An id of its own kind: `art_` stands for those that the service alone gives. */
const articleIdOf = (draftId: string): string => draftId.replace(/^drf_/, "news_");

/** Whether a draft changes an article that stands. A pasted page names the article that it will be. */
export const isChange = ({ article_version }: Pick<Draft, "article_version">): boolean =>
  article_version !== undefined;

/** The draft; what it has become, if it is published already. */
async function publishingIn(visit: Visit): Promise<Publishing | Shown> {
  const organization = await visit.place();
  const id = visit.param("id");
  if (!organization) return { title: visit.words.problems.notFound, body: null, status: 404 };
  const path = `/organizations/${part(organization.slug)}/drafts/${part(id)}`;
  const found = await visit.ask<Draft>("GET", path);
  if (found.ok) {
    const articleId = found.value.article ?? articleIdOf(id);
    return { organization, draft: found.value, version: found.etag ?? "", articleId };
  }
  const published = await visit.ask<ShownArticle>("GET", `/articles/${part(articleIdOf(id))}`);
  if (published.ok) return { to: visit.link(`/admin/articles/${articleIdOf(id)}`) };
  return found;
}

async function publish(
  visit: Visit,
  publishing: Publishing,
  version: string,
  chosen: Chosen,
): Promise<Shown> {
  const { organization, draft, articleId } = publishing;
  const { words } = visit;
  if (version !== publishing.version) {
    const problem = { ...REFUSED, title: words.write.conflictTitle, detail: words.write.conflictTitle };
    return { ...(await screen(visit, publishing, chosen, problem)), status: 412 };
  }
  const date = dateIn(visit.locale.timeZone, draft, chosen);
  if ("wrong" in date) {
    const message = date.wrong === "past" ? words.publish.pastTime : words.publish.noTime;
    const problem = { ...REFUSED, status: 422, errors: [{ path: "at", message }] };
    return { ...(await screen(visit, publishing, chosen, problem)), status: 422 };
  }
  const { published_at: _given, published_precision: _precision, ...fields } = publishedOf(draft);
  const done = await visit.ask<ShownArticle>("PUT", `/articles/${part(articleId)}`, {
    body: { ...fields, ...date },
    query: { alerts: chosen.alerts },
    headers: draft.article_version ? { "if-match": draft.article_version } : {},
  });
  if (!done.ok) {
    const status = done.problem.status === 412 ? 412 : 422;
    const problem =
      status === 412
        ? { ...done.problem, title: words.write.conflictTitle, detail: words.write.conflictTitle }
        : done.problem;
    return { ...(await screen(visit, publishing, chosen, problem)), status };
  }
  // Left behind, it is found published by its id: nothing is published twice.
  await visit.ask("DELETE", `/organizations/${part(organization.slug)}/drafts/${part(draft.id)}`);
  const isScheduled = Date.parse(done.value.published_at) > Date.now();
  return {
    to: visit.link(`/admin/articles/${articleId}`, { done: isScheduled ? "scheduled" : "published" }),
  };
}

const REFUSED: Problem = {
  type: "urn:communique:problem:precondition-failed",
  title: "",
  status: 412,
  detail: "",
};

/** The date of publication as the article is to have it; nothing for now, or for the date that it has. */
function dateIn(
  timeZone: string,
  { published_at, published_precision }: Draft,
  { when, at }: Chosen,
): { published_at?: string; published_precision?: string } | { wrong: "past" | "none" } {
  if (when === "now") return {};
  if (when === "keep")
    return {
      ...(published_at === undefined ? {} : { published_at }),
      ...(published_precision === undefined ? {} : { published_precision }),
    };
  const moment = momentIn(timeZone, at);
  if (!moment) return { wrong: "none" };
  return Date.parse(moment) <= Date.now() ? { wrong: "past" } : { published_at: moment };
}

async function screen(
  visit: Visit,
  { organization, draft, version, articleId }: Publishing,
  chosen: Chosen,
  problem: Problem | null = null,
): Promise<View> {
  const { words, locale } = visit;
  const w = words.publish;
  const previewed = await visit.ask<Preview>("POST", "/articles/preview", {
    body: { ...publishedOf(draft), id: articleId },
  });
  const edit = visit.link(`/admin/articles/${draft.id}/edit`, { organization: organization.slug });
  const title = isChange(draft) ? w.titleChange : w.title;
  const preview = previewed.ok ? previewed.value : null;
  if (!preview || preview.organizations.length === 0) {
    return {
      title,
      nav: "articles",
      body: (
        <>
          <p>{w.missing}</p>
          <Refused problem={previewed.ok ? { ...REFUSED, title: w.noOrganization } : previewed.problem} />
          <p>
            <a class="button" href={edit}>
              {w.edit}
            </a>
          </p>
        </>
      ),
    };
  }
  const names = preview.organizations.map(
    (slug) => visit.here?.all.find((one) => one.slug === slug)?.name ?? slug,
  );
  const told = preview.audience.reduce((sum, one) => sum + one.told, 0);
  const spoken = new Intl.ListFormat(locale.tag, { type: "conjunction" }).format(names);
  const soon = localIn(locale.timeZone, Date.now() + 3_600_000);
  return {
    title,
    nav: "articles",
    body: (
      <>
        <Refused problem={problem} />
        <div class="two">
          <Form
            action={visit.link(`/admin/articles/${draft.id}/publish`, { organization: organization.slug })}
          >
            <input type="hidden" name="_version" value={version} />
            <h2>
              <bdi>{preview.title}</bdi>
            </h2>
            <fieldset>
              <legend>{w.when}</legend>
              {isChange(draft) ? null : (
                <Choice name="when" value="now" label={w.now} checked={chosen.when === "now"} />
              )}
              {isChange(draft) || draft.published_at ? (
                <Choice name="when" value="keep" label={w.keepDate} checked={chosen.when === "keep"} />
              ) : null}
              <Choice name="when" value="at" label={w.at} checked={chosen.when === "at"}>
                <Field
                  name="at"
                  type="datetime-local"
                  label={w.at}
                  value={chosen.at || soon}
                  hint={w.atHint(locale.timeZone)}
                  error={problem?.errors?.find(({ path }) => path === "at")?.message}
                  dir="ltr"
                />
              </Choice>
            </fieldset>
            <fieldset>
              <legend>{w.alerts}</legend>
              <Choice name="alerts" value="all" label={w.alertAll} checked={chosen.alerts === "all"} />
              <Choice name="alerts" value="none" label={w.alertNone} checked={chosen.alerts === "none"} />
            </fieldset>
            <section class="panel">
              <h2>{w.whoTitle}</h2>
              {preview.audience.map((audience) => (
                <Reached audience={audience} />
              ))}
              <p class="hint">{w.final}</p>
            </section>
            <div class="buttons">
              <button type="submit">
                <bdi>{isChange(draft) ? w.buttonChange(spoken, told) : w.button(spoken, told)}</bdi>
              </button>
              <a class="button quiet" href={edit}>
                {w.edit}
              </a>
            </div>
          </Form>
          <aside aria-label={words.write.preview}>
            <PreviewFrame preview={preview} language={draft.language ?? ""} />
          </aside>
        </div>
      </>
    ),
  };
}

/** Who would be told by one organization. */
function Reached({ audience }: { audience: Audience }) {
  const { words } = useConsole();
  const w = words.publish;
  const { organization, event, told, held, filtered, webhooks, hub_subscriptions, readers } = audience;
  const counts = [
    w.wouldTell(told),
    ...(held > 0 ? [w.heldBy(held)] : []),
    ...(filtered > 0 ? [w.leftOut(filtered)] : []),
    ...(hub_subscriptions > 0 ? [w.hub(hub_subscriptions)] : []),
    ...(readers > 0 ? [w.readers(readers)] : []),
  ];
  const why = { filter: w.byFilter, events: w.byEvents };
  return (
    <>
      <h3>{organization}</h3>
      {event === null ? <p>{w.nothingChanges}</p> : <p>{counts.join("; ")}.</p>}
      <ul class="plain">
        {webhooks.map(({ description, host, outcome, rule }) => (
          <li>
            <State of={outcome} /> <bdi>{description || host}</bdi>
            {description ? <span class="muted"> {host}</span> : null}{" "}
            <span class="muted">
              {rule
                ? why[rule]
                : outcome === "paused"
                  ? w.isPaused
                  : outcome === "disabled"
                    ? w.isDisabled
                    : ""}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
