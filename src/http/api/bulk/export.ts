import type { Bindings } from "../../../env.ts";
import type { Article } from "../../../model/article.ts";
import { OPERATOR } from "../../../model/audit.ts";
import { articleVersion } from "../../../model/digest.ts";
import { LIMITS } from "../../../model/limits.ts";
import type { OrganizationStanding } from "../../../model/line.ts";
import { fail } from "../../../model/result.ts";
import type { Announced, Part, Standing } from "../../../objects/channel/articles.ts";
import type { Entry } from "../../../objects/directory/organization-store.ts";
import { channelOf, directoryOf, switchboardOf } from "../../../objects/stubs.ts";
import { mapConcurrent } from "../../../store/concurrency.ts";
import { readArticles } from "../../../store/records.ts";
import { answer, CURSOR, operation } from "../operation.ts";
import { INVALID_CURSOR } from "../query.ts";
import { written } from "./lines.ts";

/** Lines of one organization, and how many object calls they took. */
interface Lines extends Part<object> {
  calls: number;
}

/** The sections of an export, in their order. Each has the lines of one organization after the other. */
const SECTIONS = {
  organizations: organizationLine,
  articles: articleLines,
  held: heldLines,
  webhooks: webhookLines,
} satisfies Record<string, (env: Bindings, entry: Entry, after: string) => Promise<Lines>>;

type Section = keyof typeof SECTIONS;

/** What comes after all sections, and belongs to no organization: the shared webhooks. */
const LAST = "shared";

/** Where the next page begins: the section, the last organization that is complete, and the position in the next one. */
interface Cursor {
  section: Section | typeof LAST;
  slug: string;
  after: string;
}

/** A position before all ordinals and ids. */
const BEGINNING = "";
const FIRST = { section: "organizations", slug: "", after: BEGINNING } satisfies Cursor;
const CURSOR_TEXT = /^(organizations|articles|held|webhooks|shared)[.~]([a-z0-9-]*)[.~]([\w-]*)$/;

/** All data, a line each. */
export const exportLines = operation({
  id: "exportData",
  method: "GET",
  path: "/export",
  needs: "operator",
  group: "Everything",
  summary: "Export organizations, articles and webhooks, a page at a time",
  detail:
    'The last line of each page is `{"type":"cursor","cursor":…}`, `null` at the end. It contains no secrets. Imported into an empty service it gives the same feeds, byte for byte.',
  parameters: CURSOR,
  answers: { 200: "Text" },
  answerType: "application/x-ndjson",
  problems: ["malformed-query"],
  handler({ env, query }) {
    const cursor = cursorFrom(query.cursor);
    return cursor ? answer(written(page(env, cursor))) : fail(INVALID_CURSOR);
  },
});

function cursorFrom(text: string | undefined): Cursor | null {
  if (text === undefined) return FIRST;
  const [, section, slug, after] = CURSOR_TEXT.exec(text) ?? [];
  if (section === undefined || slug === undefined || after === undefined) return null;
  return { section: section as Cursor["section"], slug, after };
}

/** A page: lines of one section, within the limits of one request, and the cursor. */
async function* page(env: Bindings, { section, slug, after }: Cursor): AsyncGenerator<object> {
  if (section === LAST) return yield* sharedWebhooks(env, after);
  const cursor = { section, slug, after };
  const entries = await directoryOf(env).organizations.entries({ after: slug, limit: LIMITS.PAGE_ITEMS });
  let [calls, count] = [1, 0];
  for (const entry of entries) {
    do {
      if (calls >= LIMITS.EXPORT_CALLS || count >= LIMITS.EXPORT_LINES) return yield cursorLine(cursor);
      const lines = await SECTIONS[section](env, entry, cursor.after);
      yield* lines.entries;
      calls += lines.calls;
      count += lines.entries.length;
      cursor.after = lines.after ?? BEGINNING;
    } while (cursor.after !== BEGINNING);
    cursor.slug = entry.organization.slug;
  }
  if (entries.length === LIMITS.PAGE_ITEMS) return yield cursorLine(cursor);
  const names = Object.keys(SECTIONS) as Section[];
  const next = names[names.indexOf(section) + 1];
  if (!next) return yield* sharedWebhooks(env, BEGINNING);
  yield cursorLine({ ...FIRST, section: next });
}

/** The operator's shared webhooks. Those of tokens end with them, and tokens are not exported. */
async function* sharedWebhooks(env: Bindings, after: string): AsyncGenerator<object> {
  const { webhooks, cursor } = await switchboardOf(env).list.page(OPERATOR, after);
  for (const webhook of webhooks) {
    const { organization, owner, ...fields } = webhook;
    yield { type: "shared-webhook", ...fields };
  }
  yield cursorLine(cursor === null ? null : { ...FIRST, section: LAST, after: cursor });
}

