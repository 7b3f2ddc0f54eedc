import { type Bindings, configuration } from "../env.ts";
import { type SafeArticle, safeArticle } from "../feeds/item.ts";
import type { Article } from "../model/article.ts";
import { articleVersion } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import { isOlder, lastSaidMs } from "../model/record.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Site } from "../model/site.ts";
import type { Known } from "../objects/channel/articles.ts";
import { inParts } from "../objects/channel/in-parts.ts";
import { channelOf, directoryOf } from "../objects/stubs.ts";
import { mapConcurrent } from "../store/concurrency.ts";
import { readArticles } from "../store/records.ts";
import type { Attributed, Draft, Policy } from "./draft.ts";
import { offerOf } from "./handover.ts";
import { articleOfRecord } from "./record.ts";

/** The current state of the articles here. */
interface Before {
  /** Whether each named organization is closed. Unknown organizations are missing. */
  closed: ReadonlyMap<string, boolean>;
  /** By organization, then by id. */
  known: ReadonlyMap<string, ReadonlyMap<string, Known>>;
  records: ReadonlyMap<string, SafeArticle>;
  site: Site;
}

/**
 * Drafts exported articles with distinct ids. Sending a line again also writes a missing record. Costs one KV read for
 * all articles, and one call per organization.
 */
export async function draftExported(
  env: Bindings,
  inputs: readonly Attributed[],
  policy: Policy,
): Promise<Result<Draft>[]> {
  const before = await lookUp(env, inputs);
  return Promise.all(
    inputs.map(async (input) => {
      const unknown = unknownIn(input, before);
      if (!unknown.ok) return unknown;
      const draft = input.departed ? await departure(input, before) : await arrival(input, before);
      return draft.ok ? withOffer(env, draft.value, policy) : draft;
    }),
  );
}

/** The organizations whose channels a line concerns. */
const slugsOf = ({ organizations, places }: Attributed): string[] => [
  ...new Set([...organizations, ...Object.keys(places ?? {})]),
];

async function lookUp(env: Bindings, inputs: readonly Attributed[]): Promise<Before> {
  const ids = Map.groupBy(
    inputs.flatMap((one) => slugsOf(one).map((slug) => ({ slug, id: one.id }))),
    ({ slug }) => slug,
  );
  const entries = ids.size > 0 ? await directoryOf(env).organizations.entries([...ids.keys()]) : [];
  const known = await mapConcurrent(LIMITS.CONNECTIONS, entries, async ({ organization: { slug } }) => {
    const asked = (ids.get(slug) ?? []).map(({ id }) => id);
    const some = await inParts(asked, async (part) => channelOf(env, slug).articles.known(part));
    return [slug, new Map(some.map((one) => [one.article.id, one]))] as const;
  });
  return {
    closed: new Map(entries.map(({ organization, closed }) => [organization.slug, closed])),
    known: new Map(known),
    site: configuration(env).site,
    records: await readArticles(
      env.RECORDS,
      inputs.map(({ id }) => id),
      Date.now(),
    ),
  };
}

/** Rejects an article of unknown organizations. An exported article may name closed ones. */
function unknownIn(input: Attributed, { closed }: Before): Result<null> {
  const { organizations, places } = input;
  const errors = slugsOf(input).flatMap((slug) => {
    if (places ? closed.has(slug) : closed.get(slug) === false) return [];
    const index = organizations.indexOf(slug);
    const path = index >= 0 ? `organizations.${index}` : `standing.${slug}`;
    return [{ path, message: `there is no organization ${slug}` }];
  });
  return errors.length > 0 ? fail({ tag: "invalid", errors }) : ok(null);
}

async function arrival(input: Attributed, around: Before): Promise<Result<Omit<Draft, "offer">>> {
  const { id, organizations, fields } = input;
  const versionAt = (slug: string) => around.known.get(slug)?.get(id)?.version;
  const record = around.records.get(id) ?? null;
  const known = organizations.flatMap((slug) => around.known.get(slug)?.get(id)?.article ?? []);
  const before = latest([...known, ...(record ? [record] : [])]);
  const safe = safeArticle(articleOfRecord(input, before), around.site);
  if (!safe.ok) return safe;
  const said = safe.value;
  const version = await articleVersion(said);
  const same = before !== null && (await articleVersion(before)) === version;
  const draft = {
    input,
    article: same ? (before as SafeArticle) : said,
    version,
    before: before as SafeArticle | null,
  };
  if (before && !same && fields && isOlder(fields, before)) {
    return ok({ ...draft, outcome: "kept", channels: [], write: false });
  }
  const concerned = new Set([...slugsOf(input), ...(before?.organizations ?? [])]);
  return ok({
    ...draft,
    outcome: before === null ? "created" : same ? "unchanged" : "updated",
    channels: [...concerned].filter((slug) => versionAt(slug) !== version),
    write: record === null || (await articleVersion(record)) !== version,
  });
}

/** The latest version of an article; the first one of equals. */
const latest = (articles: readonly Article[]): Article | null =>
  articles.reduce<Article | null>(
    (best, one) => (best && lastSaidMs(best) >= lastSaidMs(one) ? best : one),
    null,
  );

/** Drafts an article that has left some organizations. Another line has its current content. */
async function departure(input: Attributed, { known, site }: Before): Promise<Result<Omit<Draft, "offer">>> {
  const article = safeArticle(articleOfRecord(input, null), site);
  if (!article.ok) return article;
  const channels = Object.keys(input.places ?? {}).filter((slug) => !known.get(slug)?.has(input.id));
  const outcome = channels.length > 0 ? "created" : "unchanged";
  const version = await articleVersion(article.value);
  return ok({ input, article: article.value, version, before: null, outcome, channels, write: false });
}

/** Renders a draft, unless no channel gets it: rendering is the expensive part. */
async function withOffer(
  env: Bindings,
  draft: Omit<Draft, "offer">,
  { notify }: Policy,
): Promise<Result<Draft>> {
  if (draft.channels.length === 0) return ok({ ...draft, offer: null });
  const offer = await offerOf(draft.article, "api", configuration(env).site);
  if (!offer.ok) return offer;
  const { places } = draft.input;
  return ok({ ...draft, offer: { ...offer.value, notify, ...(places ? { places } : {}) } });
}
