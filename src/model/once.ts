/**
 * Loads something with its first use, such as a module that most isolates never need. The value is kept, never the
 * promise: a request that waits for another request's promise hangs when that one is cancelled (platform).
 */
export function once<T extends object>(load: () => Promise<T>): () => Promise<T> {
  let loaded: T | undefined;
  return async () => {
    loaded ??= await load();
    return loaded;
  };
}
