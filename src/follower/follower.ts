import { DurableObject } from "cloudflare:workers";
import { type Bindings, configuration } from "../env.ts";
import type { Checked } from "../objects/directory/watchdog.ts";
import { ALARM_SCHEMA, Alarm } from "../objects/kit/alarm.ts";
import { migrate } from "../objects/kit/sql.ts";
import { directoryOf } from "../objects/stubs.ts";
import { FOLLOWING_SCHEMA, Following } from "./following.ts";
import { ITEMS_SCHEMA, Items } from "./items.ts";
import { Poll } from "./poll.ts";
import { PushCallback, Subscribing } from "./push.ts";
import { PUSH_SCHEMA, PushStore } from "./push-store.ts";
import { Reading } from "./reading.ts";
import { FollowedSource } from "./source.ts";
import { TakeIn } from "./take-in.ts";

/** One feed of another publisher: polls it, remembers its items, and publishes what is new. */
export class Follower extends DurableObject<Bindings> {
  readonly #alarm: Alarm;
  readonly #source: FollowedSource;
  readonly #push: PushCallback;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const { storage } = ctx;
    migrate(storage, ALARM_SCHEMA, FOLLOWING_SCHEMA, ITEMS_SCHEMA, PUSH_SCHEMA);
    const following = new Following(storage.sql);
    const items = new Items(storage.sql);
    const push = new PushStore(storage.sql);
    const of = {
      env: () => this.env,
      settings: () => configuration(this.env),
      storage,
      following,
      items,
      push,
    };
    const parts = { ...of, reading: new Reading(of) };
    this.#alarm = new Alarm(storage, "follower", [
      new Poll(parts),
      new Subscribing(parts),
      new TakeIn(parts),
    ]);
    this.#source = new FollowedSource({ ...parts, alarm: this.#alarm });
    this.#push = new PushCallback({ ...parts, alarm: this.#alarm });
  }

  /** The source and its health. */
  get source(): FollowedSource {
    return this.#source;
  }

  /** Where the source's hub pushes it to. */
  get push(): PushCallback {
    return this.#push;
  }

  /** Polls the source, and publishes waiting items. */
  override alarm(): Promise<void> {
    return this.#alarm.ring();
  }

  /**
   * Sets a missing alarm, and says when something is due next.
   * @param isTurn whether its turn in the watchdog's round has come: only then does it read the source, too
   */
  async check(isTurn: boolean): Promise<Checked> {
    return { stuck: await (isTurn ? this.wake() : this.#alarm.wake()), ...this.#alarm.report() };
  }

  /**
   * The watchdog's check: reads the source from the Directory, in case a change was lost, and sets a missing alarm.
   * Returns true if the alarm was missing or late.
   */
  async wake(): Promise<boolean> {
    const id = this.ctx.id.name;
    if (id) await this.#source.follow(await directoryOf(this.env).sources.get(id));
    return this.#alarm.wake();
  }
}
