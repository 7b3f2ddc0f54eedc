import { DurableObject } from "cloudflare:workers";
import type { Bindings } from "../../env.ts";

type ObjectClass<T> = new (ctx: DurableObjectState, env: Bindings) => T;

/** The names that an object's stubs use, all of them: its parts and methods. */
type Members<T> = { readonly [Name in Exclude<keyof T, keyof DurableObject>]: true };

/**
 * The class of a Durable Object whose module is loaded with its first use in an isolate. The platform reads the exports of the
 * main module before the first request, and most isolates answer readers and never hold an object.
 * @param load loads the class
 * @param members what stubs may ask for: they see only what stands on the prototype (platform), so each name is put there
 */
export function loadedWhenUsed<T extends DurableObject<Bindings>>(
  load: () => Promise<ObjectClass<T>>,
  members: Members<T>,
): ObjectClass<DurableObject<Bindings>> {
  let loaded: ObjectClass<T> | undefined;

  class LoadedWhenUsed extends DurableObject<Bindings> {
    /** Set before anything is delivered: that waits for the constructor and for what it blocks on (platform). */
    object!: T;

    constructor(ctx: DurableObjectState, env: Bindings) {
      super(ctx, env);
      if (loaded) this.object = new loaded(ctx, env);
      // If that fails, the platform resets the object, and the next request loads again.
      else void ctx.blockConcurrencyWhile(() => this.#load());
    }

    async #load(): Promise<void> {
      loaded ??= await load();
      this.object = new loaded(this.ctx, this.env);
    }

    override async alarm(info?: AlarmInvocationInfo): Promise<void> {
      await this.object.alarm?.(info);
    }
  }

  for (const name of Object.keys(members) as (keyof T)[])
    Object.defineProperty(LoadedWhenUsed.prototype, name, {
      get(this: LoadedWhenUsed) {
        const { object } = this;
        const member = object[name];
        return typeof member === "function" ? member.bind(object) : member;
      },
    });
  return LoadedWhenUsed;
}
