/** What the free plan bounds by the day (platform): 1,000 writes and 1,000 lists of KV, until 00:00 UTC. */
export const QUOTAS = ["kv-writes", "kv-lists"] as const;
export type Quota = (typeof QUOTAS)[number];

/**
 * Whether a failed call says that a quota is used up: `KV PUT failed: 429 Too Many Requests`, or `KV put() limit exceeded
 * for the day.`
 */
export const isUsedUp = (error: unknown): boolean =>
  /\b429\b|limit exceeded for the day/i.test(error instanceof Error ? error.message : String(error));
