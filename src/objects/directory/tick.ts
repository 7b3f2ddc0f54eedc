import { RpcTarget } from "cloudflare:workers";
import { type Bindings, configuration } from "../../env.ts";
import { digest } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Counts } from "../../model/metrics.ts";
import { isRefused, messageOf, type Quota, quotaRetryInMs, quotaUsedUp } from "../../model/quota.ts";
import type { RecordProblem } from "../../model/record.ts";
import { logLine } from "../../store/log.ts";
import { listRecords } from "../../store/records.ts";
import { tallyAll, tallyRefusal } from "../../store/tally.ts";
import type { Alarm } from "../kit/alarm.ts";
import type { Outbox } from "../kit/outbox.ts";
import { Changes } from "./changes.ts";
import type { ServiceHealth } from "./health.ts";
import type { Metrics } from "./metrics.ts";
import type { OrganizationStore } from "./organization-store.ts";
import type { ProblemStore } from "./problems.ts";
import {
  type ChangedRecord,
  type SweepState,
  type SweepStore,
  spendSweep,
  spentSweeps,
  type WaitsFor,
} from "./sweep.ts";
import type { Checks, WatchStore } from "./watchdog.ts";

/** The work of one tick. */
export interface TickPlan {
  changed: ChangedRecord[];
  watch: Pick<Checks, "checks" | "most">;
  /** Why no records could be looked for. */
  error?: string;
}

/** The changed records that were found, and the progress that this is. */
interface Swept {
  changed: ChangedRecord[];
  progress: Partial<SweepState>;
  error?: string;
}

/** The result of a changed record: whether to hand it over again, and its problem, if any. */
export interface Handled {
  record: ChangedRecord;
  /** The organizations in the record. */
  organizations: string[];
  waitsFor: WaitsFor;
  problem: Pick<RecordProblem, "reason" | "errors"> | null;
}

/** Plans each tick: the records to hand over, and the objects to check. */
export class Sweep extends RpcTarget {
  readonly #env: Bindings;
  readonly #storage: DurableObjectStorage;
  readonly #alarm: Alarm;
  readonly #store: SweepStore;
  readonly #watched: WatchStore;
  readonly #problems: ProblemStore;
  readonly #health: ServiceHealth;
  readonly #metrics: Metrics;
  readonly #changes: Changes;
  /** No tick does anything before this: the objects' rows of the day are used up, and KV would be listed in vain. */
  #waitsUntilMs = 0;

  constructor(
    env: Bindings,
    storage: DurableObjectStorage,
    alarm: Alarm,
    parts: {
      sweep: SweepStore;
      watched: WatchStore;
      problems: ProblemStore;
      organizations: OrganizationStore;
      outbox: Outbox;
      health: ServiceHealth;
      metrics: Metrics;
    },
  ) {
    super();
    this.#env = env;
    this.#storage = storage;
    this.#alarm = alarm;
    this.#store = parts.sweep;
    this.#watched = parts.watched;
    this.#problems = parts.problems;
    this.#health = parts.health;
    this.#metrics = parts.metrics;
    this.#changes = new Changes(env.RECORDS, parts);
  }

