/** A number in [0, 1) made of the parts alone: what else was drawn in between changes nothing. */
export function fraction(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of parts.join("\n")) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Seeded chance: the same parts give the same draws. */
export class Dice {
  readonly #parts: readonly (string | number)[];
  #drawn = 0;

  constructor(...parts: readonly (string | number)[]) {
    this.#parts = parts;
  }

  /** In [0, 1). */
  next(): number {
    return fraction(...this.#parts, this.#drawn++);
  }

  /** A whole number from 0 to below a bound. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** Whether something with this probability happens. */
  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of some things. */
  one<T>(of: readonly T[]): T {
    const found = of[this.below(of.length)];
    if (found === undefined) throw new Error("There is nothing to choose from");
    return found;
  }

  /** One of the rows of a table, by their weights. */
  row<T extends { weight: number }>(table: readonly T[]): T {
    let left = this.next() * table.reduce((sum, { weight }) => sum + weight, 0);
    for (const row of table) {
      left -= row.weight;
      if (left < 0) return row;
    }
    return this.one(table);
  }
}
