import { configuration } from "../env.ts";
import { opmlDocument } from "../feeds/opml.ts";
import type { Findings, Texts } from "../model/attribution.ts";
import { etagOf } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import type { Organization } from "../model/organization.ts";
import { sourceId } from "../model/source.ts";
import { INDEX_PATH, OPML_PATH, writeDocument } from "../store/documents.ts";
import { logLine } from "../store/log.ts";
import { listRecords } from "../store/records.ts";
import { Changes } from "./directory/changes.ts";
import { Names } from "./directory/names.ts";
import { type Entry, type Problem, Register } from "./directory/register.ts";
import { Sources } from "./directory/sources.ts";
import { type ChangedRecord, SweepLog, spendSweep, type WaitsFor, type Watched } from "./directory/sweep.ts";
import { Verifications } from "./directory/verifications.ts";

/** What one tick has to do. */
export interface TickPlan {
  changed: ChangedRecord[];
  watched: Watched[];
}

/** What became of a changed record: whether it is to be handed over once more, and its problem if it has one. */
export interface Handled {
  record: ChangedRecord;
  /** The organizations that it names now. */
  organizations: string[];
  waitsFor: WaitsFor;
  problem: Pick<Problem, "reason" | "errors"> | null;
}

/** The list of organizations that pages are made with; those that are not public by their slugs alone. */
export interface Index {
  organizations: Organization[];
  unlisted: string[];
}

/**
 * The one object that knows who exists. KV cannot be asked such things: it answers for up to a minute with what
 * was, and a decision taken on that would let a revoked token in or send a new organization away.
 */
export class Directory extends Sources {
  readonly #register = new Register(this.ctx.storage.sql);
  readonly #sweep = new SweepLog(this.ctx.storage.sql);
  readonly #verifications = new Verifications(this.ctx.storage.sql);
  readonly #names = new Names(this.#register); // in memory only: made of the organizations in SQL
  readonly #changes = new Changes(this.env.RECORDS, this.#register, this.#sweep);

  /** Enters an organization, has the watchdog look after its channel, and the sweep retry what named it in vain. */
  async enter(organization: Organization): Promise<void> {
    // Before anything else: what is done after it is done in one go.
    const sources = await Promise.all(
      organization.sources.map(async (url) => ({ id: await sourceId(url), url })),
    );
    const now = Date.now();
    const before = this.#register.organization(organization.slug);
    this.followFor(organization.slug, sources);
    this.#register.enter(organization, false, now);
    if (!before || namesOf(before) !== namesOf(organization)) {
      this.#names.changed();
      this.#sweep.organizationCame();
    }
    this.#sweep.watch({ kind: "channel", name: organization.slug });
    await this.ctx.storage.setAlarm(now + LIMITS.PUBLISH_QUIET_MS);
  }

  /** Enters an organization that never was as it stood elsewhere, open or closed, and since when. */
  async restore({ organization, closed, changedMs }: Entry): Promise<void> {
    const now = Date.now();
    this.#register.enter(organization, closed, Math.min(changedMs, now));
    this.#names.changed();
    if (!closed) this.#sweep.organizationCame();
    this.#sweep.watch({ kind: "channel", name: organization.slug });
    await this.ctx.storage.setAlarm(now + LIMITS.PUBLISH_QUIET_MS);
  }

  /** Closes an organization: known still, but listed no more. False when there was none open. */
  async leave(slug: string): Promise<boolean> {
    const organization = this.#register.organization(slug);
    if (!organization) return false;
    const now = Date.now();
    this.#register.enter(organization, true, now);
    this.#names.changed();
    this.followFor(slug, []);
    await this.ctx.storage.setAlarm(now + LIMITS.PUBLISH_QUIET_MS);
    return true;
  }

  /** An open organization. */
  async organization(slug: string): Promise<Organization | null> {
    return this.#register.organization(slug);
  }

  /** What was entered of organizations, closed ones too: of some, or the next ones after a slug. */
  async entries(of: string[] | { after: string; limit: number }): Promise<Entry[]> {
    return this.#register.entries(of);
  }

  /** A page of the open organizations. */
  async organizations(
    cursor: string | null,
  ): Promise<{ organizations: Organization[]; cursor: string | null }> {
    return this.#register.page(cursor, LIMITS.PAGE_ITEMS);
  }

  /** Those of the slugs that name no open organization; with `closed`, no organization at all. */
  async unknown(slugs: string[], closed: "refused" | "allowed"): Promise<string[]> {
    return this.#register.unknown(slugs, closed === "refused");
  }

  /** The open organizations that texts name. */
  async find(texts: Texts[]): Promise<Findings[]> {
    return this.#names.find(texts);
  }

  /** Claims an idempotency key for a request. */
  async claim(key: string, request: string): Promise<"new" | "same" | "other"> {
    return this.#register.claim(key, request, Date.now());
  }

  /** Gives a claim back: its request was refused, and may be mended and made again. */
  async release(key: string): Promise<void> {
    this.#register.release(key);
  }