  /**
   * Plans a tick: at most one KV list and one bulk read, a bounded number of records and of objects. Overlapping ticks
   * may get the same work, which is safe to repeat.
   * @param counts what the Worker has counted
   */
  async tick(counts: Counts = {}): Promise<TickPlan> {
    const now = Date.now();
    try {
      this.#metrics.take(counts, now);
      if (now >= this.#waitsUntilMs) return await this.#plan(now);
    } catch (error) {
      const quota = quotaUsedUp(error);
      if (quota === null) throw error;
      logLine("warn", "quota.used-up", { quota, error: String(error) });
      this.#health.noted(quota, now);
      tallyRefusal(quota, now);
      this.#waitsUntilMs = now + quotaRetryInMs(now, Math.random());
    }
    this.#store.ticked(now);
    return { changed: [], watch: { checks: [], most: 0 } };
  }

  async #plan(now: number): Promise<TickPlan> {
    await this.#alarm.wake(); // nothing else checks the Directory's own alarm
    this.#metrics.keep(now);
    this.#noteOwn(now);
    const state = { ...this.#store.state(), tickedMs: now };
    const isQuiet = !this.#store.hasForeign();
    const intervalSeconds = this.#intervalSeconds(isQuiet);
    const spentUntilMs = spendSweep(state.spentUntilMs, now, intervalSeconds);
    const swept = spentUntilMs === null ? null : await this.#look(state, now, intervalSeconds);
    const changed = swept?.changed ?? [];
    const { after: watchAfter, ...watch } = this.#watched.next(state.watchAfter, now);
    const next = { ...state, spentUntilMs: spentUntilMs ?? state.spentUntilMs, ...swept?.progress };
    // The first record of another program: its next ones are looked for at once.
    if (isQuiet && changed.some(({ version }) => version === null)) next.spentUntilMs = now;
    this.#storage.transactionSync(() => {
      this.#store.attempt(
        changed.map(({ key }) => key),
        now,
      );
      this.#store.save({ ...next, watchAfter });
    });
    return { changed, watch, ...(swept?.error === undefined ? {} : { error: swept.error }) };
  }

  /** Notes whether the Directory itself fails at something: it is not among the objects that the watchdog checks. */
  #noteOwn(nowMs: number): void {
    const { counts, failing } = this.#alarm.report();
    tallyAll(counts); // they stay here
    // What is late needs no mention: each tick sets a lost alarm again.
    this.#health.found([{ kind: "directory", name: OWN_NAME, failing, dueMs: null }], nowMs, () => true);
  }

  /**
   * Looks for changed records. When KV does not answer, the watchdog goes on alone: after a used-up quota it is asked
   * again as late as anything else that the quota has stopped.
   */
  async #look(state: SweepState, nowMs: number, intervalSeconds: number): Promise<Swept> {
    let quota: Quota = "kv-lists";
    try {
      const page = await listRecords(this.#env.RECORDS, state.cursor);
      quota = "kv-reads";
      return await this.#changed(page, state, nowMs);
    } catch (error) {
      if (!isRefused(error)) return { changed: [], progress: {}, error: messageOf(error) };
      logLine("warn", "quota.used-up", { quota, error: String(error) });
      this.#health.noted(quota, nowMs);
      const untilMs = nowMs + quotaRetryInMs(nowMs, Math.random());
      return { changed: [], progress: { spentUntilMs: spentSweeps(untilMs, intervalSeconds) } };
    }
  }

  async #changed(
    page: Awaited<ReturnType<typeof listRecords>>,
    state: SweepState,
    nowMs: number,
  ): Promise<Swept> {
    const listed = await digest(JSON.stringify(page.records));
    const unseen = this.#store.isSettled(state.cursor, listed)
      ? { records: [], more: false }
      : this.#store.unseen(page.records, LIMITS.SWEEP_READ_RECORDS, nowMs);
    if (unseen.records.length === 0 && !unseen.more) this.#store.settled(state.cursor, listed);
    const room = LIMITS.SWEEP_READ_RECORDS - unseen.records.length;
    const foreign = this.#store.foreign(state.recheckAfter, room);
    const { changed, read } = await this.#changes.read(unseen.records, foreign, nowMs);
    const rechecked = foreign.filter((key) => read.has(key));
    const roundOver = foreign.length < room && rechecked.length === foreign.length;
    const pageOver = !unseen.more && unseen.records.every(({ key }) => read.has(key));
    return {
      changed,
      progress: {
        cursor: pageOver ? page.cursor : state.cursor,
        recheckAfter: roundOver ? "" : (rechecked.at(-1) ?? state.recheckAfter),
      },
    };
  }

  /** Seconds between sweeps in the long run: more while only this service has written records. */
  #intervalSeconds(isQuiet: boolean): number {
    const { sweepIntervalSeconds } = configuration(this.#env);
    return isQuiet ? sweepIntervalSeconds * LIMITS.SWEEP_QUIET_TIMES : sweepIntervalSeconds;
  }

  /** Stores the results of a tick's records. A record without a result is handed over again. */
  async handled(results: Handled[]): Promise<void> {
    const now = Date.now();
    this.#storage.transactionSync(() => {
      for (const { record, organizations, waitsFor, problem } of results) {
        this.#store.note(record, organizations, waitsFor);
        const isNew = this.#problems.note(record.key, problem, now);
        if (problem && isNew) logProblem(record.key, problem);
      }
    });
  }
}

/** The Directory among objects with errors. No organization and no id is called so. */
const OWN_NAME = "the directory";

function logProblem(key: string, { reason, errors }: Pick<RecordProblem, "reason" | "errors">): void {
  const error = `${errors[0]?.path ?? ""} ${errors[0]?.message ?? ""}`.trim();
  logLine("warn", "sweep.problem", { key, reason, error });
}
