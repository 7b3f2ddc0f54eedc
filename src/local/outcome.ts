/** A value, or the reason for its absence as text for the terminal. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; reason: string };
