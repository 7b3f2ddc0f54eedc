import { DurableObject } from "cloudflare:workers";
import "../../src/follower/follower.ts";
import * as worker from "../../src/index.ts";
import "../../src/objects/audit.ts";
import "../../src/objects/channel.ts";
import "../../src/objects/directory.ts";
import "../../src/objects/endpoint.ts";
import "../../src/objects/subscription.ts";
import "../../src/objects/switchboard.ts";

// The classes above are loaded here: in tests the loading of a module is I/O, which one object must not wait for on behalf of
// another (platform). In workerd itself it is none.

/**
 * Lets tests call the parts of an object by its stub (`stub.deliveries.list(…)`), as workerd does: the wrapper that
 * `@cloudflare/vitest-plugin` 1.4.10 puts around each object knows methods, but not what a getter returns. The wrapper
 * looks a name up in `DurableObject.prototype` first, so every getter of an object's class is answered from there.
 */
const { default: _entry, ...objects } = worker;
const names = Object.values(objects).flatMap(({ prototype }) =>
  Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { get }]) =>
    get ? [name] : [],
  ),
);

for (const name of new Set(names)) {
  Object.defineProperty(DurableObject.prototype, name, {
    configurable: true,
    get(this: object) {
      return memberOf(async () => {
        const instance = await instanceIn(this);
        const value: unknown = Reflect.get(instance, name);
        return typeof value === "function" ? value.bind(instance) : value;
      });
    },
  });
}

/** The object in its wrapper, which keeps it behind a symbol that it does not export. */
async function instanceIn(wrapper: object): Promise<object> {
  let prototype: object | null = wrapper;
  while (prototype !== null) {
    const ensure = Object.getOwnPropertySymbols(prototype).find(
      ({ description }) => description === "kEnsureInstance",
    );
    if (ensure) return (await Reflect.get(prototype, ensure, wrapper).call(wrapper)).instance;
    prototype = Object.getPrototypeOf(prototype);
  }
  throw new Error("This version of @cloudflare/vitest-plugin wraps objects in another way");
}

/** What an object has under a name, before it is known whether that is a method or a part with methods. */
function memberOf(find: () => Promise<unknown>): unknown {
  const call = async (...parameters: unknown[]) =>
    ((await find()) as (...of: unknown[]) => unknown)(...parameters);
  const methodOf =
    (method: string) =>
    async (...parameters: unknown[]) => {
      const part = (await find()) as Record<string, (...of: unknown[]) => unknown>;
      return part[method]?.(...parameters);
    };
  const isMethod = (key: string | symbol): key is string => typeof key === "string" && !(key in call);
  return new Proxy(call, {
    get: (target, key) => (isMethod(key) ? methodOf(key) : Reflect.get(target, key)),
    has: (target, key) => isMethod(key) || Reflect.has(target, key),
    getOwnPropertyDescriptor: (target, key) =>
      isMethod(key)
        ? { configurable: true, enumerable: true, value: methodOf(key) }
        : Reflect.getOwnPropertyDescriptor(target, key),
  });
}
