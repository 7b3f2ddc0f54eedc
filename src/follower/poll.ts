import type { Duty } from "../objects/kit/alarm.ts";
import type { Following } from "./following.ts";
import type { Reading } from "./reading.ts";

/** Polls a source when it is due. */
export class Poll implements Duty {
  readonly name = "poll";
  readonly isAlone = true;
  readonly #following: Following;
  readonly #reading: Reading;

  constructor({ following, reading }: { following: Following; reading: Reading }) {
    this.#following = following;
    this.#reading = reading;
  }

  dueMs(): number | null {
    return this.#following.read()?.standing.nextMs ?? null;
  }

  run(): Promise<void> {
    return this.#reading.poll();
  }
}