const cursorLine = (cursor: Cursor | null): object => ({
  type: "cursor",
  cursor: cursor && `${cursor.section}.${cursor.slug}.${cursor.after}`,
});

async function organizationLine(env: Bindings, { organization, closed, changedMs }: Entry): Promise<Lines> {
  const publication = await channelOf(env, organization.slug).organization.publication();
  const standing: OrganizationStanding = {
    changed_ms: changedMs,
    ...(closed ? { closed } : {}),
    ...(publication ? { publication } : {}),
  };
  return { entries: [{ type: "organization", ...organization, standing }], after: null, calls: 1 };
}

/** The articles of one organization, each with its place in every channel that has the same version. */
async function articleLines(env: Bindings, { organization }: Entry, after: string): Promise<Lines> {
  const { slug } = organization;
  const part = await channelOf(env, slug).articles.announced(after);
  const gone = part.entries.filter(({ current }) => !current).map(({ article }) => article.id);
  const records = await readArticles(env.RECORDS, gone, Date.now());
  const own = await Promise.all(part.entries.map((one) => standing(slug, one, records)));
  const shared = Map.groupBy(
    own.flatMap(({ article: { id, organizations }, left }) =>
      organizations.flatMap((other) => (left || other === slug ? [] : [{ id, other }])),
    ),
    ({ other }) => other,
  );
  const elsewhere = await mapConcurrent(LIMITS.CONNECTIONS, [...shared], async ([other, some]) => {
    const known = await channelOf(env, other).articles.standingOf(some.map(({ id }) => id));
    return Promise.all(known.map((one) => standingElsewhere(other, one, records)));
  });
  const others = Map.groupBy(elsewhere.flat(), ({ id }) => id);
  const entries = own.flatMap((one) => articleLine(one, others.get(one.article.id) ?? []));
  return { entries, after: part.after, calls: 1 + shared.size };
}

/** How an article stands in one channel. */
interface Stand extends Pick<Announced, "version" | "place"> {
  slug: string;
  /** Whether it is gone from this channel. Other channels may have it. */
  left: boolean;
}
type Own = Stand & { article: Article };

/** The record tells whether an article that is gone from a channel was withdrawn: the ledger does not follow it any more. */
async function standing(
  slug: string,
  { article, version, current, place }: Announced,
  records: ReadonlyMap<string, Article>,
): Promise<Own> {
  if (current) return { slug, article, version, place, left: false };
  const record = records.get(article.id) ?? article;
  const left = hasLeft(slug, record);
  // Of an article that was scheduled here when it left, the ledger has a version that would be scheduled again.
  const latest = left && record.organizations.includes(slug) ? article : record;
  return {
    slug,
    article: latest,
    version: latest === article ? version : await articleVersion(latest),
    place,
    left,
  };
}

/** As {@link standing}, in a channel that is asked for no more than how an article stands there. */
async function standingElsewhere(
  slug: string,
  known: Standing,
  records: ReadonlyMap<string, Article>,
): Promise<Stand & { id: string }> {
  const { id, version, current, place } = known;
  if (current) return { id, slug, version, place, left: false };
  const record = records.get(id);
  const latest = record ? await articleVersion(record) : version;
  return { id, slug, version: latest, place, left: hasLeft(slug, record ?? known) };
}

const hasLeft = (
  slug: string,
  { withdrawn_at, organizations }: Pick<Article, "withdrawn_at" | "organizations">,
) => withdrawn_at === undefined || !organizations.includes(slug);

/** The line of an article in a channel; none if an organization earlier in the alphabet has the line. */
function articleLine({ slug, article, version, place, left }: Own, others: readonly Stand[]): object[] {
  if (left) return [{ type: "tombstone", ...article, standing: { [slug]: place } }];
  const same = others.filter((other) => !other.left && other.version === version);
  if (same.some((other) => other.slug < slug)) return [];
  const places = same.map((other) => [other.slug, other.place] as const);
  return [{ type: "article", ...article, standing: Object.fromEntries([[slug, place], ...places]) }];
}

async function heldLines(env: Bindings, { organization }: Entry, after: string): Promise<Lines> {
  const part = await channelOf(env, organization.slug).articles.scheduled(after);
  return {
    entries: part.entries.map((article) => ({ type: "article", ...article, standing: {} })),
    after: part.after,
    calls: 1,
  };
}

/** Without secrets and header values, which only the endpoints have. */
async function webhookLines(env: Bindings, { organization }: Entry, after: string): Promise<Lines> {
  const { webhooks, cursor } = await channelOf(env, organization.slug).webhooks.page(after);
  return { entries: webhooks.map((webhook) => ({ type: "webhook", ...webhook })), after: cursor, calls: 1 };
}
