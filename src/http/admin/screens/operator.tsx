import { dollarsOf } from "../../../model/costs.ts";
import type { RecordProblem } from "../../../model/record.ts";
import type { Usage } from "../../../model/usage.ts";
import type { Screen } from "../console.ts";
import { Empty, Form, Pages, Table } from "../forms.tsx";
import { When } from "../time.tsx";
import { type Shown, useConsole, type Visit } from "../visit.ts";

/** S15, S17 and S18: what only the operator sees. */
export const OPERATOR_SCREENS: readonly Screen[] = [
  { path: "/admin/problems", needs: "operator", get: problems },
  { path: "/admin/usage", needs: "operator", get: usage },
  {
    path: "/admin/move",
    needs: "operator",
    get: async (visit) => move(visit, null),
    async post(visit, fields) {
      const file = fields.get("file");
      const text = typeof file === "object" && file !== null ? await file.text() : "";
      const done = await visit.ask<unknown>("POST", "/import", {
        body: text,
        headers: { "content-type": "application/x-ndjson" },
      });
      if (!done.ok) return done;
      return move(visit, imported(done.value));
    },
  },
  {
    path: "/admin/move/export",
    needs: "operator",
    async post(visit) {
      let cursor: string | undefined;
      const lines: string[] = [];
      do {
        const page = await visit.ask<unknown>("GET", "/export", { query: { cursor } });
        if (!page.ok) return page;
        const { text, next } = pageIn(page.value);
        lines.push(text);
        cursor = next;
      } while (cursor);
      return new Response(lines.join(""), {
        headers: {
          "content-type": "application/x-ndjson; charset=utf-8",
          "content-disposition": 'attachment; filename="communique.ndjson"',
        },
      });
    },
  },
];

async function problems(visit: Visit): Promise<Shown> {
  await visit.place();
  const { words } = visit;
  const cursor = visit.query("cursor");
  const found = await visit.ask<{ problems: RecordProblem[]; cursor: string | null }>("GET", "/problems", {
    query: { cursor },
  });
  if (!found.ok) return found;
  const w = words.problemsScreen;
  const all = found.value.problems;
  return {
    title: w.title,
    nav: "problems",
    body: (
      <>
        <p class="hint">{w.explain}</p>
        {all.length === 0 ? (
          <Empty title={w.empty} />
        ) : (
          <Table
            label={w.title}
            columns={[w.record, w.problem, w.found]}
            rows={all.map(({ key, reason, errors, seen_at, webhook }) => [
              <bdi>
                {webhook ? `${webhook.description || webhook.origin} (${webhook.organization})` : key}
              </bdi>,
              <bdi>{[reason, ...errors.map(({ path, message }) => `${path} ${message}`)].join("; ")}</bdi>,
              <When at={seen_at} />,
            ])}
          />
        )}
        <Pages
          at={(next) => visit.link("/admin/problems", { cursor: next })}
          cursor={found.value.cursor}
          isFirst={cursor === ""}
        />
      </>
    ),
  };
}

/** The counts that have a limit of the free plan. */
const COUNTED = ["requests", "kv_reads", "kv_writes", "kv_deletes", "kv_lists", "object_requests"] as const;

async function usage(visit: Visit): Promise<Shown> {
  await visit.place();
  const { words } = visit;
  const found = await visit.ask<Usage>("GET", "/usage");
  if (!found.ok) return found;
  const { today, last_30_days, free_plan_a_day, quotas_used_up } = found.value;
  const w = words.usage;
  const number = new Intl.NumberFormat(visit.locale.tag);
  return {
    title: w.title,
    nav: "usage",
    body: (
      <>
        <p class="hint">{w.explain}</p>
        {quotas_used_up.length > 0 ? (
          <p class="note bad" role="alert">
            {w.usedUp(quotas_used_up.join(", "))}
          </p>
        ) : null}
        <Table
          label={w.title}
          columns={["", w.today, w.limit, w.month].map((column) => column || words.usage.what)}
          rows={[
            ...COUNTED.map((name) => [
              w.names[name],
              <>
                {number.format(today[name])}
                <meter
                  class="meter"
                  min={0}
                  max={free_plan_a_day[name]}
                  value={today[name]}
                  aria-label={w.names[name]}
                >
                  {today[name]}
                </meter>
              </>,
              number.format(free_plan_a_day[name]),
              number.format(last_30_days[name]),
            ]),
            [
              w.names.deliveries,
              number.format(today.deliveries),
              "–",
              number.format(last_30_days.deliveries),
            ],
          ]}
        />
        <p>
          {w.paid(
            new Intl.NumberFormat(visit.locale.tag, { style: "currency", currency: "USD" }).format(
              paidMonth(last_30_days),
            ),
          )}
        </p>
      </>
    ),
  };
}

/** What 30 days would cost on the paid plan, without rows, which the platform alone counts. */
const paidMonth = (month: Usage["last_30_days"]): number =>
  dollarsOf({
    requests: month.requests,
    kvReads: month.kv_reads,
    kvWrites: month.kv_writes + month.kv_deletes,
    kvLists: month.kv_lists,
    objectRequests: month.object_requests,
  });

interface Imported {
  accepted: number;
  refused: { line: number; detail: string }[];
}

/** The lines of an answer: one is JSON, several are text. */
const linesOf = (value: unknown): unknown[] =>
  typeof value === "string"
    ? value
        .split("\n")
        .filter(Boolean)
        .map((line): unknown => JSON.parse(line))
    : value === null
      ? []
      : [value];

function imported(value: unknown): Imported {
  const lines = linesOf(value) as { line: number; status: number; problem?: { detail: string } }[];
  const refused = lines.filter(({ status }) => status >= 400);
  return {
    accepted: lines.length - refused.length,
    refused: refused.map(({ line, problem }) => ({ line, detail: problem?.detail ?? "" })),
  };
}

/** A page of an export, and where the next one begins. */
function pageIn(value: unknown): { text: string; next: string | undefined } {
  const lines = linesOf(value) as { type?: string; cursor?: string | null }[];
  const next = lines.find(({ type }) => type === "cursor")?.cursor ?? undefined;
  const text = lines
    .filter(({ type }) => type !== "cursor")
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
  return { text, next };
}

async function move(visit: Visit, result: Imported | null): Promise<Shown> {
  await visit.place();
  const { words } = visit;
  return { title: words.move.title, nav: "move", body: <Move result={result} /> };
}

function Move({ result }: { result: Imported | null }) {
  const { words } = useConsole();
  const w = words.move;
  return (
    <>
      <p class="hint">{w.explain}</p>
      {result ? (
        <div class="note" role="status">
          <p>{w.imported(result.accepted)}</p>
          {result.refused.length > 0 ? (
            <>
              <p>{w.refused(result.refused.length)}</p>
              <ul>
                {result.refused.slice(0, 50).map(({ line, detail }) => (
                  <li>
                    {words.paste.line(line)}: <bdi>{detail}</bdi>
                  </li>
                ))}
              </ul>
            </>
          ) : null}
        </div>
      ) : null}
      <section class="panel">
        <h2>{w.export}</h2>
        <p>{w.exportText}</p>
        <Form action="/admin/move/export">
          <button type="submit">{w.export}</button>
        </Form>
      </section>
      <section class="panel">
        <h2>{w.import}</h2>
        <Form action="/admin/move" multipart>
          <div class="field">
            <label for="file">{w.importField}</label>
            <input id="file" name="file" type="file" required accept=".ndjson,application/x-ndjson" />
          </div>
          <button type="submit">{w.importButton}</button>
        </Form>
      </section>
    </>
  );
}
