/** Runs asynchronous tasks one at a time, first come, first served. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs a task after the previous ones have succeeded or failed. */
  take<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => {});
    return done;
  }
}
