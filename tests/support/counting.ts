import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { directoryOf } from "../../src/objects/stubs.ts";
import { takeTally } from "../../src/store/tally.ts";

/** What an act cost: in the Worker and in every object that it called, or that a test woke. */
export interface Costs {
  kvReads: number;
  kvWrites: number;
  kvLists: number;
  kvDeletes: number;
  /** The methods that were called on objects, in their order. */
  objectCalls: string[];
  sqlStatements: number;
  sqlRowsRead: number;
  /** Each alarm that is set is one more, which is not counted here but in `alarmsSet`. */
  sqlRowsWritten: number;
  alarmsSet: number;
}

/** What costs nothing. */
export const NOTHING: Readonly<Costs> = {
  kvReads: 0,
  kvWrites: 0,
  kvLists: 0,
  kvDeletes: 0,
  objectCalls: [],
  sqlStatements: 0,
  sqlRowsRead: 0,
  sqlRowsWritten: 0,
  alarmsSet: 0,
};

/**
 * Counts what an act costs. Worker and objects live in one isolate, so the bindings of all of them have the
 * same prototypes, and what is watched there is all that happens.
 */
export async function costsOf(act: () => Promise<unknown>): Promise<Costs> {
  const costs: Costs = { ...NOTHING, objectCalls: [] };
  takeTally(); // what this isolate has counted for other tests is not handed on while the act is counted
  const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
  const namespace = Object.getPrototypeOf(env.CHANNEL) as DurableObjectNamespace;
  const { sql, storage } = await storagePrototypes();
  const undo = [
    after(kv, "get", () => costs.kvReads++),
    after(kv, "getWithMetadata", () => costs.kvReads++),
    after(kv, "put", () => costs.kvWrites++),
    after(kv, "list", () => costs.kvLists++),
    after(kv, "delete", () => costs.kvDeletes++),
    after(namespace, "get", (stub: DurableObjectStub) => watchedStub(stub, costs.objectCalls)),
    after(storage, "setAlarm", () => costs.alarmsSet++),
    after(sql, "exec", (cursor: SqlStorageCursor<Record<string, SqlStorageValue>>) => {
      costs.sqlStatements++;
      // When the object has read what it wants of it, and within the object: no other may look.
      queueMicrotask(() => {
        costs.sqlRowsRead += cursor.rowsRead;
        costs.sqlRowsWritten += cursor.rowsWritten;
      });
    }),
  ];
  try {
    await act();
    return costs;
  } finally {
    for (const one of undo) one();
  }
}

/** What an act cost, and which objects it reached: each counts once, however often it was called. */
export async function objectsCalled(act: () => Promise<unknown>): Promise<Costs & { objects: string[] }> {
  const namespace = Object.getPrototypeOf(env.CHANNEL) as DurableObjectNamespace;
  const objects = new Set<string>();
  const undo = after(namespace, "get", (stub: DurableObjectStub) => void objects.add(stub.id.toString()));
  try {
    const costs = await costsOf(act);
    return { ...costs, objects: [...objects] };
  } finally {
    undo();
  }
}

/** What every object's SQL has in common. */
export const sqlPrototype = async (): Promise<SqlStorage> => (await storagePrototypes()).sql;

const storagePrototypes = (): Promise<{ sql: SqlStorage; storage: DurableObjectStorage }> =>
  runInDurableObject(directoryOf(env), (_object, { storage }) => ({
    sql: Object.getPrototypeOf(storage.sql) as SqlStorage,
    storage: Object.getPrototypeOf(storage) as DurableObjectStorage,
  }));

/** Has a method's results looked at, and replaced by what `look` gives if that is an object. Returns the undoing. */
function after<T extends object, R>(object: T, name: keyof T, look: (result: R) => unknown): () => void {
  const method = object[name] as (...parameters: unknown[]) => R;
  const watched = function (this: T, ...parameters: unknown[]): unknown {
    const result = Reflect.apply(method, this, parameters);
    const replacement = look(result);
    return typeof replacement === "object" ? replacement : result;
  };
  Object.assign(object, { [name]: watched });
  return () => void Object.assign(object, { [name]: method });
}

/** A stub whose methods are counted, those of its parts too: `stub.deliveries.list()` counts as `list`. */
function watchedStub(stub: DurableObjectStub, objectCalls: string[]): DurableObjectStub {
  return new Proxy(stub, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || typeof name !== "string" || name === "constructor") return member;
      if (name === "fetch") return member.bind(target); // how the test tools reach into an object
      return watchedMember(member as RpcMember, target, name, objectCalls);
    },
  });
}

/** What stands behind a name at a stub: it may be called, or be a part whose methods may be. */
type RpcMember = ((...parameters: unknown[]) => unknown) & Record<string, unknown>;

const watchedMember = (member: RpcMember, of: object, name: string, objectCalls: string[]): unknown =>
  new Proxy(() => {}, {
    apply(_target, _this, parameters) {
      objectCalls.push(name);
      return Reflect.apply(member, of, parameters);
    },
    get(_target, method) {
      const value = Reflect.get(member, method);
      if (typeof value !== "function" || typeof method !== "string") return value;
      return watchedMember(value as RpcMember, member, method, objectCalls);
    },
  });
