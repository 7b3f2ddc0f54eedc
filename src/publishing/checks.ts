import { fail, ok, type Result } from "../model/result.ts";
import { type Attributed, type Policy, reachOf } from "./draft.ts";

/** Rejects duplicate ids: KV allows one write a second to a key, and could keep either article. */
export function eachIdOnce(inputs: readonly Result<Attributed>[]): Result<Attributed>[] {
  const ids = new Set<string>();
  return inputs.map((input) => {
    if (!input.ok) return input;
    const { id } = input.value;
    if (ids.has(id)) {
      return fail({ tag: "invalid", errors: [{ path: "id", message: "is a duplicate id in this batch" }] });
    }
    ids.add(id);
    return input;
  });
}

/** Rejects articles of organizations that the actor may not act for, whether or not they exist. */
export function withinReach(inputs: readonly Result<Attributed>[], { actor }: Policy): Result<Attributed>[] {
  return inputs.map((input) => {
    if (!input.ok) return input;
    const { organizations } = input.value;
    const reach = reachOf(actor, organizations);
    const covered = reach === null || organizations.every((slug) => reach.includes(slug));
    return covered ? ok(input.value) : fail({ tag: "forbidden" });
  });
}
