import * as v from "valibot";
import { digest } from "./digest.ts";
import { calledAddress } from "./text.ts";
import { timestamp } from "./time.ts";

/** The body of a request that adds a source of the whole service. `store/source-address.ts` checks its address. */
export const SourceInput = v.strictObject({ url: calledAddress });

/** A feed of another publisher that is followed, and for whom. */
export const Source = v.object({
  id: v.string(),
  url: v.string(),
  organizations: v.pipe(v.array(v.string()), v.description("Those that name it.")),
  whole_service: v.pipe(
    v.boolean(),
    v.description("Its articles are also of the organizations that their texts name."),
  ),
});
export type Source = v.InferOutput<typeof Source>;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A source as the API shows it, with its status. */
export const ShownSource = v.object({
  ...Source.entries,
  state: v.pipe(
    v.picklist(["active", "failing", "gone"]),
    v.description("`failing`: the last fetch came to nothing. `gone`: its publisher has ended it (410)."),
  ),
  title: v.pipe(v.nullable(v.string()), v.description("What it calls itself.")),
  address: v.pipe(
    v.string(),
    v.description("Where it is fetched: another address than `url` when it has moved for good."),
  ),
  last_fetch_at: v.nullable(timestamp),
  last_status: v.nullable(v.number()),
  next_fetch_at: v.nullable(timestamp),
  error: v.nullable(v.string()),
  push: v.pipe(
    v.nullable(
      v.object({
        hub: v.string(),
        lease_ends_at: v.nullable(timestamp),
        last_push_at: v.nullable(timestamp),
      }),
    ),
    v.description(
      "The subscription at the hub that it names (WebSub). While that works, it is polled once a day. `lease_ends_at` is null until the hub confirms.",
    ),
  ),
  items_seen: count,
  items_published: count,
  items_waiting: v.pipe(count, v.description("Still to be published.")),
  items_unattributed: v.pipe(count, v.description("In whose texts no organization was found.")),
  items_refused: v.pipe(count, v.description("That cannot stand in a feed.")),
});
export type ShownSource = v.InferOutput<typeof ShownSource>;

/** A source's id: always the same for an address. */
export async function sourceId(url: string): Promise<string> {
  return `src_${await digest(url)}`;
}
