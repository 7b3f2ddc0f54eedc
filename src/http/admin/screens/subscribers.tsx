import { raw } from "hono/html";
import { renderSVG } from "uqr";
import type { Aggregator } from "../../../model/aggregator.ts";
import type { Reader } from "../../../model/reader.ts";
import type { Subscription } from "../../../model/subscription.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import { Empty, Field, Form, Once, Press, SentOnce, State, Table } from "../forms.tsx";
import { When } from "../time.tsx";
import { type Shown, useConsole, type Visit } from "../visit.ts";

/** S11: who reads, as far as anybody can know, and whom the feeds are pushed to. */
export const SUBSCRIBERS: readonly Screen[] = [
  { path: "/admin/subscribers", needs: "read", get: show },
  {
    path: "/admin/subscribers/readers",
    needs: "publish",
    async post(visit, fields) {
      const slug = (await visit.place())?.slug ?? "";
      const description = String(fields.get("description") ?? "");
      const made = await visit.ask<Reader & { feeds: Record<string, string> }>(
        "POST",
        `/organizations/${part(slug)}/readers`,
        { body: { description } },
      );
      if (!made.ok) return made;
      const { words } = visit;
      const address = made.value.feeds.rss ?? Object.values(made.value.feeds)[0] ?? "";
      return {
        title: words.subscribers.made,
        nav: "subscribers",
        status: 201,
        body: (
          <>
            <Once label={description || words.subscribers.private} value={address} />
            <div class="qr">{raw(renderSVG(address, { border: 4 }))}</div>
            <p>
              <a href={visit.link("/admin/subscribers")}>{words.back}</a>
            </p>
          </>
        ),
      };
    },
  },
  {
    path: "/admin/subscribers/readers/:id/revoke",
    needs: "publish",
    async post(visit) {
      const slug = (await visit.place())?.slug ?? "";
      const done = await visit.ask(
        "DELETE",
        `/organizations/${part(slug)}/readers/${part(visit.param("id"))}`,
      );
      return done.ok ? { to: visit.link("/admin/subscribers", { done: "revoked" }) } : done;
    },
  },
  {
    path: "/admin/subscribers/subscriptions/:id/end",
    needs: "webhooks",
    async post(visit) {
      const slug = (await visit.place())?.slug ?? "";
      const done = await visit.ask(
        "DELETE",
        `/organizations/${part(slug)}/subscriptions/${part(visit.param("id"))}`,
      );
      return done.ok ? { to: visit.link("/admin/subscribers") } : done;
    },
  },
];

async function show(visit: Visit): Promise<Shown> {
  const organization = await visit.place();
  const { words } = visit;
  const w = words.subscribers;
  if (!organization) return { title: w.title, nav: "subscribers", body: <Empty title={w.noReaders} /> };
  const at = `/organizations/${part(organization.slug)}`;
  const [aggregators, subscriptions, readers] = await Promise.all([
    visit.ask<{ aggregators: Aggregator[] }>("GET", `${at}/subscribers`),
    visit.may("webhooks") ? visit.ask<{ subscriptions: Subscription[] }>("GET", `${at}/subscriptions`) : null,
    visit.ask<{ readers: Reader[] }>("GET", `${at}/readers`),
  ]);
  return {
    title: w.title,
    nav: "subscribers",
    note: visit.query("done") === "revoked" ? w.revoked : undefined,
    body: (
      <>
        <section>
          <h2>{w.readers}</h2>
          <Aggregators all={aggregators.ok ? aggregators.value.aggregators : []} />
        </section>
        {subscriptions ? (
          <section>
            <h2>{w.hub}</h2>
            <Subscriptions all={subscriptions.ok ? subscriptions.value.subscriptions : []} />
          </section>
        ) : null}
        <section>
          <h2>{w.private}</h2>
          <p class="hint">{w.privateText}</p>
          <Readers all={readers.ok ? readers.value.readers : []} />
        </section>
      </>
    ),
  };
}

function Aggregators({ all }: { all: readonly Aggregator[] }) {
  const { words } = useConsole();
  const w = words.subscribers;
  if (all.length === 0) return <p class="muted">{w.noReaders}</p>;
  return (
    <Table
      label={w.readers}
      columns={[w.aggregator, w.feed, w.count, w.seen]}
      rows={all.map(({ agent, feed, subscribers, seen_at }) => [
        <bdi>{agent}</bdi>,
        feed,
        String(subscribers),
        <When at={seen_at} />,
      ])}
    />
  );
}

function Subscriptions({ all }: { all: readonly Subscription[] }) {
  const { words, link } = useConsole();
  const w = words.subscribers;
  if (all.length === 0) return <p class="muted">{w.noHub}</p>;
  return (
    <Table
      label={w.hub}
      columns={[words.receivers.address, w.feed, words.state, w.lease, words.actions]}
      rows={all.map(({ id, topic, kind, callback_host, failures, lease_ends_at }) => [
        <bdi>{callback_host}</bdi>,
        <bdi>{topic}</bdi>,
        <State of={failures > 0 ? "failing" : "active"} />,
        <When at={lease_ends_at} />,
        kind === "hub" ? (
          "–"
        ) : (
          <Press action={link(`/admin/subscribers/subscriptions/${id}/end`)} label={w.end} kind="danger" />
        ),
      ])}
    />
  );
}

function Readers({ all }: { all: readonly Reader[] }) {
  const { words, link, may } = useConsole();
  const w = words.subscribers;
  return (
    <>
      {all.length === 0 ? (
        <p class="muted">{w.noPrivate}</p>
      ) : (
        <Table
          label={w.private}
          columns={[w.makeFor, words.when, words.actions]}
          rows={all.map(({ id, description, created_at }) => [
            <bdi>{description || id}</bdi>,
            <When at={created_at} />,
            may("publish") ? (
              <Press
                action={link(`/admin/subscribers/readers/${id}/revoke`)}
                label={w.revoke}
                kind="danger"
              />
            ) : (
              "–"
            ),
          ])}
        />
      )}
      {may("publish") ? (
        <Form action={link("/admin/subscribers/readers")} class="filters">
          <SentOnce />
          <Field name="description" label={w.makeFor} />
          <button type="submit" class="quiet">
            {w.make}
          </button>
        </Form>
      ) : null}
    </>
  );
}