  /** Has the watchdog look after an object. */
  async watch(watched: Watched): Promise<void> {
    this.#sweep.watch(watched);
  }

  /** Has it look away. */
  async unwatch(names: string[]): Promise<void> {
    this.#sweep.unwatch(names);
  }

  /** Whether the hub may verify once more about a host and a topic; when it may not, in how many seconds it may. */
  async mayVerify(host: string, topic: string): Promise<number | null> {
    return this.#verifications.begin([`host ${host}`, `topic ${topic}`], Date.now());
  }

  /** A page of the records that cannot be used, and why. */
  async problems(cursor: string | null): Promise<{ problems: Problem[]; cursor: string | null }> {
    return this.#register.problems(cursor);
  }

  /**
   * What this tick has to do: at most one KV list and one bulk read, a bounded number of records, and a bounded
   * share of the objects. Overlapping ticks may be told the same; all they then do is harmless twice.
   */
  async tick(): Promise<TickPlan> {
    const now = Date.now();
    const state = this.#sweep.state();
    const { watched, after } = this.#sweep.watched(state.watchAfter, LIMITS.WATCH_OBJECTS);
    const spentUntilMs = spendSweep(state.spentUntilMs, now, configuration(this.env).sweepIntervalSeconds);
    if (spentUntilMs === null) {
      this.#sweep.save({ ...state, watchAfter: after });
      return { changed: [], watched };
    }
    const page = await listRecords(this.env.RECORDS, state.cursor);
    const unseen = this.#sweep.unseen(page.records);
    const listed = unseen.slice(0, LIMITS.SWEEP_READ_RECORDS);
    const room = LIMITS.SWEEP_READ_RECORDS - listed.length;
    const foreign = this.#sweep.foreign(state.recheckAfter, room);
    const { changed, read } = await this.#changes.read(listed, foreign, now);
    const rechecked = foreign.filter((key) => read.has(key));
    const roundOver = foreign.length < room && rechecked.length === foreign.length;
    this.#sweep.save({
      cursor: unseen.every(({ key }) => read.has(key)) ? page.cursor : state.cursor,
      recheckAfter: roundOver ? "" : (rechecked.at(-1) ?? state.recheckAfter),
      watchAfter: after,
      spentUntilMs,
    });
    return { changed, watched };
  }

  /** Further objects to look at, when one was found stuck. */
  async watchMore(): Promise<Watched[]> {
    const state = this.#sweep.state();
    const { watched, after } = this.#sweep.watched(state.watchAfter, LIMITS.WATCH_OBJECTS_WHEN_STUCK);
    this.#sweep.save({ ...state, watchAfter: after });
    return watched;
  }

  /** Notes what became of the records that a tick handed over. */
  async handled(results: Handled[]): Promise<void> {
    const now = Date.now();
    this.ctx.storage.transactionSync(() => {
      for (const { record, organizations, waitsFor, problem } of results) {
        this.#sweep.note(record, organizations, waitsFor);
        const news = this.#register.note(record.key, problem, now);
        if (problem && news) logProblem(record.key, problem);
      }
    });
  }

  /**
   * Publishes the lists of organizations, two KV writes, and tells followers of what has changed. Does not `ring`: no SQL
   * says whether the lists are published, so an alarm that is set meanwhile must be left.
   */
  override async alarm(): Promise<void> {
    try {
      const toldAll = await this.tellSources();
      const { organizations: all } = this.#register.page(null, Number.MAX_SAFE_INTEGER);
      const organizations = all.filter(({ unlisted }) => !unlisted);
      const unlisted = all.filter((organization) => organization.unlisted).map(({ slug }) => slug);
      const changedMs = this.#register.changedMs();
      await this.#write(INDEX_PATH, JSON.stringify({ organizations, unlisted } satisfies Index), changedMs);
      const opml = opmlDocument(organizations, configuration(this.env).site, changedMs);
      await this.#write(OPML_PATH, opml, changedMs);
      if (!toldAll) await this.ctx.storage.setAlarm(Date.now() + LIMITS.PUBLISH_QUIET_MS);
    } catch (error) {
      logLine("error", "directory.alarm", { error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + LIMITS.PUBLISH_RETRY_MS);
    }
  }

  async #write(path: string, body: string, changedMs: number): Promise<void> {
    await writeDocument(this.env.DOCUMENTS, path, body, {
      etag: await etagOf(body),
      last_modified: Math.floor(changedMs / 1000),
      max_age: LIMITS.PAGE_MAX_AGE_SECONDS,
      archive: 0,
      history: "",
    });
  }
}

const namesOf = ({ name, aliases, unlisted }: Organization): string =>
  JSON.stringify([unlisted ?? false, name, ...aliases]);

function logProblem(key: string, { reason, errors }: Pick<Problem, "reason" | "errors">): void {
  const error = `${errors[0]?.path ?? ""} ${errors[0]?.message ?? ""}`.trim();
  logLine("warn", "sweep.problem", { key, reason, error });
}
