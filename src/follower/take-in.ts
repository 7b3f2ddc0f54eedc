import type { Bindings } from "../env.ts";
import type { Findings } from "../model/attribution.ts";
import { LIMITS } from "../model/limits.ts";
import type { Result } from "../model/result.ts";
import type { Source } from "../model/source.ts";
import type { Duty } from "../objects/kit/alarm.ts";
import { findNames } from "../objects/names.ts";
import { channelOf } from "../objects/stubs.ts";
import { organizationsFound, textsOf } from "../publishing/attribution.ts";
import type { Actor, Input } from "../publishing/draft.ts";
import { withinChannels } from "../publishing/handover.ts";
import { publish } from "../publishing/pipeline.ts";
import { mapConcurrent } from "../store/concurrency.ts";
import { articleIdOf } from "./article-ids.ts";
import type { Following } from "./following.ts";
import type { ItemState, Items, WaitingItem } from "./items.ts";

/** An item and its organizations. */
interface Addressed {
  item: WaitingItem;
  /** The organizations that follow the source. Each has its own article, with this id. */
  following: { slug: string; id: string }[];
  /** For a source of the whole service, the organizations found in the text. They share one article. */
  found: Findings["attributions"];
}

/** An article to publish for an item, and on whose behalf. */
interface Offered {
  item: WaitingItem;
  input: Input;
  onBehalfOf: (Actor & { kind: "service" })["onBehalfOf"];
}

/** The state of an article in an organization's channel; null if it is unknown there. */
type Remembered = (slug: string, id: string) => "live" | "withdrawn" | null;

interface Parts {
  env: () => Bindings;
  following: Following;
  items: Items;
}

/** Publishes waiting items, as many as fit into the limits of one alarm. */
export class TakeIn implements Duty {
  readonly name = "take-in";
  readonly isAlone = true;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  dueMs(): number | null {
    const { following, items } = this.#parts;
    return items.isWaiting() && following.read() ? 0 : null;
  }

  async run(): Promise<void> {
    const { env, following, items } = this.#parts;
    const source = following.read()?.source;
    if (source && !(await takeIn(env(), source, items))) throw new Error("Articles could not be published");
  }
}

/**
 * Publishes waiting items. An article that an organization has withdrawn stays withdrawn there. An article that another
 * source published, or that belongs to other organizations, is not changed.
 * What fails is put off, so that the next alarm takes others first.
 * @returns false if all of them failed, so that it is time to wait
 */
async function takeIn(env: Bindings, source: Source, items: Items): Promise<boolean> {
  const addressed = await addressedTo(env, source, items.waiting());
  for (const { item } of addressed.filter((one) => whomOf(one).length === 0))
    items.settle(item, "unattributed");
  const some = oneAlarmOf(addressed.filter((one) => whomOf(one).length > 0));
  const remembered = await rememberedBy(env, some);
  const offered = some.flatMap((one) => offersOf(one, source, remembered, items));
  items.offer(Map.groupBy(offered, ({ item }) => item));
  const results = await publishAll(env, offered);
  const done = [...Map.groupBy(results, ({ item }) => item)].map(([item, all]) =>
    conclude(
      items,
      item,
      all.map(({ result }) => result),
    ),
  );
  return done.length === 0 || done.includes(true);
}

const whomOf = ({ following, found }: Addressed): string[] => [
  ...following.map(({ slug }) => slug),
  ...found.map(({ organization }) => organization),
];

async function addressedTo(
  env: Bindings,
  { organizations, whole_service }: Source,
  items: readonly WaitingItem[],
): Promise<Addressed[]> {
  const texts = items.map(({ fields }) => textsOf(fields)).map((read) => (read.ok ? read.value : {}));
  const findings = whole_service ? await findNames(env, texts) : [];
  const most = whole_service ? LIMITS.SOURCE_ORGANIZATIONS : organizations.length;
  return Promise.all(
    items.map(async (item, index) => {
      const following = organizations.slice(0, most).map(async (slug) => {
        return { slug, id: await articleIdOf(item.origin, slug) };
      });
      const { attributions } = organizationsFound(findings[index] ?? { attributions: [], doubts: [] });
      const found = attributions.filter(({ organization }) => !organizations.includes(organization));
      return {
        item,
        following: await Promise.all(following),
        found: found.slice(0, most - following.length),
      };
    }),
  );
}

/** As many items as one alarm may publish, limited by channels and articles. An item over the limits goes alone. */
function oneAlarmOf(addressed: readonly Addressed[]): Addressed[] {
  let articles = 0;
  return withinChannels(addressed, whomOf, LIMITS.SOURCE_CHANNELS).filter(({ following, found }, index) => {
    articles += following.length + (found.length > 0 ? 1 : 0);
    return index === 0 || articles <= LIMITS.SOURCE_ARTICLES;
  });
}

