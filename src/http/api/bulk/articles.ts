import { type Bindings, configuration } from "../../../env.ts";
import { type SafeArticle, safeArticle } from "../../../feeds/item.ts";
import { type Article, articleFrom, type NamedFields } from "../../../model/article.ts";
import { articleVersion } from "../../../model/digest.ts";
import { LIMITS } from "../../../model/limits.ts";
import type { ArticleLine, TombstoneLine } from "../../../model/line.ts";
import { asRecorded, isOlder, lastSaidMs } from "../../../model/record.ts";
import { fail, ok, type Result } from "../../../model/result.ts";
import type { Site } from "../../../model/site.ts";
import type { Known } from "../../../objects/channel/articles.ts";
import type { RenderedOffer } from "../../../objects/channel/decide.ts";
import { type HandoverOutcome, handOver, offerOf } from "../../../objects/publishing/handover.ts";
import { UNAVAILABLE } from "../../../objects/publishing/submissions.ts";
import { channelOf, directoryOf } from "../../../objects/stubs.ts";
import { eachAtMost } from "../../../store/concurrency.ts";
import { logLine } from "../../../store/log.ts";
import { readArticles, writeArticle } from "../../../store/records.ts";
import { withOrganizations } from "../attributions.ts";
import type { Stored } from "./stored.ts";

/** A line of an article, with its id and its organizations. */
interface Named extends Pick<ArticleLine, "input" | "places"> {
  type: "article" | "tombstone";
  id: string;
  fields: NamedFields;
}

/** An article, and what is to be done that it stands as its line says. */
interface Move extends Stored {
  article: SafeArticle;
  version: string;
  places: ArticleLine["places"];
  /** Who is to hear of it; none when all have it. */
  channels: string[];
  /** Whether its record is to be written. */
  write: boolean;
}

/** What is known of a group's articles before any is stored. */
interface Before {
  /** Whether each of the organizations named is closed; those that are not here are unknown. */
  closed: ReadonlyMap<string, boolean>;
  /** By organization, then by id. */
  known: ReadonlyMap<string, ReadonlyMap<string, Known>>;
  records: ReadonlyMap<string, Article>;
  site: Site;
}

/**
 * Stores articles of which no two have one id. Channels first, records after: a record that a channel does not know yet
 * would be announced by the sweep, as news. One whose record is missing is found when it is sent again.
 * Costs a KV read for all, a write for each that is new, and two calls for each organization.
 */
export async function importArticles(
  env: Bindings,
  lines: readonly ((ArticleLine | TombstoneLine) & { id: string })[],
  quiet: boolean,
): Promise<Result<Stored>[]> {
  const found = await withOrganizations(
    env,
    lines.map(({ input }) => input),
  );
  const named = lines.map((line, index): Result<Named> => {
    const fields = found[index] ?? UNAVAILABLE;
    return fields.ok ? ok({ ...line, fields: fields.value }) : fields;
  });
  const before = await lookUp(
    env,
    named.flatMap((one) => (one.ok ? [one.value] : [])),
  );
  const moves = await Promise.all(named.map((one) => (one.ok ? moveOf(one.value, before) : one)));
  return store(env, moves, quiet);
}

/** The organizations whose channels a line speaks of. */
const slugsOf = ({ fields, places }: Named): string[] => [
  ...new Set([...fields.organizations, ...Object.keys(places ?? {})]),
];

async function lookUp(env: Bindings, named: readonly Named[]): Promise<Before> {
  const ids = Map.groupBy(
    named.flatMap((one) => slugsOf(one).map((slug) => ({ slug, id: one.id }))),
    ({ slug }) => slug,
  );
  const entries = ids.size > 0 ? await directoryOf(env).organizations.entries([...ids.keys()]) : [];
  const known = await eachAtMost(LIMITS.CONNECTIONS, entries, async ({ organization: { slug } }) => {
    const some = await channelOf(env, slug).articles.known((ids.get(slug) ?? []).map(({ id }) => id));
    return [slug, new Map(some.map((one) => [one.article.id, one]))] as const;
  });
  return {
    closed: new Map(entries.map(({ organization, closed }) => [organization.slug, closed])),
    known: new Map(known),
    site: configuration(env).site,
    records: await readArticles(
      env.RECORDS,
      named.map(({ id }) => id),
      Date.now(),
    ),
  };
}

