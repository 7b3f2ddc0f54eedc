import { RpcTarget } from "cloudflare:workers";
import { type Bindings, configuration } from "../../env.ts";
import { digest } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Counts } from "../../model/metrics.ts";
import { isRefused } from "../../model/quota.ts";
import type { RecordProblem } from "../../model/record.ts";
import { logLine } from "../../store/log.ts";
import { listRecords } from "../../store/records.ts";
import { tallyAll } from "../../store/tally.ts";
import type { Alarm } from "../kit/alarm.ts";
import type { Outbox } from "../kit/outbox.ts";
import { Changes } from "./changes.ts";
import type { ServiceHealth } from "./health.ts";
import type { Metrics } from "./metrics.ts";
import type { OrganizationStore } from "./organization-store.ts";
import type { ProblemStore } from "./problems.ts";
import { type ChangedRecord, type SweepStore, spendSweep, type WaitsFor } from "./sweep.ts";
import type { Checks, WatchStore } from "./watchdog.ts";

/** The work of one tick. */
export interface TickPlan {
  changed: ChangedRecord[];
  watch: Pick<Checks, "checks" | "most">;
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
    await this.#alarm.wake(); // nothing else checks the Directory's own alarm
    const now = Date.now();
    tallyAll(counts);
    this.#metrics.keep(now);
    const state = { ...this.#store.state(), tickedMs: now };
    const isQuiet = !this.#store.hasForeign();
    const spentUntilMs = spendSweep(state.spentUntilMs, now, this.#intervalSeconds(isQuiet));
    const page = spentUntilMs === null ? null : await this.#list(state.cursor);
    if (spentUntilMs === null || page === null) {
      const { after: watchAfter, ...watch } = this.#watched.next(state.watchAfter, now);
      this.#store.save({ ...state, watchAfter, spentUntilMs: spentUntilMs ?? state.spentUntilMs });
      return { changed: [], watch };
    }
    const listed = await digest(JSON.stringify(page.records));
    const unseen = this.#store.isSettled(state.cursor, listed)
      ? { records: [], more: false }
      : this.#store.unseen(page.records, LIMITS.SWEEP_READ_RECORDS, now);
    if (unseen.records.length === 0 && !unseen.more) this.#store.settled(state.cursor, listed);
    const room = LIMITS.SWEEP_READ_RECORDS - unseen.records.length;
    const foreign = this.#store.foreign(state.recheckAfter, room);
    const { changed, read } = await this.#changes.read(unseen.records, foreign, now);
    const rechecked = foreign.filter((key) => read.has(key));
    const roundOver = foreign.length < room && rechecked.length === foreign.length;
    const pageOver = !unseen.more && unseen.records.every(({ key }) => read.has(key));
    const most = changed.length > 0 ? LIMITS.WATCH_CHECKS_BESIDE_RECORDS : null;
    const { after: watchAfter, ...watch } = this.#watched.next(state.watchAfter, now, most);
    this.#storage.transactionSync(() => {
      this.#store.attempt(
        changed.map(({ key }) => key),
        now,
      );
      this.#store.save({
        cursor: pageOver ? page.cursor : state.cursor,
        recheckAfter: roundOver ? "" : (rechecked.at(-1) ?? state.recheckAfter),
        watchAfter,
        // The first record of another program: its next ones are looked for at once.
        spentUntilMs: isQuiet && changed.some(({ version }) => version === null) ? now : spentUntilMs,
        tickedMs: now,
      });
    });
    return { changed, watch };
  }

  /** Seconds between sweeps in the long run: more while only this service has written records. */
  #intervalSeconds(isQuiet: boolean): number {
    const { sweepIntervalSeconds } = configuration(this.#env);
    return isQuiet ? sweepIntervalSeconds * LIMITS.SWEEP_QUIET_TIMES : sweepIntervalSeconds;
  }

  /** A page of the keys; null when the daily quota of lists is used up: then the watchdog goes on alone. */
  async #list(cursor: string | null): Promise<Awaited<ReturnType<typeof listRecords>> | null> {
    try {
      return await listRecords(this.#env.RECORDS, cursor);
    } catch (error) {
      if (!isRefused(error)) throw error;
      this.#health.refused("kv-lists", String(error));
      return null;
    }
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

function logProblem(key: string, { reason, errors }: Pick<RecordProblem, "reason" | "errors">): void {
  const error = `${errors[0]?.path ?? ""} ${errors[0]?.message ?? ""}`.trim();
  logLine("warn", "sweep.problem", { key, reason, error });
}