/** The states of the articles in their channels. One call per channel. */
async function rememberedBy(env: Bindings, addressed: readonly Addressed[]): Promise<Remembered> {
  const asked = addressed.flatMap((one) => [
    ...whomOf(one).map((slug) => ({ slug, id: one.item.articleId })),
    ...one.following,
  ]);
  const answers = await mapConcurrent(
    LIMITS.CONNECTIONS,
    [...Map.groupBy(asked, ({ slug }) => slug)],
    async ([slug, some]) => {
      const known = await channelOf(env, slug).articles.remembered([...new Set(some.map(({ id }) => id))]);
      return known.map(({ id, live }) => [`${slug} ${id}`, live ? "live" : "withdrawn"] as const);
    },
  );
  const states = new Map(answers.flat());
  return (slug, id) => states.get(`${slug} ${id}`) ?? null;
}

/** The articles to publish for an item. Settles the item if there are none. */
function offersOf(
  { item, following, found }: Addressed,
  { whole_service }: Source,
  remembered: Remembered,
  items: Items,
): Offered[] {
  // An organization that has the shared article keeps it, also from before each organization had its own.
  const places = [
    ...following.map(({ slug, id }) => ({
      slug,
      id: remembered(slug, item.articleId) ? item.articleId : id,
    })),
    ...found.map(({ organization }) => ({ slug: organization, id: item.articleId })),
  ];
  const wanted = places.filter(({ slug, id }) => remembered(slug, id) !== "withdrawn");
  const articles = [...Map.groupBy(wanted, ({ id }) => id)];
  const ours = articles.filter(
    ([id, some]) => item.offered.includes(id) || !some.some(({ slug }) => remembered(slug, id) === "live"),
  );
  if (ours.length === 0) items.settle(item, wanted.length > 0 ? "elsewhere" : "withdrawn");
  // Organizations that have the article keep it, including their edits. It is published only for the others.
  const has = (id: string, some: typeof places) =>
    item.offered.includes(id) && some.every(({ slug }) => remembered(slug, id) === "live");
  const news = item.joining ? ours.filter(([id, some]) => !has(id, some)) : ours;
  if (ours.length > 0 && news.length === 0) items.settle(item, "published");
  return news.map(([id, some]) => {
    const organizations = some.map(({ slug }) => slug);
    const evidence = found.filter(({ organization }) => organizations.includes(organization));
    const input: Input = { id, idBy: "service", fields: { ...item.fields, organizations } };
    return {
      item,
      input: evidence.length === organizations.length ? { ...input, evidence } : input,
      onBehalfOf: whole_service && id === item.articleId ? "operator" : "organizations",
    };
  });
}

/** Publishes articles on behalf of the operator or their organizations, either all with alerts or all without. */
async function publishAll(
  env: Bindings,
  offered: readonly Offered[],
): Promise<{ item: WaitingItem; result: Result<unknown> }[]> {
  const groups = [...Map.groupBy(offered, ({ onBehalfOf }) => onBehalfOf)];
  const published = groups.map(async ([onBehalfOf, some]) => {
    const results = await publish(
      env,
      some.map(({ input }) => input),
      { actor: { kind: "service", onBehalfOf }, notify: !some[0]?.item.quiet, source: "statement" },
    );
    return results.flatMap((result, index) =>
      some.slice(index, index + 1).map(({ item }) => ({ item, result })),
    );
  });
  return (await Promise.all(published)).flat();
}

/** Stores the result of an item; false if it must be retried. */
function conclude(items: Items, item: WaitingItem, results: readonly Result<unknown>[]): boolean {
  const failures = results.flatMap((result) => (result.ok ? [] : [result.failure.tag]));
  if (failures.includes("unrenderable")) return reduce(items, item);
  // This includes an organization that was just closed: the source gets its new list of organizations soon.
  if (failures.some((tag) => tag !== "forbidden")) {
    items.putOff(item);
    return false;
  }
  return settled(items, item, failures.length < results.length ? "published" : "elsewhere");
}

/** Removes the content and attachments of an item that cannot be rendered, to publish at least title and link. */
function reduce(items: Items, item: WaitingItem): true {
  const { content_html, content_text, attachments, ...less } = item.fields;
  if (content_html === undefined && content_text === undefined && !attachments)
    return settled(items, item, "refused");
  items.reduce(item, less);
  return true;
}

function settled(items: Items, item: WaitingItem, state: ItemState): true {
  items.settle(item, state);
  return true;
}
