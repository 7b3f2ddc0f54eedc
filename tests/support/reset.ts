import { reset as deleteLoaded, listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { auditOf, directoryOf } from "../../src/objects/stubs.ts";

const NAMESPACES = {
  channel: env.CHANNEL,
  endpoint: env.ENDPOINT,
  subscription: env.SUBSCRIPTION,
  follower: env.FOLLOWER,
};

/**
 * Empties KV and every object. The test tools delete only the storage of objects in memory, and workerd evicts an object
 * that is idle for ten seconds: so all are loaded first. A KV namespace is simulated by such an object.
 */
export async function reset(): Promise<void> {
  await Promise.all([env.RECORDS, env.DOCUMENTS].map((namespace) => namespace.list({ limit: 1 })));
  // One that cannot start is loaded all the same.
  await Promise.allSettled((await stored()).map((stub) => runInDurableObject(stub, () => undefined)));
  await deleteLoaded();
}

/** The objects that the directory knows and that have a file, and the audit log. */
async function stored(): Promise<DurableObjectStub[]> {
  const query =
    "SELECT 'channel' AS kind, slug AS name FROM organizations UNION SELECT kind, name FROM watched";
  const known = await runInDurableObject(directoryOf(env), (_directory, { storage: { sql } }) =>
    sql.exec<{ kind: keyof typeof NAMESPACES; name: string }>(query).toArray(),
  );
  const ids = new Set(known.map(({ kind, name }) => NAMESPACES[kind].idFromName(name).toString()));
  const stubs = Object.values(NAMESPACES).map(async (each) => {
    const namespace: DurableObjectNamespace = each;
    const files = await listDurableObjectIds(namespace);
    return files.filter((id) => ids.has(id.toString())).map((id) => namespace.get(id));
  });
  return [auditOf(env), ...(await Promise.all(stubs)).flat()];
}
