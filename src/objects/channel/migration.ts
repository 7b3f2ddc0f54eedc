import type { Outbox } from "../kit/outbox.ts";
import { all, exists, integer, rowOf, type Schema, text } from "../kit/sql.ts";

const former = rowOf({ seq: integer("event_seq"), endpoint: text("endpoint_id") });

/**
 * Moves entries that waited before 26 November 2026 into the kit's outbox: events for endpoints, and subscriptions that
 * had not received the latest publication. Reads other files' tables as they were then.
 */
export const formerOutbox = (outbox: Outbox): Schema => ({
  name: "former_outbox",
  migrations: [
    (sql) => {
      if (exists(sql, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outbox'")) {
        const rows = all(sql, former, "SELECT event_seq, endpoint_id FROM outbox ORDER BY event_seq");
        for (const [endpoint, some] of Map.groupBy(rows, (row) => row.endpoint)) {
          outbox.addAll(
            `endpoint:${endpoint}`,
            "event",
            some.map(({ seq }) => seq),
          );
        }
        sql.exec("DROP TABLE outbox");
      }
      const untold = "SELECT id FROM subscriptions WHERE told_ms < (SELECT published_ms FROM channel)";
      outbox.addOnce(
        all(sql, text("id"), untold).map((id) => `subscription:${id}`),
        "news",
      );
    },
  ],
});
