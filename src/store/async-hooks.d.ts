/** The part of workerd's `node:async_hooks` (compatibility flag `nodejs_als`) that is used here. */
declare module "node:async_hooks" {
  export class AsyncLocalStorage<T> {
    run<R>(store: T, callback: () => R): R;
    getStore(): T | undefined;
  }
}
