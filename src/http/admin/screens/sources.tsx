import type { ShownSource } from "../../../model/source.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import { Empty, Press, State, Table } from "../forms.tsx";
import { When } from "../time.tsx";
import { useConsole } from "../visit.ts";

/** S13: feeds that are followed, and what became of their items. */
export const SOURCES: readonly Screen[] = [
  {
    path: "/admin/sources",
    needs: "read",
    async get(visit) {
      const organization = await visit.place();
      const { words } = visit;
      const found = organization
        ? await visit.ask<{ sources: ShownSource[] }>(
            "GET",
            `/organizations/${part(organization.slug)}/sources`,
          )
        : null;
      if (found && !found.ok) return found;
      const sources = found?.ok ? found.value.sources : [];
      return {
        title: words.sources.title,
        nav: "sources",
        note: visit.query("done") === "polled" ? words.sources.polled : undefined,
        body: (
          <>
            <p class="hint">{words.sources.explain}</p>
            {sources.length > 0 ? (
              <Sources sources={sources} />
            ) : (
              <Empty title={words.sources.empty}>
                <p>{words.sources.emptyText}</p>
                <p>
                  <a href={visit.link("/admin/organization")}>{words.nav.organization}</a>
                </p>
              </Empty>
            )}
          </>
        ),
      };
    },
  },
  {
    path: "/admin/sources/:id/poll",
    needs: "publish",
    async post(visit) {
      await visit.place();
      const done = await visit.ask("POST", `/sources/${part(visit.param("id"))}/poll`);
      return done.ok ? { to: visit.link("/admin/sources", { done: "polled" }) } : done;
    },
  },
];

function Sources({ sources }: { sources: readonly ShownSource[] }) {
  const { words, link, may } = useConsole();
  const w = words.sources;
  return (
    <Table
      label={w.title}
      columns={[w.source, words.state, w.lastPoll, w.nextPoll, w.items, words.actions]}
      rows={sources.map((source) => [
        <>
          <bdi>{source.title ?? source.url}</bdi>
          <br />
          <bdi class="muted">{source.url}</bdi>
        </>,
        <>
          <State of={source.state === "gone" ? "disabled" : source.state} />{" "}
          {source.error ? <bdi class="error">{source.error}</bdi> : null}
        </>,
        <When at={source.last_fetch_at} />,
        <When at={source.next_fetch_at} />,
        w.counts(
          source.items_published,
          source.items_waiting,
          source.items_unattributed,
          source.items_refused,
        ),
        may("publish") ? <Press action={link(`/admin/sources/${source.id}/poll`)} label={w.poll} /> : "–",
      ])}
    />
  );
}
