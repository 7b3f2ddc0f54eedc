import type { Bindings } from "../../env.ts";
import type { NamedFields } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, type Result } from "../../model/result.ts";
import type { Source } from "../../model/source.ts";
import { eachAtMost } from "../../store/concurrency.ts";
import { findNames } from "../names.ts";
import { organizationsFound, textsOf } from "../publishing/attribution.ts";
import { withinChannels } from "../publishing/handover.ts";
import { publishAll } from "../publishing/submissions.ts";
import { channelOf } from "../stubs.ts";
import type { ItemState, Items, WaitingItem } from "./items.ts";

/** An item with the organizations that it is for. */
interface Addressed {
  item: WaitingItem;
  fields: NamedFields;
}

/**
 * Publishes what waits: as much as one alarm may. An article that an organization has withdrawn stays withdrawn there,
 * and one that another source has brought is left to it.
 * @returns false when something could not be stored or announced, and is to be tried again
 */
export async function takeIn(env: Bindings, source: Source, items: Items): Promise<boolean> {
  const waiting = items.waiting();
  const addressed = await addressedTo(env, source, waiting);
  const unattributed = waiting.filter((item) => !addressed.some((one) => one.item === item));
  for (const item of unattributed) items.settle(item, "unattributed");
  const some = withinChannels(addressed, ({ fields }) => fields.organizations, LIMITS.SOURCE_CHANNELS);
  const offered = await stillWanted(env, some, items);
  if (offered.length === 0) return true;
  items.offer(offered.map(({ item }) => item.key));
  const submissions = offered.map(({ item, fields }) => ({
    id: item.articleId,
    input: fields,
    fresh: false,
  }));
  const quiet = offered[0]?.item.quiet ?? false;
  const results = await publishAll(env, { kind: "admin" }, submissions, { quiet });
  const done = offered.map(({ item }, index) =>
    conclude(items, item, results[index] ?? fail({ tag: "not-found" })),
  );
  return !done.includes(false);
}

/** The items with their organizations: those that name the source, and for the whole service those that are found. */
async function addressedTo(
  env: Bindings,
  source: Source,
  items: readonly WaitingItem[],
): Promise<Addressed[]> {
  const named = items.map((item) => ({
    item,
    fields: { ...item.fields, organizations: source.organizations },
  }));
  if (!source.whole_service) return named;
  const texts = items.map(({ fields }) => textsOf(fields)).map((read) => (read.ok ? read.value : {}));
  const findings = await findNames(env, texts);
  return named.flatMap(({ item, fields }, index) => {
    const found = organizationsFound(findings[index] ?? { attributions: [], doubts: [] });
    const organizations = [...new Set([...source.organizations, ...found.organizations])].slice(
      0,
      LIMITS.SOURCE_ORGANIZATIONS,
    );
    const attributions = source.organizations.length === 0 ? { attributions: found.attributions } : {};
    return organizations.length === 0
      ? []
      : [{ item, fields: { ...fields, organizations, ...attributions } }];
  });
}

/** Without those that were withdrawn, or brought by another source; each for the organizations where it is wanted. */
async function stillWanted(
  env: Bindings,
  addressed: readonly Addressed[],
  items: Items,
): Promise<Addressed[]> {
  const slugs = [...new Set(addressed.flatMap(({ fields }) => fields.organizations))];
  const ids = addressed.map(({ item }) => item.articleId);
  const known = await eachAtMost(LIMITS.CONNECTIONS, slugs, (slug) =>
    channelOf(env, slug).articles.remembered(ids),
  );
  const lives = new Map(
    slugs.flatMap((slug, index) =>
      (known[index] ?? []).map(({ id, live }) => [`${slug} ${id}`, live] as const),
    ),
  );
  return addressed.flatMap(({ item, fields }) => {
    const standing = fields.organizations.map((slug) => lives.get(`${slug} ${item.articleId}`));
    const organizations = fields.organizations.filter((_, index) => standing[index] !== false);
    const elsewhere = !item.ours && standing.includes(true);
    if (elsewhere || organizations.length === 0) {
      items.settle(item, elsewhere ? "elsewhere" : "withdrawn");
      return [];
    }
    const attributions = fields.attributions?.filter((one) => organizations.includes(one.organization));
    return [{ item, fields: { ...fields, organizations, ...(attributions ? { attributions } : {}) } }];
  });
}

/** Writes down what became of an item; false when it is to be tried again. */
function conclude(items: Items, item: WaitingItem, result: Result<unknown>): boolean {
  if (result.ok) return settled(items, item, "published");
  // Also when an organization has just gone: then the source is about to hear that it is for others alone.
  if (result.failure.tag !== "unrenderable") return false;
  const { content_html, content_text, attachments, ...less } = item.fields;
  // What cannot be rendered may be its content: without it the item still says what there is, and where.
  if (content_html === undefined && content_text === undefined && !attachments)
    return settled(items, item, "refused");
  items.reduce(item, less);
  return true;
}

function settled(items: Items, item: WaitingItem, state: ItemState): true {
  items.settle(item, state);
  return true;
}
