import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { Dice } from "./dice.ts";
import { CALM, type Fate, type Fault, type Operation } from "./faults.ts";

/** How long KV may show an old value. */
const STALE_MS = 60_000;
/** Operations of one alarm that the platform allows on the free plan: requests to other servers, calls and KV. */
const ALARM_REQUESTS = 50;
const ALARM_OPERATIONS = 1_000;
/** Alarms that may go off while the clock moves once: more is an object that never comes to rest. */
const ALARMS_AT_ONCE = 5_000;

/** A value of KV before a write. */
interface Former {
  writtenMs: number;
  value: string | null;
  metadata: unknown;
}

type Any = (...parameters: unknown[]) => unknown;

/**
 * The platform under the real objects: it knows which alarms are set and runs them, keeps the clock, and lets every call
 * of an object and every operation of KV come to the fate that the fault of the day has for it. Worker and objects live
 * in the tests' isolate, so their bindings have the same prototypes.
 */
export class Platform {
  /** The seed and the number of the step. */
  step: readonly (string | number)[] = [];
  fault: Fault = CALM;
  /** What the last alarm asked of other servers. */
  requests = 0;
  /** What alarms did that they must not. */
  readonly excesses: string[] = [];
  readonly #alarms = new Map<string, number>();
  readonly #touched = new Set<string>();
  readonly #known = new Set<string>();
  readonly #formers = new Map<string, Former[]>();
  readonly #undo: (() => void)[] = [];
  readonly #get: Any;
  #operations = 0;
  #counts = new Map<string, number>();
  /** Nothing succeeds any more, until all processes begin anew. */
  #isDying = false;
  /** How many attempts are under way. */
  #underWay = 0;

