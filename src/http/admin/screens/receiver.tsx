import type { Explanation } from "../../../delivery/explain.ts";
import type { ShownHealth } from "../../../delivery/health.ts";
import type { Delivery, DeliveryLog } from "../../../model/delivery.ts";
import { DeliveryStatus } from "../../../model/delivery.ts";
import type { Webhook } from "../../../model/webhook.ts";
import type { Problem } from "../../problem.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import { Empty, Field, Form, Once, Pages, Press, Refused, State, Table } from "../forms.tsx";
import { momentIn, momentText, When } from "../time.tsx";
import { type Shown, useConsole, type View, type Visit } from "../visit.ts";
import { nameOf, Settings, settingsIn } from "./receivers.tsx";

type Receiver = Webhook & { health: ShownHealth };

/** What can be pressed: an operation, and what is said of it afterwards. */
const ACTIONS: Readonly<Record<string, (visit: Visit, address: string) => Promise<Shown | null>>> = {
  pause: (visit, address) => changed(visit, address, { paused: true }),
  resume: (visit, address) => changed(visit, address, { paused: false }),
  enable: async (visit, address) => refusedIn(await visit.ask("POST", `${address}/enable`)),
  test: async (visit, address) => refusedIn(await visit.ask("POST", `${address}/test`)),
};

const refusedIn = (asked: { ok: true } | { ok: false; problem: Problem }): Shown | null =>
  asked.ok ? null : { ok: false, problem: asked.problem };

const changed = async (visit: Visit, address: string, body: object): Promise<Shown | null> =>
  refusedIn(await visit.ask("PATCH", address, { body }));

/** S9 and S10: one receiver, what was sent to it, and what it answered. */
export const RECEIVER: readonly Screen[] = [
  { path: "/admin/receivers/:id", needs: "webhooks", get: show },
  ...Object.entries(ACTIONS).map(
    ([name, act]): Screen => ({
      path: `/admin/receivers/:id/${name}`,
      needs: "webhooks",
      async post(visit) {
        const address = await addressIn(visit);
        return (await act(visit, address)) ?? back(visit, name);
      },
    }),
  ),
  {
    path: "/admin/receivers/:id/rotate",
    needs: "webhooks",
    async post(visit) {
      const address = await addressIn(visit);
      const made = await visit.ask<{ secret: string; former_signs_until: string }>(
        "POST",
        `${address}/rotate-secret`,
      );
      if (!made.ok) return made;
      const { words } = visit;
      return {
        title: words.receiver.rotate,
        nav: "receivers",
        body: (
          <>
            <Once
              label={words.receiver.rotated(momentText(visit, made.value.former_signs_until))}
              value={made.value.secret}
            />
            <p>
              <a href={visit.link(`/admin/receivers/${visit.param("id")}`)}>{words.receivers.toReceiver}</a>
            </p>
          </>
        ),
      };
    },
  },
  {
    path: "/admin/receivers/:id/replay",
    needs: "webhooks",
    async post(visit, fields) {
      const address = await addressIn(visit);
      const since = momentIn(visit.locale.timeZone, String(fields.get("since") ?? ""));
      const body = fields.get("what") === "since" && since ? { since } : { status: "failed" };
      const done = await visit.ask<{ replayed: number }>("POST", `${address}/replay`, { body });
      return done.ok ? back(visit, "replayed", { count: String(done.value.replayed) }) : done;
    },
  },
  {
    path: "/admin/receivers/:id/settings",
    needs: "webhooks",
    async get(visit) {
      const found = await visit.ask<Receiver>("GET", await addressIn(visit));
      return found.ok ? settings(visit, formOf(found.value), null) : found;
    },
    async post(visit, fields) {
      const address = await addressIn(visit);
      const said = settingsIn(fields);
      const removed = ["filter", "per_minute", "batch_seconds", "retry_seconds"].filter(
        (name) => !(name in said),
      );
      const body = {
        ...said,
        ordered: said.ordered === true,
        ...Object.fromEntries(removed.map((name) => [name, null])),
      };
      const done = await visit.ask("PATCH", address, { body });
      if (!done.ok) return { ...settings(visit, fields, done.problem), status: 422 };
      return back(visit, "changed");
    },
  },
  {
    path: "/admin/receivers/:id/delete",
    needs: "webhooks",
    async post(visit) {
      const done = await visit.ask("DELETE", await addressIn(visit));
      return done.ok ? { to: visit.link("/admin/receivers", { done: "removed" }) } : done;
    },
  },
  { path: "/admin/receivers/:id/deliveries/:delivery", needs: "webhooks", get: delivery },
  {
    path: "/admin/receivers/:id/deliveries/:delivery/retry",
    needs: "webhooks",
    async post(visit, fields) {
      const address = await addressIn(visit);
      const done = await visit.ask("POST", `${address}/deliveries/${part(visit.param("delivery"))}/retry`);
      if (!done.ok) return done;
      const article = String(fields.get("back") ?? "");
      if (/^[\w-]+$/.test(article))
        return { to: visit.link(`/admin/articles/${article}`, { done: "retried" }) };
      return {
        to: visit.link(`/admin/receivers/${visit.param("id")}/deliveries/${visit.param("delivery")}`, {
          done: "retried",
        }),
      };
    },
  },
];

