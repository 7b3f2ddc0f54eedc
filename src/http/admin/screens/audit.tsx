import type { AuditEntry } from "../../../model/audit.ts";
import type { Screen } from "../console.ts";
import { Empty, Field, Pages, Table } from "../forms.tsx";
import { When } from "../time.tsx";
import { type Shown, useConsole, type Visit } from "../visit.ts";

/** S16: who changed what. */
export const AUDIT_SCREENS: readonly Screen[] = [
  { path: "/admin/audit", needs: "read", get: show },
  { path: "/admin/audit.csv", needs: "read", get: csv },
];

interface Found {
  entries: AuditEntry[];
  cursor: string | null;
}

/** A page of the log that the address asks for. */
async function find(visit: Visit) {
  const organization = await visit.place();
  return visit.ask<Found>("GET", "/audit", {
    query: {
      organization: visit.query("everything") ? undefined : organization?.slug,
      actor: visit.query("actor").trim(),
      action: visit.query("action").trim(),
      since: visit.query("since"),
      until: visit.query("until"),
      cursor: visit.query("cursor"),
    },
  });
}

async function show(visit: Visit): Promise<Shown> {
  const found = await find(visit);
  if (!found.ok) return found;
  const { words } = visit;
  const w = words.audit;
  const { entries, cursor } = found.value;
  const filters = {
    actor: visit.query("actor"),
    action: visit.query("action"),
    since: visit.query("since"),
    until: visit.query("until"),
    everything: visit.query("everything"),
  };
  return {
    title: w.title,
    nav: "audit",
    body: (
      <>
        <form method="get" action="/admin/audit" class="filters">
          <input type="hidden" name="organization" value={visit.here?.organization.slug ?? ""} />
          <Field name="actor" label={w.actor} value={filters.actor} dir="ltr" />
          <Field name="action" label={w.what} value={filters.action} dir="ltr" />
          <Field name="since" type="date" label={words.receiver.from} value={filters.since} dir="ltr" />
          <Field name="until" type="date" label={words.receiver.to} value={filters.until} dir="ltr" />
          {visit.may("operator") ? (
            <label class="check">
              <input type="checkbox" name="everything" value="1" checked={filters.everything !== ""} />{" "}
              <span>{w.everything}</span>
            </label>
          ) : null}
          <button type="submit" class="quiet">
            {words.show}
          </button>
          <a href={visit.link("/admin/audit.csv", { ...filters, cursor: visit.query("cursor") })}>{w.csv}</a>
        </form>
        {entries.length > 0 ? <Entries entries={entries} /> : <Empty title={w.empty} />}
        <Pages
          at={(next) => visit.link("/admin/audit", { ...filters, cursor: next })}
          cursor={cursor}
          isFirst={visit.query("cursor") === ""}
        />
      </>
    ),
  };
}

function Entries({ entries }: { entries: readonly AuditEntry[] }) {
  const { words } = useConsole();
  const w = words.audit;
  return (
    <Table
      label={w.title}
      columns={[words.when, w.who, w.what, w.object, words.articles.organizations]}
      rows={entries.map(
        ({ at, actor, actor_description, via, action, object, organizations, outcome, reason }) => [
          <When at={at} />,
          <>
            <bdi>{actor === "admin" ? words.operator : actor_description || actor}</bdi>{" "}
            {via ? <span class="muted">{w.viaConsole}</span> : null}
          </>,
          <>
            {action} {outcome === "failed" ? <span class="error">{w.failed}</span> : null}
          </>,
          <>
            <bdi>{object}</bdi> {reason ? <bdi class="muted">{reason}</bdi> : null}
          </>,
          organizations.join(", "),
        ],
      )}
    />
  );
}

async function csv(visit: Visit): Promise<Shown> {
  const found = await find(visit);
  if (!found.ok) return found;
  const rows = found.value.entries.map((one) => [
    one.at,
    one.actor,
    one.actor_description,
    one.via ?? "api",
    one.action,
    one.object,
    one.organizations.join(" "),
    one.outcome,
    one.reason ?? "",
  ]);
  const head = [
    "at",
    "actor",
    "actor_description",
    "via",
    "action",
    "object",
    "organizations",
    "outcome",
    "reason",
  ];
  const text = [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n");
  return new Response(`${text}\r\n`, {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="audit.csv"',
    },
  });
}

/** RFC 4180 §2, and nothing that a spreadsheet would take for a formula. */
const cell = (text: string): string => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