async function moveOf(named: Named, around: Before): Promise<Result<Move>> {
  const unknown = unknownIn(named, around);
  if (!unknown.ok) return unknown;
  if (named.type === "tombstone") return departure(named, around);
  const { type, id, input, fields, places } = named;
  const versionAt = (slug: string) => around.known.get(slug)?.get(id)?.version;
  const record = around.records.get(id) ?? null;
  const known = fields.organizations.flatMap((slug) => around.known.get(slug)?.get(id)?.article ?? []);
  const before = latest([...known, ...(record ? [record] : [])]);
  const safe = safeArticle(articleOf(named, before), around.site);
  if (!safe.ok) return safe;
  const said = safe.value;
  const version = await articleVersion(said);
  const same = before !== null && (await articleVersion(before)) === version;
  // Equal versions have equal HTML.
  const move = { type, id, article: same ? (before as SafeArticle) : said, version, places } as const;
  if (before && !same && isOlder(input, before)) {
    return ok({ ...move, outcome: "kept", channels: [], write: false });
  }
  const concerned = new Set([...slugsOf(named), ...(before?.organizations ?? [])]);
  return ok({
    ...move,
    outcome: before === null ? "created" : same ? "unchanged" : "updated",
    channels: [...concerned].filter((slug) => versionAt(slug) !== version),
    write: record === null || (await articleVersion(record)) !== version,
  });
}

/** Of what several know of one article, the latest; of equals the first. */
const latest = (articles: readonly Article[]): Article | null =>
  articles.reduce<Article | null>(
    (best, one) => (best && lastSaidMs(best) >= lastSaidMs(one) ? best : one),
    null,
  );

/** Refuses an article of organizations that there are not. One that comes from an export may name closed ones. */
function unknownIn(named: Named, { closed }: Before): Result<null> {
  const { fields, places } = named;
  const errors = slugsOf(named).flatMap((slug) => {
    if (places ? closed.has(slug) : closed.get(slug) === false) return [];
    const index = fields.organizations.indexOf(slug);
    const path = index >= 0 ? `organizations.${index}` : `standing.${slug}`;
    return [{ path, message: `there is no organization ${slug}` }];
  });
  return errors.length > 0 ? fail({ tag: "invalid", errors }) : ok(null);
}

/** The article of a line: when it changed, and when it was withdrawn, is believed. */
const articleOf = ({ id, input, fields }: Named, before: Article | null): Article =>
  asRecorded(articleFrom(id, fields, before, Date.now()), { ...input, ...fields });

/** What its record says now is in another line. */
async function departure(named: Named, { known, site }: Before): Promise<Result<Move>> {
  const { type, id, places } = named;
  const safe = safeArticle(articleOf(named, null), site);
  if (!safe.ok) return safe;
  const article = safe.value;
  const channels = Object.keys(places ?? {}).filter((slug) => !known.get(slug)?.has(id));
  const outcome = channels.length > 0 ? "created" : "unchanged";
  const version = await articleVersion(article);
  return ok({ type, id, article, version, places, outcome, channels, write: false });
}

async function store(
  env: Bindings,
  moves: readonly Result<Move>[],
  quiet: boolean,
): Promise<Result<Stored>[]> {
  const offered = await Promise.all(
    moves.map((move) => (move.ok ? withOffer(env, move.value, quiet) : move)),
  );
  const news = offered.flatMap((one) => (one.ok && one.value.offer ? [one.value] : []));
  const outcomes = await handOver(
    env,
    news.flatMap(({ offer, channels }) => (offer ? [{ offer, organizations: channels }] : [])),
  );
  const outcomeOf = new Map(news.map((one, index) => [one.id, outcomes[index] ?? "failed"]));
  return eachAtMost(LIMITS.CONNECTIONS, offered, async (one) =>
    one.ok ? conclude(env, one.value, outcomeOf.get(one.value.id)) : one,
  );
}

/** What no channel is to hear of is not rendered: that is what costs. */
async function withOffer(
  env: Bindings,
  move: Move,
  quiet: boolean,
): Promise<Result<Move & { offer: RenderedOffer | null }>> {
  const { article, channels, places } = move;
  if (channels.length === 0) return ok({ ...move, offer: null });
  const offer = await offerOf(article, "api", configuration(env).site);
  return offer.ok
    ? ok({ ...move, offer: { ...offer.value, notify: !quiet, ...(places ? { places } : {}) } })
    : offer;
}

async function conclude(
  env: Bindings,
  move: Move,
  handed: HandoverOutcome | undefined,
): Promise<Result<Stored>> {
  if (handed === "failed") return UNAVAILABLE;
  const { type, id, outcome, article, version } = move;
  try {
    if (move.write) await writeArticle(env.RECORDS, article, version);
    return ok({ type, id, outcome });
  } catch (error) {
    logLine("error", "import.store", { article: id, error: String(error) });
    return UNAVAILABLE;
  }
}