/** The address of the receiver in the API. */
async function addressIn(visit: Visit): Promise<string> {
  const organization = await visit.place();
  return `/organizations/${part(organization?.slug ?? visit.query("organization"))}/webhooks/${part(visit.param("id"))}`;
}

const back = (visit: Visit, done: string, more: Record<string, string> = {}): Shown => ({
  to: visit.link(`/admin/receivers/${visit.param("id")}`, { done, ...more }),
});

/** A receiver as the form has it. */
function formOf(receiver: Receiver): FormData {
  const fields = new FormData();
  const { url, format, description, filter, ordered, per_minute, batch_seconds, retry_seconds, events } =
    receiver;
  for (const [name, value] of Object.entries({ url, format, description, filter, per_minute, batch_seconds }))
    if (value !== undefined) fields.set(name, String(value));
  if (ordered) fields.set("ordered", "on");
  if (retry_seconds) fields.set("retry_seconds", retry_seconds.join(", "));
  for (const event of events) fields.append("events", event);
  return fields;
}

function settings(visit: Visit, fields: FormData, problem: Problem | null): View {
  const { words } = visit;
  const id = visit.param("id");
  return {
    title: words.receiver.edit,
    nav: "receivers",
    body: (
      <>
        <Refused problem={problem} />
        <Form action={visit.link(`/admin/receivers/${id}/settings`)}>
          <Settings fields={fields} problem={problem} />
          <div class="buttons">
            <button type="submit">{words.save}</button>
            <a class="button quiet" href={visit.link(`/admin/receivers/${id}`)}>
              {words.cancel}
            </a>
          </div>
        </Form>
        <section class="panel">
          <h2>{words.receiver.remove}</h2>
          <p>{words.receiver.removeText}</p>
          <Press
            action={visit.link(`/admin/receivers/${id}/delete`)}
            label={words.receiver.remove}
            kind="danger"
          />
        </section>
      </>
    ),
  };
}

async function show(visit: Visit): Promise<Shown> {
  const address = await addressIn(visit);
  const { words } = visit;
  const found = await visit.ask<Receiver>("GET", address);
  if (!found.ok) return found;
  const receiver = found.value;
  const cursor = visit.query("cursor");
  const filters = {
    status: visit.query("status"),
    type: visit.query("type"),
    article: visit.query("article"),
  };
  const day = (name: string) => momentIn(visit.locale.timeZone, `${visit.query(name)}T00:00`) ?? undefined;
  const deliveries = await visit.ask<{ deliveries: Delivery[]; cursor: string | null }>(
    "GET",
    `${address}/deliveries`,
    {
      query: { ...filters, since: day("since"), until: day("until"), cursor },
    },
  );
  if (!deliveries.ok) return deliveries;
  const count = Number(visit.query("count"));
  const notes: Record<string, string> = {
    test: words.receivers.testSent,
    changed: words.receiver.changed,
    replayed: words.receiver.replayed(count),
    pause: words.receiver.changed,
    resume: words.receiver.changed,
    enable: words.receiver.changed,
  };
  const at = (next?: string) => visit.link(`/admin/receivers/${receiver.id}`, { ...filters, cursor: next });
  return {
    title: nameOf(receiver),
    nav: "receivers",
    note: notes[visit.query("done")],
    body: (
      <>
        <Health visit={visit} receiver={receiver} />
        <Buttons receiver={receiver} failed={await failedIn(visit, address)} />
        <Asked visit={visit} answer={await askedIn(visit, address)} id={receiver.id} />
        <h2>{words.receiver.deliveries}</h2>
        <Filters visit={visit} id={receiver.id} />
        {deliveries.value.deliveries.length > 0 ? (
          <Deliveries deliveries={deliveries.value.deliveries} id={receiver.id} />
        ) : (
          <Empty title={words.receiver.noDeliveries} />
        )}
        <Pages at={at} cursor={deliveries.value.cursor} isFirst={cursor === ""} />
      </>
    ),
  };
}