  constructor() {
    const namespace = Object.getPrototypeOf(env.CHANNEL) as Record<string, Any>;
    this.#get = namespace.get as Any;
    const platform = this;
    this.#replace(namespace, "get", function (this: unknown, get, [id, ...rest]) {
      const stub = Reflect.apply(get, this, [id, ...rest]) as object;
      const { name } = id as DurableObjectId;
      if (!name) return stub;
      platform.#touched.add(name);
      platform.#known.add(name);
      return platform.#member(stub, name);
    });
    this.#watchKv();
  }

  /** Gives the platform back as it was. */
  end(): void {
    for (const undo of this.#undo) undo();
  }

  #replace(
    object: Record<string, Any>,
    name: string,
    act: (this: unknown, method: Any, parameters: unknown[]) => unknown,
  ): void {
    const method = object[name] as Any;
    object[name] = function (this: unknown, ...parameters: unknown[]) {
      return act.call(this, method, parameters);
    };
    this.#undo.push(() => {
      object[name] = method;
    });
  }

  /** An object's stub, or a part of it, whose methods come to their fate. */
  #member(target: object, path: string, call?: Any): object {
    const platform = this;
    return new Proxy(call ?? target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function" || typeof name !== "string" || name === "constructor") return value;
        if (path && name === "fetch") return value.bind(target); // how the test tools reach into an object
        const method = (...parameters: unknown[]) =>
          platform.#carryOut("call", `${path}.${name}`, () => Reflect.apply(value, target, parameters));
        return platform.#member(value, `${path}.${name}`, method);
      },
      ...(call ? { apply: (_, __, parameters: unknown[]) => call(...parameters) } : {}),
    });
  }

  async #carryOut(kind: Operation["kind"], target: string, act: () => unknown): Promise<unknown> {
    const fate = this.#fateOf(kind, target);
    if (fate === "death") this.#isDying = true;
    if (this.#isDying) throw new Error("The process has died");
    if (fate === "refused") throw new Error("KV PUT failed: 429 Too Many Requests");
    if (fate === "before") throw new Error(`Network connection lost before ${target}`);
    const result = await act();
    if (fate === "after") throw new Error(`Network connection lost after ${target}`);
    return result;
  }

  #fateOf(kind: Operation["kind"], target: string): Fate {
    const number = this.#operations++;
    const nth = (this.#counts.get(target) ?? 0) + 1;
    this.#counts.set(target, nth);
    const step = new Dice(...this.step, "fault");
    return this.fault.fate({ kind, target, number }, new Dice(...this.step, target, nth), step);
  }

  #watchKv(): void {
    const kv = Object.getPrototypeOf(env.RECORDS) as Record<string, Any>;
    const platform = this;
    const read = kv.getWithMetadata as Any;
    for (const name of ["put", "delete"]) {
      this.#replace(kv, name, function (this: unknown, write, parameters) {
        const key = String(parameters[0]);
        return platform.#carryOut("kv-write", key, async () => {
          await platform.#remember(key, () => Reflect.apply(read, this, [key, "text"]) as Promise<KvText>);
          return Reflect.apply(write, this, parameters);
        });
      });
    }
    this.#replace(kv, "get", function (this: unknown, get, parameters) {
      const [keys, how] = parameters;
      if (!Array.isArray(keys)) {
        const former = platform.#formerIfStale(String(keys));
        return former ? Promise.resolve(asRead(former.value, how)) : Reflect.apply(get, this, parameters);
      }
      return (Reflect.apply(get, this, parameters) as Promise<Map<string, unknown>>).then(
        (found) =>
          new Map([...found].map(([key, value]) => [key, (platform.#formerIfStale(key) ?? { value }).value])),
      );
    });
    this.#replace(kv, "getWithMetadata", function (this: unknown, get, parameters) {
      const former = platform.#formerIfStale(String(parameters[0]));
      if (!former) return Reflect.apply(get, this, parameters);
      const value = asRead(former.value, parameters[1]);
      return Promise.resolve({ value, metadata: former.metadata, cacheStatus: null });
    });
  }

  /** Remembers what a key has before it is written. */
  async #remember(key: string, read: () => Promise<KvText>): Promise<void> {
    const now = Date.now();
    const { value, metadata } = await read();
    const formers = (this.#formers.get(key) ?? []).filter(({ writtenMs }) => writtenMs > now - STALE_MS);
    this.#formers.set(key, [...formers, { writtenMs: now, value, metadata }]);
  }

  #formerIfStale(key: string): Former | null {
    if (this.#fateOf("kv-read", key) !== "stale") return null;
    return this.#formers.get(key)?.find(({ writtenMs }) => writtenMs > Date.now() - STALE_MS) ?? null;
  }

  /** Begins a step: nothing was done in it yet. */
  begin(step: readonly (string | number)[], fault: Fault): void {
    this.step = step;
    this.fault = fault;
    this.#operations = 0;
    this.#counts = new Map();
    const dice = new Dice(...step, "chance");
    vi.spyOn(Math, "random").mockImplementation(() => dice.next());
    vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
      const bytes = new Uint8Array((array as Uint8Array).buffer);
      for (let index = 0; index < bytes.length; index++) bytes[index] = dice.below(256);
      return array;
    });
  }

  /** Does something; null if every process has died meanwhile: then nothing came of it from some moment on. */
  async attempt<T>(act: () => Promise<T>): Promise<T | null> {
    this.#underWay++;
    const result = await act().finally(() => this.#underWay--);
    const hasDied = this.#isDying;
    if (this.#underWay > 0) return hasDied ? null : result; // the last that is under way sees to the rest
    if (hasDied) {
      this.#isDying = false;
      this.fault = CALM; // the next process is well
      await abortAllDurableObjects();
    }
    await this.#lookAtAlarms();
    return hasDied ? null : result;
  }

  /** An object by its name, past all faults. */
  object(name: string): DurableObjectStub {
    const namespace = namespaceOf(name);
    return Reflect.apply(this.#get, namespace, [namespace.idFromName(name)]) as DurableObjectStub;
  }

  /** Rows of an object's SQL. */
  rows<R = Record<string, SqlStorageValue>>(name: string, query: string, ...values: unknown[]): Promise<R[]> {
    return runInDurableObject(
      this.object(name),
      (_object, { storage }) => storage.sql.exec(query, ...(values as SqlStorageValue[])).toArray() as R[],
    );
  }

  /** The names of all objects that were called so far. */
  get known(): string[] {
    return [...this.#known].sort();
  }

  /** The names of those that have an alarm. */
  get waiting(): string[] {
    return [...this.#alarms.keys()].sort();
  }

  /** Loses an object's alarm. */
  async loseAlarm(name: string): Promise<void> {
    await runInDurableObject(this.object(name), (_object, { storage }) => storage.deleteAlarm());
    this.#alarms.delete(name);
  }

  /** Has an object's alarm go off now, whether or not it is due. */
  async ring(name: string): Promise<void> {
    const [requests, operations] = [this.requests, this.#operations];
    await this.attempt(async () => {
      this.#touched.add(name);
      await runDurableObjectAlarm(this.object(name)).catch(() => false);
    });
    const used = { requests: this.requests - requests, operations: this.#operations - operations };
    if (used.requests > ALARM_REQUESTS || used.operations > ALARM_OPERATIONS)
      this.excesses.push(
        `The alarm of ${name} made ${used.requests} requests, ${used.operations} operations`,
      );
  }

  /** Moves the clock, and runs every alarm on the way at its time. */
  async advanceTo(ms: number): Promise<void> {
    for (let count = 0; ; count++) {
      if (count > ALARMS_AT_ONCE) throw new Error(`Alarms go off without end: ${this.waiting.join(" ")}`);
      const next = [...this.#alarms].sort(([a, at], [b, then]) => at - then || (a < b ? -1 : 1))[0];
      if (!next || next[1] > ms) break;
      vi.setSystemTime(Math.max(Date.now(), next[1]));
      this.#alarms.delete(next[0]);
      await this.ring(next[0]);
    }
    vi.setSystemTime(Math.max(Date.now(), ms));
  }

  /** Reads the alarms of the objects that were called. */
  async #lookAtAlarms(): Promise<void> {
    const names = [...this.#touched].sort();
    this.#touched.clear();
    for (const name of names) {
      const alarm = await runInDurableObject(this.object(name), (_object, { storage }) => storage.getAlarm());
      if (alarm === null) this.#alarms.delete(name);
      else this.#alarms.set(name, alarm);
    }
  }
}

type KvText = { value: string | null; metadata: unknown };

/** A text as KV gives it in the way that was asked for. */
function asRead(text: string | null, how: unknown): unknown {
  const type = typeof how === "string" ? how : (how as { type?: string } | undefined)?.type;
  if (text === null) return null;
  if (type === "json") return JSON.parse(text);
  if (type === "arrayBuffer") return new TextEncoder().encode(text).buffer;
  return type === "stream" ? new Response(text).body : text;
}

/** The namespace of an object: names tell. */
function namespaceOf(name: string): DurableObjectNamespace {
  const { CHANNEL, ENDPOINT, SUBSCRIPTION, FOLLOWER, DIRECTORY, AUDIT } = env;
  const singles: Record<string, unknown> = { directory: DIRECTORY, audit: AUDIT };
  const prefixes: Record<string, unknown> = { end_: ENDPOINT, sub_: SUBSCRIPTION, src_: FOLLOWER };
  return (singles[name] ?? prefixes[name.slice(0, 4)] ?? CHANNEL) as DurableObjectNamespace;
}
