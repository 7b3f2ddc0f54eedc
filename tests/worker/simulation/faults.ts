import { DAY_MS } from "../../../src/model/time.ts";
import type { Dice } from "./dice.ts";

/** Something that the platform does for the service. */
export interface Operation {
  kind: "call" | "kv-read" | "kv-write";
  /** What it is done to: an object's name and method, or a key. */
  target: string;
  /** How many operations came before it in this step. */
  number: number;
}

/**
 * What becomes of an operation. `before`, `after`: it fails before or after its effect. `refused`: a quota is used up.
 * `stale`: KV answers as it was a minute ago. `death`: neither it nor anything after it succeeds, and
 * then every object begins anew.
 */
export type Fate = "before" | "after" | "refused" | "stale" | "death" | null;

/** A fault: while it lasts, it decides the fate of every operation. */
export interface Fault {
  name: string;
  weight: number;
  /** How long it lasts: for one step, or until the next day (UTC). */
  lasts: "step" | "day";
  /** @param dice depends on the step and the operation */
  fate(operation: Operation, dice: Dice, step: Dice): Fate;
}

/** Nothing fails. */
export const CALM: Fault = { name: "calm", weight: 6, lasts: "step", fate: () => null };

const ODDS = 0.25;
const LAST_OPERATION = 25;

/** Every fault of the platform. What happens to alarms is in the table of actions: they are lost between steps. */
export const FAULTS: readonly Fault[] = [
  CALM,
  {
    name: "calls fail before their effect",
    weight: 2,
    lasts: "step",
    fate: ({ kind }, dice) => (kind === "call" && dice.happens(ODDS) ? "before" : null),
  },
  {
    name: "calls fail after their effect",
    weight: 2,
    lasts: "step",
    fate: ({ kind }, dice) => (kind === "call" && dice.happens(ODDS) ? "after" : null),
  },
  {
    name: "KV writes fail now and then",
    weight: 2,
    lasts: "step",
    fate: ({ kind }, dice) =>
      kind === "kv-write" && dice.happens(2 * ODDS) ? dice.one(["before", "after"] as const) : null,
  },
  {
    name: "KV answers are a minute old",
    weight: 3,
    lasts: "step",
    fate: ({ kind }, dice) => (kind === "kv-read" && dice.happens(0.5) ? "stale" : null),
  },
  {
    name: "KV writes are refused for a day",
    weight: 0.3,
    lasts: "day",
    fate: ({ kind }) => (kind === "kv-write" ? "refused" : null),
  },
  {
    name: "the process dies",
    weight: 3,
    lasts: "step",
    fate: ({ number }, _dice, step) => (number === step.below(LAST_OPERATION) ? "death" : null),
  },
];

/** When a fault that began at a time is over. */
export const endOf = ({ lasts }: Fault, nowMs: number): number =>
  lasts === "day" ? (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS : nowMs;
