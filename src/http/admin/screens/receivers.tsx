import type { ShownHealth } from "../../../delivery/health.ts";
import type { ListedArticle } from "../../../model/article.ts";
import type { LastOutcome } from "../../../model/delivery.ts";
import { ArticleEventType, OperationalEventType } from "../../../model/event.ts";
import { fits, parseFilter } from "../../../model/filter.ts";
import { FormatName, type Webhook } from "../../../model/webhook.ts";
import type { Problem } from "../../problem.ts";
import { listed } from "../article-form.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import {
  Check,
  Choice,
  Empty,
  errorAt,
  Field,
  Form,
  Once,
  Pages,
  Press,
  Refused,
  SentOnce,
  State,
  Table,
} from "../forms.tsx";
import { When } from "../time.tsx";
import { type Shown, useConsole, type View, type Visit } from "../visit.ts";
import { VERIFYING } from "./verifying.ts";

/** A receiver in the list. */
export type ListedReceiver = Webhook & { health: ShownHealth | null; last_outcome: LastOutcome | null };

/** S7, S8: who is told, and one more. */
export const RECEIVERS: readonly Screen[] = [
  { path: "/admin/receivers", needs: "webhooks", get: list },
  {
    path: "/admin/receivers/new",
    needs: "webhooks",
    async get(visit) {
      await visit.place();
      return addForm(visit, new FormData(), null, null);
    },
    post: add,
  },
];

/** The name by which people know a receiver. */
export const nameOf = ({ description, url }: Pick<Webhook, "description" | "url">): string =>
  description || new URL(url).host;

async function list(visit: Visit): Promise<Shown> {
  const organization = await visit.place();
  const { words } = visit;
  const w = words.receivers;
  if (!organization) return { title: w.title, nav: "receivers", body: <Empty title={w.empty} /> };
  const cursor = visit.query("cursor");
  const found = await visit.ask<{ webhooks: ListedReceiver[]; cursor: string | null }>(
    "GET",
    `/organizations/${part(organization.slug)}/webhooks`,
    { query: { cursor } },
  );
  if (!found.ok) return found;
  const state = visit.query("state");
  const shown = found.value.webhooks.filter(({ health }) => state === "" || health?.state === state);
  const at = (next?: string) => visit.link("/admin/receivers", { state, cursor: next });
  return {
    title: w.title,
    nav: "receivers",
    note: visit.query("done") === "removed" ? words.receiver.removed : undefined,
    body: (
      <>
        <p class="hint">{w.explain}</p>
        <p class="buttons">
          <a class="button" href={visit.link("/admin/receivers/new")}>
            {w.add}
          </a>
        </p>
        <ul class="tabs">
          {["", "active", "failing", "paused", "disabled"].map((one) => (
            <li>
              <a
                href={visit.link("/admin/receivers", { state: one })}
                aria-current={one === state ? "page" : undefined}
              >
                {one === "" ? words.all : words.states[one as "active"]}
              </a>
            </li>
          ))}
        </ul>
        {shown.length > 0 ? (
          <Table
            label={w.title}
            columns={[w.name, words.state, w.since, w.last, w.filter]}
            rows={shown.map(rowOf)}
          />
        ) : (
          <Empty title={w.empty}>
            <p>{w.emptyText}</p>
          </Empty>
        )}
        <Pages at={at} cursor={found.value.cursor} isFirst={cursor === ""} />
      </>
    ),
  };
}

function rowOf(receiver: ListedReceiver) {
  const { health, last_outcome, filter } = receiver;
  return [
    <ReceiverLink receiver={receiver} />,
    <State of={health?.state ?? "unknown"} />,
    <When at={health?.since} />,
    last_outcome ? (
      <>
        <State of={last_outcome.status} /> <When at={last_outcome.at} />
      </>
    ) : (
      <NothingYet />
    ),
    <bdi>{filter ?? "–"}</bdi>,
  ];
}

function NothingYet() {
  return <>{useConsole().words.receivers.nothingYet}</>;
}

function ReceiverLink({ receiver }: { receiver: Pick<Webhook, "id" | "description" | "url"> }) {
  const { link } = useConsole();
  return (
    <>
      <a href={link(`/admin/receivers/${receiver.id}`)}>
        <bdi>{nameOf(receiver)}</bdi>
      </a>{" "}
      {receiver.description ? <span class="muted">{new URL(receiver.url).host}</span> : null}
    </>
  );
}

