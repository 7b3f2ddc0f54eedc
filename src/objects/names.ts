import type { Bindings } from "../env.ts";
import { findOrganizations } from "../intake/find.ts";
import { NameIndex } from "../intake/names.ts";
import type { Findings, Texts } from "../model/attribution.ts";
import { LIMITS } from "../model/limits.ts";
import type { NameChanges } from "./directory/organization-store.ts";
import { directoryOf } from "./stubs.ts";

/** The names of the open, listed organizations as this isolate knows them. */
interface Known {
  index: NameIndex;
  /** What the directory is asked with; null before the first time. */
  version: string | null;
}

/** By the Worker's bindings: an isolate has one set of them, and so one index. */
const KNOWN = new WeakMap<Bindings, Known>();

/**
 * The organizations that texts name. They are searched here, in the caller's isolate: long texts would hold up everyone
 * who asks the directory. Costs one object call, which says what has changed since the last; a fresh isolate reads
 * all names, a thousand organizations a call.
 */
export async function findNames(env: Bindings, texts: readonly Texts[]): Promise<Findings[]> {
  if (texts.length === 0) return [];
  const index = await currentIndex(env);
  const findings: Findings[] = [];
  let characters = 0;
  for (const each of texts) {
    characters += Object.values(each).reduce((sum: number, text: string) => sum + text.length, 0);
    if (characters > LIMITS.NAMES_SEARCHED_CHARACTERS && findings.length > 0) {
      await scheduler.wait(0); // other requests of this isolate go on in between
      characters = 0;
    }
    findings.push(findOrganizations(index, each));
  }
  return findings;
}

/** The full names of the organizations that are called so, by what they were called. Costs one object call. */
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
 * The index with all that has changed until now. Requests share what they have read but never wait for each other: a
 * request that is cut short would never answer those that wait for it (platform).
 */
async function currentIndex(env: Bindings): Promise<NameIndex> {
  const known = KNOWN.get(env) ?? { index: new NameIndex([]), version: null };
  KNOWN.set(env, known);
  for (;;) {
    const asked = known.version;
    const changes = await directoryOf(env).names.changesSince(asked);
    if (known.version !== asked) continue; // another request was faster
    if (changes) apply(known, changes);
    if (!changes?.more) return known.index;
  }
}

function apply(known: Known, { version, restarted, named, gone }: NameChanges): void {
  if (restarted) known.index = new NameIndex([]);
  for (const slug of gone) known.index.remove(slug);
  for (const organization of named) known.index.put(organization);
  known.version = version;
}
