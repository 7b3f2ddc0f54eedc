import { digest } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { type ListedRecord, readFirstTexts, recordKind } from "../../store/records.ts";
import type { Outbox } from "../kit/outbox.ts";
import type { OrganizationStore } from "./organization-store.ts";
import type { ProblemStore } from "./problems.ts";
import type { ChangedRecord, SweepStore } from "./sweep.ts";

/** Finds the records that have changed. */
export class Changes {
  readonly #records: KVNamespace;
  readonly #organizations: OrganizationStore;
  readonly #problems: ProblemStore;
  readonly #sweep: SweepStore;
  readonly #outbox: Outbox;

  constructor(
    records: KVNamespace,
    parts: { organizations: OrganizationStore; problems: ProblemStore; sweep: SweepStore; outbox: Outbox },
  ) {
    this.#records = records;
    this.#organizations = parts.organizations;
    this.#problems = parts.problems;
    this.#sweep = parts.sweep;
    this.#outbox = parts.outbox;
  }

  /**
   * Reads as many records as fit into one message, and selects the changed ones.
   * @param foreign keys of records that other programs wrote: only their texts show whether they changed
   * @returns the changed records, and the keys of all records read
   */
  async read(
    listed: readonly ListedRecord[],
    foreign: readonly string[],
    nowMs: number,
  ): Promise<{ changed: ChangedRecord[]; read: Set<string> }> {
    const versions = new Map(listed.map(({ key, version }) => [key, version]));
    const keys = [...versions.keys(), ...foreign.filter((key) => !versions.has(key))];
    const texts = await readFirstTexts(this.#records, keys);
    const changed: ChangedRecord[] = [];
    const read = new Set<string>();
    let characters = 0;
    for (const key of keys) {
      if (!texts.has(key)) break;
      const text = texts.get(key);
      if (text === undefined) {
        // It goes last from now on, and does not hold up the records after it.
        if (versions.has(key)) this.#sweep.attempt([key], nowMs);
        read.add(key);
        break;
      }
      const record =
        text === null ? this.#gone(key, nowMs) : await this.#change(key, versions.get(key), text, nowMs);
      characters += record?.text.length ?? 0;
      if (characters > LIMITS.HANDOVER_CHARACTERS) break;
      if (record) changed.push(record);
      read.add(key);
    }
    return { changed, read };
  }

  /**
   * Returns a changed record; null if it is unchanged, or equals what the Directory stored from the API.
   * @param listedVersion undefined if the record is not listed but rechecked
   */
  async #change(
    key: string,
    listedVersion: string | null | undefined,
    text: string,
    nowMs: number,
  ): Promise<ChangedRecord | null> {
    const said = await digest(text);
    const seen = this.#sweep.seen(key);
    const { firstSeenMs, formerOrganizations } = seen ?? { firstSeenMs: nowMs, formerOrganizations: [] };
    const { namesVersion } = this.#organizations;
    const version = listedVersion ?? null;
    const record = { key, version, digest: said, firstSeenMs, namesVersion, formerOrganizations };
    const news = seen?.digest !== said || seen.waitsFor === "next-sweep";
    const named = recordKind(key);
    // A pending write of the Directory is newer than the record, above all a deletion.
    if (named?.kind === "organization" && this.#outbox.waiting(`record:${named.id}`).length > 0) return null;
    const entered = named?.kind === "organization" ? this.#organizations.find(named.id) : null;
    const known = entered && !entered.closed ? JSON.stringify(entered.organization) : null;
    if (news && known !== text) {
      const settled = entered === null || nowMs - entered.changedMs >= LIMITS.KV_SETTLE_SECONDS * 1000;
      return { ...record, text: text.slice(0, LIMITS.BODY_BYTES + 1), settled };
    }
    if (news) this.#problems.note(key, null, nowMs);
    const waitsFor = news ? null : seen.waitsFor;
    if (news || listedVersion !== undefined) this.#sweep.note(record, formerOrganizations, waitsFor);
    return null;
  }

  /** A record that is listed but no longer exists: removes its problem. */
  #gone(key: string, nowMs: number): null {
    this.#problems.note(key, null, nowMs);
    this.#sweep.forget(key);
    return null;
  }
}