/** How it is, in a sentence. */
function Health({ visit, receiver: { health, url, filter } }: { visit: Visit; receiver: Receiver }) {
  const { words } = visit;
  const say = words.receiver.health;
  const since = momentText(visit, health.since);
  const sentences = {
    active: say.active,
    failing: say.failing(since, health.failures, health.progress_percent),
    paused: say.paused(since),
    disabled: say.disabled(since),
  };
  return (
    <div class="panel">
      <p>
        <State of={health.state} /> {sentences[health.state]} {health.reason === "gone" ? say.gone : ""}
      </p>
      {health.held_until ? (
        <p>{words.receiver.heldBy[health.held_by ?? "receiver"](momentText(visit, health.held_until))}</p>
      ) : null}
      {health.problem ? <p class="error">{health.problem}</p> : null}
      <p class="hint">
        <bdi>{new URL(url).origin}</bdi>
        {filter ? (
          <>
            {" "}
            · {words.receivers.filter}: <bdi>{filter}</bdi>
          </>
        ) : null}
      </p>
    </div>
  );
}

/** How many deliveries have failed, as far as one page of them shows: "50+" for more. */
async function failedIn(visit: Visit, address: string): Promise<string> {
  const found = await visit.ask<{ deliveries: Delivery[]; cursor: string | null }>(
    "GET",
    `${address}/deliveries`,
    {
      query: { status: "failed" },
    },
  );
  if (!found.ok) return "?";
  return `${found.value.deliveries.length}${found.value.cursor ? "+" : ""}`;
}

function Buttons({ receiver: { id, health }, failed }: { receiver: Receiver; failed: string }) {
  const { words, link } = useConsole();
  const w = words.receiver;
  const at = (name: string) => link(`/admin/receivers/${id}/${name}`);
  return (
    <>
      <div class="buttons">
        {health.state === "paused" ? (
          <Press action={at("resume")} label={w.resume} kind="main" />
        ) : health.state === "disabled" ? (
          <Press action={at("enable")} label={w.enable} kind="main" />
        ) : (
          <Press action={at("pause")} label={w.pause} />
        )}
        <Press action={at("test")} label={w.test} />
        <a class="button quiet" href={at("settings")}>
          {w.edit}
        </a>
        <Press action={at("rotate")} label={w.rotate} isOnce />
      </div>
      <details>
        <summary>{w.replay}</summary>
        <Form action={at("replay")} class="filters">
          <label class="check">
            <input type="radio" name="what" value="failed" checked />{" "}
            <span>
              {w.replayFailed} ({failed})
            </span>
          </label>
          <label class="check">
            <input type="radio" name="what" value="since" /> <span>{w.replaySince}</span>
          </label>
          <Field name="since" type="datetime-local" label={w.replaySince} dir="ltr" />
          <button type="submit" class="quiet">
            {w.replay}
          </button>
        </Form>
        <p class="hint">{w.rotateText}</p>
      </details>
    </>
  );
}

