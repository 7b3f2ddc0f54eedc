import { type Bindings, configuration } from "../env.ts";
import { safeArticle } from "../feeds/item.ts";
import { type Article, articleFrom } from "../model/article.ts";
import { articleVersion } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import { isRefused, quotaFailure, quotaUsedUp } from "../model/quota.ts";
import { asRecorded } from "../model/record.ts";
import { type Failure, fail, ok, type Result } from "../model/result.ts";
import { noteQuota } from "../objects/quota.ts";
import { mapConcurrent } from "../store/concurrency.ts";
import { logLine } from "../store/log.ts";
import { writeArticle } from "../store/records.ts";
import { type Attributed, type Draft, type Policy, unavailable } from "./draft.ts";
import { offerOf } from "./handover.ts";

/** Drafts articles from KV records. Looks nothing up: the channels compare them with their ledgers. */
export async function draftRecords(
  env: Bindings,
  inputs: readonly Attributed[],
  { notify }: Policy,
): Promise<Result<Draft>[]> {
  return Promise.all(
    inputs.map(async (input) => {
      const { site } = configuration(env);
      const said = articleOfRecord(input, null);
      const article = safeArticle(said, site);
      if (!article.ok) return article;
      // The version is that of the stored record, whose HTML is not sanitized.
      const version = await articleVersion(said);
      const offer = await offerOf(article.value, "sweep", site, version);
      if (!offer.ok) return offer;
      const channels = [...new Set([...input.organizations, ...(input.record?.formerOrganizations ?? [])])];
      return ok({
        input,
        article: article.value,
        version,
        before: null,
        outcome: "updated" as const,
        channels,
        offer: { ...offer.value, notify },
        write: false,
      });
    }),
  );
}

/** An article from a record. Keeps the record's dates of change and withdrawal, and its evidence. */
export function articleOfRecord(
  { id, fields, organizations, evidence }: Attributed,
  before: Article | null,
): Article {
  if (fields === null) throw new Error("A record must have fields: only a statement withdraws an article");
  const said = { ...fields, organizations, ...(evidence ? { attributions: evidence } : {}) };
  return asRecorded(articleFrom(id, said, before, Date.now()), said);
}

/** Writes the records of drafts that have changed. */
export async function writeRecords<D extends Draft>(
  env: Bindings,
  drafts: readonly D[],
): Promise<Result<D>[]> {
  const errors = await mapConcurrent(LIMITS.CONNECTIONS, drafts, async (draft) =>
    draft.write ? storeRecord(env, draft) : null,
  );
  await logUnwritten(env, drafts, errors);
  return drafts.map((draft, index) => (errors[index] ? fail(notStored(draft, errors[index])) : ok(draft)));
}

/** Why an article is not stored: it can be sent again soon, or when a quota begins anew. */
function notStored({ channels }: Draft, error: Error): Failure {
  const quota = quotaUsedUp(error);
  return quota ? { ...quotaFailure(quota, Date.now()), organizations: channels } : unavailable(channels);
}

/** Writes an article's record. False if the KV write failed. */
export async function writeRecord(env: Bindings, draft: Draft): Promise<boolean> {
  const error = await storeRecord(env, draft);
  await logUnwritten(env, [draft], [error]);
  return error === null;
}

/** Logs what could not be written: a line for each article, but one for all that KV has refused, which fail for one reason. */
async function logUnwritten(
  env: Bindings,
  drafts: readonly Draft[],
  errors: readonly (Error | null)[],
): Promise<void> {
  const failed = drafts.flatMap(({ article }, index) => {
    const error = errors[index];
    return error ? [{ article: article.id, error }] : [];
  });
  const refused = failed.filter(({ error }) => isRefused(error));
  for (const { article, error } of failed) {
    if (!isRefused(error)) logLine("error", "article.store", { article, error: String(error) });
  }
  const [first] = refused;
  if (!first) return;
  const { article, error } = first;
  const quota = quotaUsedUp(error);
  const said = { article, articles: refused.length, error: String(error), ...(quota ? { quota } : {}) };
  logLine("error", "article.store", said);
  await noteQuota(env, "kv-writes", error);
}

/** Writes an article's record. @returns why the KV write failed; null if it did not */
async function storeRecord(env: Bindings, { article, version }: Draft): Promise<Error | null> {
  try {
    await writeArticle(env.RECORDS, article, version);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
