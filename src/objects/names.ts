import type { Bindings } from "../env.ts";
import { findOrganizations } from "../intake/find.ts";
import { NameIndex } from "../intake/names.ts";
import type { Findings, Texts } from "../model/attribution.ts";
import { LIMITS } from "../model/limits.ts";
import type { NameChanges } from "./directory/organization-store.ts";
import { directoryOf } from "./stubs.ts";

/** This isolate's index of the names of open, listed organizations. */
interface Known {
  index: NameIndex;
  /** The Directory's version of the index; null before the first call. */
  version: string | null;
  /** Changes up to that version that are not in the index yet, first ones first. */
  waiting: NameChanges[];
}

/** One index per set of bindings: an isolate has one. */
const KNOWN = new WeakMap<Bindings, Known>();

/**
 * Finds the organizations that texts name. Runs in the caller's isolate, because long texts would block the Directory
 * for all callers. Costs one object call, which returns the changes since the last one; a new isolate reads all names,
 * a thousand organizations a call.
 */
export async function findNames(env: Bindings, texts: readonly Texts[]): Promise<Findings[]> {
  if (texts.length === 0) return [];
  const index = await currentIndex(env);
  const findings: Findings[] = [];
  let characters = 0;
  for (const each of texts) {
    characters += Object.values(each).reduce((sum: number, text: string) => sum + text.length, 0);
    if (characters > LIMITS.NAMES_SEARCHED_CHARACTERS && findings.length > 0) {
      await scheduler.wait(0); // lets other requests of this isolate run
      characters = 0;
    }
    findings.push(findOrganizations(index, each));
  }
  return findings;
}

/** Looks up organizations by name or alias: their full names, by the name given. Costs one object call. */
export async function organizationsCalled(
  env: Bindings,
  names: readonly string[],
): Promise<Map<string, string>> {
  const index = names.length > 0 ? await currentIndex(env) : new NameIndex([]);
  return new Map(
    names.flatMap((name) => {
      const organization = index.called(name);
      return organization === null ? [] : [[name, organization] as const];
    }),
  );
}

/**
 * The up-to-date index. Requests share the index but never await each other: if a request is cancelled, its promises
 * never settle for the others (platform). What is to be added waits in the index itself, and whoever comes goes on with
 * it, `NAMES_INDEXED` organizations at a time: 60,000 names take half a second, in which other requests must run.
 */
async function currentIndex(env: Bindings): Promise<NameIndex> {
  const known = KNOWN.get(env) ?? { index: new NameIndex([]), version: null, waiting: [] };
  KNOWN.set(env, known);
  for (;;) {
    const asked = known.version;
    const changes = await directoryOf(env).names.changesSince(asked);
    if (known.version !== asked) continue; // another request was faster
    if (changes) {
      known.version = changes.version;
      known.waiting.push(changes);
    }
    while (addSome(known)) await scheduler.wait(0);
    if (!changes?.more && known.version === (changes?.version ?? asked)) return known.index;
  }
}

/** Adds a slice of what waits. @returns whether more waits */
function addSome(known: Known): boolean {
  const [changes] = known.waiting;
  if (!changes) return false;
  if (changes.restarted) {
    known.index = new NameIndex([]);
    changes.restarted = false;
  }
  for (const slug of changes.gone.splice(0)) known.index.remove(slug);
  for (const organization of changes.named.splice(0, LIMITS.NAMES_INDEXED)) known.index.put(organization);
  if (changes.named.length === 0) known.waiting.shift();
  return known.waiting.length > 0;
}
