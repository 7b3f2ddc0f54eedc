import { reset as deleteLoaded, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { auditOf, channelOf, directoryOf, switchboardOf } from "../../src/objects/stubs.ts";
import { forgetAll } from "../../src/store/hot.ts";

const KV = [env.RECORDS, env.DOCUMENTS];
const MOST_ROUNDS = 5;

/**
 * Empties KV, objects, and what the isolate remembers of documents. The test tools delete only the storage of objects in memory, and workerd evicts an object that
 * is idle for ten seconds: so what the next test could meet is loaded first. A KV namespace is simulated by such an
 * object.
 */
export async function reset(): Promise<void> {
  forgetAll();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const channels = (await organizations()).map((slug) => channelOf(env, slug));
    // One that cannot start is loaded all the same.
    await Promise.allSettled(
      [auditOf(env), switchboardOf(env), ...channels].map((stub) => runInDurableObject(stub, () => {})),
    );
    await keysLeft();
    await deleteLoaded();
    if ((await keysLeft()) === 0 && (await organizations()).length === 0) return;
  }
  throw new Error("the store cannot be emptied");
}

async function keysLeft(): Promise<number> {
  const lists = await Promise.all(KV.map((namespace) => namespace.list({ limit: 1 })));
  return lists.flatMap(({ keys }) => keys).length;
}

/** The organizations that the directory knows, closed ones too. */
function organizations(): Promise<string[]> {
  return runInDurableObject(directoryOf(env), (_directory, { storage: { sql } }) =>
    sql
      .exec<{ slug: string }>("SELECT slug FROM organizations")
      .toArray()
      .map(({ slug }) => slug),
  );
}
