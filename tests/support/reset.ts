import { reset as deleteLoaded, listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { auditOf, directoryOf } from "../../src/objects/stubs.ts";

const NAMESPACES = {
  channel: env.CHANNEL,
  endpoint: env.ENDPOINT,
  subscription: env.SUBSCRIPTION,
  follower: env.FOLLOWER,
};
const KV = [env.RECORDS, env.DOCUMENTS];
const MOST_ROUNDS = 5;

/**
 * Empties KV and every object. The test tools delete only the storage of objects in memory, and workerd evicts an object
 * that is idle for ten seconds: so all are loaded first. A KV namespace is simulated by such an object.
 */
export async function reset(): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    // One that cannot start is loaded all the same.
    await Promise.allSettled((await stored()).map((stub) => runInDurableObject(stub, () => undefined)));
    await keysLeft();
    await deleteLoaded();
    if ((await keysLeft()) === 0 && (await known()).length === 0) return;
  }
  throw new Error("the store cannot be emptied");
}

async function keysLeft(): Promise<number> {
  const lists = await Promise.all(KV.map((namespace) => namespace.list({ limit: 1 })));
  return lists.flatMap(({ keys }) => keys).length;
}

/** The objects that the directory knows. */
function known(): Promise<{ kind: keyof typeof NAMESPACES; name: string }[]> {
  const query =
    "SELECT 'channel' AS kind, slug AS name FROM organizations UNION SELECT kind, name FROM watched";
  return runInDurableObject(directoryOf(env), (_directory, { storage: { sql } }) =>
    sql.exec<{ kind: keyof typeof NAMESPACES; name: string }>(query).toArray(),
  );
}

/** Those of them that have a file, and the audit log. */
async function stored(): Promise<DurableObjectStub[]> {
  const ids = new Set((await known()).map(({ kind, name }) => NAMESPACES[kind].idFromName(name).toString()));
  const stubs = Object.values(NAMESPACES).map(async (each) => {
    const namespace: DurableObjectNamespace = each;
    const files = await listDurableObjectIds(namespace);
    return files.filter((id) => ids.has(id.toString())).map((id) => namespace.get(id));
  });
  return [auditOf(env), ...(await Promise.all(stubs)).flat()];
}
