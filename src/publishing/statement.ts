import { type Bindings, configuration } from "../env.ts";
import { type SafeArticle, safeArticle } from "../feeds/item.ts";
import { articleFrom, withdrawn } from "../model/article.ts";
import { articleVersion } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import { fail, ok, type Result } from "../model/result.ts";
import { isServiceId } from "../model/slug.ts";
import { inParts } from "../objects/channel/in-parts.ts";
import { channelOf } from "../objects/stubs.ts";
import { mapConcurrent } from "../store/concurrency.ts";
import { logLine } from "../store/log.ts";
import { readArticles } from "../store/records.ts";
import { attributed } from "./attribution.ts";
import { type Attributed, type Claimed, type Draft, type Policy, reachOf } from "./draft.ts";
import { offerOf } from "./handover.ts";

/** Drafts articles that are published now. */
export async function draftStatements(
  env: Bindings,
  inputs: readonly Attributed[],
  policy: Policy,
): Promise<Result<Draft>[]> {
  const now = Date.now();
  const before = await standingAt(env, inputs, now);
  return Promise.all(inputs.map((input) => draftOf(env, input, before.get(input.id) ?? null, policy, now)));
}

/** The current articles by id, from KV. KV may not show a new article with a generated id yet: its channel has it. */
async function standingAt(
  env: Bindings,
  inputs: readonly Attributed[],
  now: number,
): Promise<Map<string, SafeArticle>> {
  const ids = inputs.flatMap(({ id, idBy }) => (idBy === "chance" ? [] : [id]));
  const records = await attributed(env, [...(await readArticles(env.RECORDS, ids, now)).values()]);
  const found = new Map(records.map((article) => [article.id, article]));
  const unseen = inputs.filter(({ id, idBy }) => idBy === "publisher" && isServiceId(id) && !found.has(id));
  const live = await liveIn(
    env,
    unseen.flatMap(({ id, organizations: [slug] }) => (slug === undefined ? [] : [{ slug, id }])),
  );
  return new Map([...found, ...live]);
}

/** The given articles that are live or scheduled in their channels, by id. One call per channel, or more if they are large. */
async function liveIn(
  env: Bindings,
  places: readonly { slug: string; id: string }[],
): Promise<Map<string, SafeArticle>> {
  const bySlug = [...Map.groupBy(places, ({ slug }) => slug)];
  const found = await mapConcurrent(LIMITS.CONNECTIONS, bySlug, async ([slug, some]) => {
    try {
      const ids = some.map(({ id }) => id);
      return await inParts(ids, async (part) => channelOf(env, slug).articles.live(part));
    } catch (error) {
      logLine("error", "article.standing", { organization: slug, error: String(error) });
      return []; // the handover reports the failure
    }
  });
  return new Map(found.flat().map((article) => [article.id, article]));
}

async function draftOf(
  env: Bindings,
  input: Attributed,
  before: SafeArticle | null,
  policy: Policy,
  now: number,
): Promise<Result<Draft>> {
  const { site } = configuration(env);
  const said =
    input.fields === null
      ? withdrawal(before, policy, now)
      : safeArticle(articleOf(input, before, now), site);
  if (!said.ok) return said;
  const version = await articleVersion(said.value);
  const same = before !== null && (await articleVersion(before)) === version;
  const article = same ? before : said.value;
  const offer = await offerOf(article, "api", site, version);
  if (!offer.ok) return offer;
  return ok({
    input,
    article,
    version,
    before,
    outcome: before === null ? "created" : same ? "unchanged" : "updated",
    channels: [...new Set([...article.organizations, ...(before?.organizations ?? [])])],
    offer: { ...offer.value, notify: policy.notify },
    write: !same,
  });
}

function articleOf(
  { id, fields, organizations, evidence }: Attributed,
  before: SafeArticle | null,
  now: number,
) {
  const article = articleFrom(id, { ...fields, organizations }, before, now);
  return evidence ? { ...article, attributions: evidence } : article;
}

/** The withdrawn article. A caller that may not access it gets the same error whether or not it exists. */
function withdrawal(before: SafeArticle | null, { actor }: Policy, now: number): Result<SafeArticle> {
  const reach = reachOf(actor, []);
  if (before === null) return fail({ tag: reach === null ? "not-found" : "forbidden" });
  const covered = reach === null || before.organizations.every((slug) => reach.includes(slug));
  if (!covered) return fail({ tag: "forbidden" });
  return ok(before.withdrawn_at ? before : withdrawn(before, now));
}

/** Repeats the draft of articles that changed so recently that KV may have returned an older version. */
export async function draftLatelyChanged(
  env: Bindings,
  claims: readonly Claimed[],
  policy: Policy,
): Promise<Result<Claimed>[]> {
  const now = Date.now();
  const live = await liveIn(
    env,
    claims.flatMap(({ askChannel, input: { id } }) =>
      askChannel === null ? [] : [{ slug: askChannel, id }],
    ),
  );
  return Promise.all(
    claims.map(async (claim): Promise<Result<Claimed>> => {
      const before = live.get(claim.input.id) ?? null;
      if (before === null || JSON.stringify(before) === JSON.stringify(claim.before)) return ok(claim);
      const draft = await draftOf(env, claim.input, before, policy, now);
      if (!draft.ok) return draft;
      const channels = [...new Set([...draft.value.channels, ...claim.channels])];
      return ok({ ...claim, ...draft.value, channels });
    }),
  );
}