/** A number that a field has; undefined for none. Text that is no number is left to the API, which refuses it. */
const numberIn = (text: string): number | string | undefined =>
  text === "" ? undefined : /^\d+$/.test(text) ? Number(text) : text;

/** What a form says of a receiver, as the API takes it. */
export function settingsIn(fields: FormData): Record<string, unknown> {
  const line = (name: string) => String(fields.get(name) ?? "").trim();
  const retries = listed(line("retry_seconds")).map((one) => numberIn(one));
  const settings = {
    url: line("url"),
    format: line("format") || undefined,
    description: line("description"),
    events: fields.getAll("events").map(String),
    filter: line("filter") || undefined,
    ordered: fields.get("ordered") === "on" ? true : undefined,
    per_minute: numberIn(line("per_minute")),
    batch_seconds: numberIn(line("batch_seconds")),
    retry_seconds: retries.length > 0 ? retries : undefined,
    headers: headersIn(line("headers")),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function headersIn(text: string): Record<string, string> | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return undefined;
  return Object.fromEntries(
    lines.map((line) => {
      const [name = "", ...value] = line.split(":");
      return [name.trim(), value.join(":").trim()];
    }),
  );
}

async function add(visit: Visit, fields: FormData): Promise<Shown> {
  const organization = await visit.place();
  if (!organization) return { title: visit.words.problems.notFound, body: null, status: 404 };
  const { slug } = organization;
  if (fields.get("_then") === "try") return addForm(visit, fields, null, await triedOn(visit, slug, fields));
  const backfill = numberIn(String(fields.get("backfill") ?? "").trim());
  const made = await visit.ask<Webhook & { secret: string }>(
    "POST",
    `/organizations/${part(slug)}/webhooks`,
    {
      body: { ...settingsIn(fields), ...(backfill === undefined ? {} : { backfill: { last: backfill } }) },
    },
  );
  if (!made.ok) return { ...addForm(visit, fields, made.problem, null), status: 422 };
  return secretView(visit, made.value);
}

/** The secret is in this answer alone: no address shows it again. */
function secretView(visit: Visit, { id, secret, format }: Webhook & { secret: string }): View {
  const { words } = visit;
  const w = words.receivers;
  const isSigned = format === "standard" || format === "cloudevents";
  return {
    title: w.secretTitle,
    nav: "receivers",
    status: 201,
    body: (
      <>
        <Once label={w.secret} value={secret} />
        <p>{w.secretText}</p>
        <div class="buttons">
          <Press action={visit.link(`/admin/receivers/${id}/test`)} label={w.sendTest} kind="main" />
          <a class="button quiet" href={visit.link(`/admin/receivers/${id}`)}>
            {w.toReceiver}
          </a>
        </div>
        {isSigned ? (
          <section>
            <h2>{w.verify}</h2>
            {VERIFYING.map(({ language, code }) => (
              <details>
                <summary>{language}</summary>
                <pre dir="ltr" tabindex={0}>
                  {code}
                </pre>
              </details>
            ))}
          </section>
        ) : null}
      </>
    ),
  };
}

/** Which of the last articles a filter would have let through. */
interface Tried {
  of: number;
  titles: string[];
  problem?: string;
}

async function triedOn(visit: Visit, slug: string, fields: FormData): Promise<Tried> {
  const filter = parseFilter(new URLSearchParams(String(fields.get("filter") ?? "").trim()));
  if (!filter.ok) {
    const errors = "errors" in filter.failure ? filter.failure.errors : [];
    return { of: 0, titles: [], problem: errors.map(({ path, message }) => `${path} ${message}`).join("; ") };
  }
  const found = await visit.ask<{ articles: ListedArticle[] }>("GET", "/articles", {
    query: { organization: slug, limit: "20" },
  });
  if (!found.ok) return { of: 0, titles: [], problem: found.problem.detail };
  const { articles } = found.value;
  const query = String(fields.get("filter") ?? "").trim();
  const language = visit.here?.organization.language ?? "en";
  const passing = articles.filter(
    (article) =>
      query === "" ||
      fits(query, {
        organizations: article.organizations,
        tags: article.tags ?? [],
        authors: (article.authors ?? []).map(({ name }) => name),
        language: article.language ?? language,
        text: [article.title, article.summary ?? "", article.content_text ?? article.content_html ?? ""].join(
          " ",
        ),
      }),
  );
  return { of: articles.length, titles: passing.map(({ title }) => title) };
}

function addForm(visit: Visit, fields: FormData, problem: Problem | null, tried: Tried | null): View {
  const { words } = visit;
  return {
    title: words.receivers.add,
    nav: "receivers",
    body: (
      <>
        <Refused problem={problem} />
        <Form action={visit.link("/admin/receivers/new")} class="narrow-form">
          <SentOnce />
          <Settings fields={fields} problem={problem} tried={tried} isNew />
          <div class="buttons">
            <button type="submit">{words.receivers.create}</button>
          </div>
        </Form>
      </>
    ),
  };
}

/** The fields of a receiver. @param props.isNew whether its headers and a backfill can be given */
export function Settings({
  fields,
  problem,
  tried = null,
  isNew = false,
}: {
  fields: FormData;
  problem: Problem | null;
  tried?: Tried | null;
  isNew?: boolean;
}) {
  const { words } = useConsole();
  const w = words.receivers;
  const value = (name: string) => String(fields.get(name) ?? "");
  const error = (name: string) => errorAt(problem, name);
  const format = value("format") || "standard";
  const events = fields.has("events") ? fields.getAll("events").map(String) : [...ArticleEventType.options];
  return (
    <>
      <Field
        name="url"
        type="url"
        label={w.address}
        value={value("url")}
        hint={w.addressHint}
        error={error("url")}
        required
        dir="ltr"
      />
      <fieldset>
        <legend>{w.kind}</legend>
        {FormatName.options.map((name) => (
          <Choice name="format" value={name} label={w.kinds[name]} checked={name === format}>
            <p class="hint">{w.kindHints[name]}</p>
          </Choice>
        ))}
      </fieldset>
      <Field
        name="description"
        label={w.description}
        value={value("description")}
        hint={w.descriptionHint}
        error={error("description")}
      />
      <fieldset>
        <legend>{w.events}</legend>
        {[...ArticleEventType.options, ...OperationalEventType.options].map((name) => (
          <Check name="events" value={name} label={w.eventNames[name]} checked={events.includes(name)} />
        ))}
        {error("events") ? <p class="error">{error("events")}</p> : null}
      </fieldset>
      <Field
        name="filter"
        label={w.filter}
        value={value("filter")}
        hint={w.filterHint}
        error={error("filter") ?? tried?.problem}
        dir="ltr"
      />
      {isNew ? (
        <p>
          <button type="submit" name="_then" value="try" class="quiet" formnovalidate>
            {w.tryFilter}
          </button>
        </p>
      ) : null}
      {tried && !tried.problem ? (
        <div class="note" role="status">
          <p>{w.tried(tried.titles.length, tried.of)}</p>
          <ul>
            {tried.titles.map((title) => (
              <li>
                <bdi>{title}</bdi>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      <details open={problem !== null}>
        <summary>{w.advanced}</summary>
        <Check name="ordered" label={w.ordered} checked={value("ordered") === "on"} />
        <Field
          name="per_minute"
          label={w.perMinute}
          value={value("per_minute")}
          error={error("per_minute")}
          dir="ltr"
        />
        <Field
          name="batch_seconds"
          label={w.batchSeconds}
          value={value("batch_seconds")}
          error={error("batch_seconds")}
          dir="ltr"
        />
        <Field
          name="retry_seconds"
          label={w.retrySeconds}
          value={value("retry_seconds")}
          error={error("retry_seconds")}
          dir="ltr"
        />
        {isNew ? (
          <>
            <Field
              name="headers"
              label={w.headers}
              value={value("headers")}
              rows={3}
              error={error("headers")}
              dir="ltr"
            />
            <Field
              name="backfill"
              label={w.backfill}
              value={value("backfill")}
              error={error("backfill")}
              dir="ltr"
            />
          </>
        ) : null}
      </details>
    </>
  );
}
