/** A value, or the reason, in words for the person at the terminal, why there is none. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; reason: string };
