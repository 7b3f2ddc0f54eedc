import type { Bindings } from "../../../env.ts";
import type { ArticleLine, TombstoneLine } from "../../../model/line.ts";
import { ok, type Result } from "../../../model/result.ts";
import type { Input } from "../../../publishing/draft.ts";
import { publish } from "../../../publishing/pipeline.ts";
import type { Stored } from "./stored.ts";

/** Stores the articles of lines, of which no two have one id. */
export async function importArticles(
  env: Bindings,
  lines: readonly ((ArticleLine | TombstoneLine) & { id: string })[],
  notify: boolean,
): Promise<Result<Stored>[]> {
  const inputs = lines.map(({ id, type, input, places }): Input => {
    const departed = type === "tombstone";
    return { id, idBy: "publisher", fields: input, departed, ...(places ? { places } : {}) };
  });
  const published = await publish(env, inputs, {
    actor: { kind: "admin" },
    notify,
    source: "export",
  });
  return published.map((one, index) => {
    const { type, id } = lines[index] ?? { type: "article", id: "" };
    return one.ok ? ok({ type, id, outcome: one.value.outcome }) : one;
  });
}
