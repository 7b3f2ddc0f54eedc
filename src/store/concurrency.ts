/**
 * Runs over all items, at most `limit` at once, and gives the results in the items' order.
 * @param limit at least 1
 * @param run must not reject: a failure belongs in its result. If it does, so does the whole, at once, while
 *   the calls under way go on.
 */
export async function mapConcurrent<T, R>(
  limit: number,
  items: readonly T[],
  run: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const waiting = items.entries();
  // Every lane takes its next item from the same iterator, so none is taken twice.
  const lane = async () => {
    for (const [index, item] of waiting) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}

/** What a promise resolves to; null if it takes longer. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), milliseconds);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