/** What `explain` says of an article that somebody has asked for; null if nobody has. */
async function askedIn(visit: Visit, address: string): Promise<Explanation | Problem | null> {
  const article = visit.query("told").trim().split(/[/?#]/).findLast(Boolean);
  if (!article) return null;
  const found = await visit.ask<Explanation>("GET", `${address}/explain`, { query: { article } });
  return found.ok ? found.value : found.problem;
}

function Asked({ visit, answer, id }: { visit: Visit; answer: Explanation | Problem | null; id: string }) {
  const { words } = visit;
  const organization = visit.here?.organization.slug ?? "";
  return (
    <section class="panel">
      <h2>{words.receiver.askTitle}</h2>
      <form method="get" action={`/admin/receivers/${id}`} class="filters">
        <input type="hidden" name="organization" value={organization} />
        <Field name="told" label={words.receiver.ask} value={visit.query("told")} dir="ltr" />
        <button type="submit" class="quiet">
          {words.receiver.askButton}
        </button>
      </form>
      {answer === null ? null : (
        <p role="status">
          {"outcome" in answer ? <State of={answer.outcome} /> : null} <bdi>{answer.detail}</bdi>
        </p>
      )}
    </section>
  );
}

function Filters({ visit, id }: { visit: Visit; id: string }) {
  const { words } = visit;
  return (
    <form method="get" action={`/admin/receivers/${id}`} class="filters">
      <input type="hidden" name="organization" value={visit.here?.organization.slug ?? ""} />
      <div class="field">
        <label for="status">{words.receiver.status}</label>
        <select id="status" name="status">
          <option value="">{words.all}</option>
          {DeliveryStatus.options.map((one) => (
            <option value={one} selected={one === visit.query("status")}>
              {words.states[stateName(one)]}
            </option>
          ))}
        </select>
      </div>
      <Field name="article" label={words.delivery.article} value={visit.query("article")} dir="ltr" />
      <Field name="since" type="date" label={words.receiver.from} value={visit.query("since")} dir="ltr" />
      <Field name="until" type="date" label={words.receiver.to} value={visit.query("until")} dir="ltr" />
      <button type="submit" class="quiet">
        {words.show}
      </button>
    </form>
  );
}

/** The API's word for a delivery's status, as people say it. */
export const stateName = (status: DeliveryStatus) =>
  (({ pending: "waiting", delivered: "delivered", failed: "given-up", superseded: "superseded" }) as const)[
    status
  ];

function Deliveries({ deliveries, id }: { deliveries: readonly Delivery[]; id: string }) {
  const { words, link } = useConsole();
  return (
    <Table
      label={words.receiver.deliveries}
      columns={[
        words.when,
        words.receiver.status,
        words.receiver.event,
        words.delivery.article,
        words.receiver.attempts,
      ]}
      rows={deliveries.map((one) => [
        <a href={link(`/admin/receivers/${id}/deliveries/${one.id}`)}>
          <When at={one.created_at} />
        </a>,
        <State of={stateName(one.status)} />,
        words.receivers.eventNames[one.event_type],
        one.article_id ? (
          <a href={link(`/admin/articles/${one.article_id}`)}>
            <bdi>{one.article_id}</bdi>
          </a>
        ) : (
          "–"
        ),
        String(one.attempt_count),
      ])}
    />
  );
}

async function delivery(visit: Visit): Promise<Shown> {
  const address = await addressIn(visit);
  const { words } = visit;
  const path = `${address}/deliveries/${part(visit.param("delivery"))}`;
  const found = await visit.ask<DeliveryLog>("GET", path, { query: { include: "request" } });
  if (!found.ok) return found;
  const { event_type, article_id, status, attempts, next_attempt_at } = found.value;
  const receiver = `/admin/receivers/${visit.param("id")}`;
  return {
    title: words.delivery.title,
    nav: "receivers",
    note: visit.query("done") === "retried" ? words.article.retried : undefined,
    body: (
      <>
        <p>
          <State of={stateName(status)} /> {words.receivers.eventNames[event_type]}
          {article_id ? (
            <>
              {" "}
              · <a href={visit.link(`/admin/articles/${article_id}`)}>{article_id}</a>
            </>
          ) : null}
        </p>
        {next_attempt_at ? <p>{words.delivery.next(momentText(visit, next_attempt_at))}</p> : null}
        <div class="buttons">
          <Press
            action={visit.link(`${receiver}/deliveries/${visit.param("delivery")}/retry`)}
            label={words.delivery.again}
            kind="main"
          />
          <a class="button quiet" href={visit.link(receiver)}>
            {words.receivers.toReceiver}
          </a>
        </div>
        {attempts.map((attempt, index) => (
          <section class="panel">
            <h2>{words.delivery.attempt(index + 1)}</h2>
            <p>
              <When at={attempt.at} /> · {attempt.status ?? "–"} ·{" "}
              {words.delivery.milliseconds(attempt.latency_ms)}
            </p>
            {attempt.detail ? (
              <p>
                <bdi>{attempt.detail}</bdi>
              </p>
            ) : null}
            <h3>{words.delivery.answer}</h3>
            {attempt.response ? (
              <pre dir="auto" tabindex={0}>
                {attempt.response}
              </pre>
            ) : (
              <p class="muted">{words.delivery.noAnswer}</p>
            )}
            {attempt.request ? (
              <details>
                <summary>{words.delivery.sent}</summary>
                <pre dir="ltr" tabindex={0}>
                  {Object.entries(attempt.request.headers)
                    .map(([name, value]) => `${name}: ${value}`)
                    .join("\n")}
                  {`\n\n${attempt.request.body}`}
                </pre>
              </details>
            ) : null}
          </section>
        ))}
      </>
    ),
  };
}
