import type { SafeArticle } from "../feeds/item.ts";
import type { ArticleFields } from "../model/article.ts";
import type { Attribution } from "../model/attribution.ts";
import type { Place } from "../model/line.ts";
import type { Precondition } from "../model/precondition.ts";
import type { Failure } from "../model/result.ts";
import type { Principal } from "../model/token.ts";
import type { RenderedOffer } from "../objects/channel/decide.ts";
import type { Once } from "../objects/directory/idempotency.ts";

/** Who publishes: an API caller, or the service itself on behalf of the operator or of each article's organizations. */
export type Actor = Principal | { kind: "service"; onBehalfOf: "operator" | "organizations" };

/** A door's policy. */
export interface Policy {
  actor: Actor;
  /** Whether webhooks are notified. */
  notify: boolean;
  /**
   * `statement`: published now. Dates are set here, and the record is written before the channels get the article.
   * `export`: restored. Its dates and places are kept, a newer article here is not overwritten, and the record is
   * written after the channels have the article: the sweep would announce a record that no channel knows.
   * `record`: already in KV, where the operator put it.
   */
  source: "statement" | "export" | "record";
  /** Limit of channels per call; other articles are postponed. `alone`: a single article may exceed the limit. */
  channels?: { most: number; alone: boolean };
}

/** An article to publish, as a door passes it in. */
export interface Input {
  id: string;
  /** Where the id comes from: chosen by the caller, derived from the content, or just generated at random. */
  idBy: "publisher" | "service" | "chance";
  /** The fields of the article; null withdraws it. Without `organizations`, they are searched for in the text. */
  fields: ArticleFields | null;
  /** The evidence, if the service has found the organizations in `fields`. */
  evidence?: Attribution[];
  /** The idempotent request, if it has a key. */
  once?: Once;
  /** What the caller requires of the version that stands. */
  precondition?: Precondition | null;
  /** The places of an exported article, by organization. */
  places?: Record<string, Place>;
  /** The article has left the organizations of `places`. Another line of the export has its current content. */
  departed?: boolean;
  /** For a record: whether another program wrote it, and the organizations that it named when it was last read. */
  record?: { foreign: boolean; formerOrganizations: readonly string[] };
}

/** An input with its organizations; a withdrawal has none. */
export interface Attributed extends Input {
  organizations: string[];
}

/** The resulting article, rendered and ready to be written. */
export interface Draft {
  input: Attributed;
  article: SafeArticle;
  version: string;
  before: SafeArticle | null;
  /** `kept`: the article here is newer and stays. */
  outcome: "created" | "updated" | "unchanged" | "kept";
  /** The organizations whose channels get the article: those it names, and those it has left. */
  channels: string[];
  /** Null if no channel gets the article. */
  offer: RenderedOffer | null;
  /** Whether the record must be written. */
  write: boolean;
}

/** A draft that may be written. */
export interface Claimed extends Draft {
  /** The organization whose channel has the current article, if KV may be out of date. */
  askChannel: string | null;
  /** Former owners, whose channels are told that the article has left them. */
  leaving: readonly string[];
  settled: boolean;
  replayed: boolean;
  /** The idempotent request that is running, if it has a key. */
  held: Once | null;
  /** The version that the Directory has stored; null if it has stored none. */
  claimedVersion: string | null;
}

/** The result of an input. */
export interface Published extends Pick<Draft, "article" | "outcome"> {
  /** The organizations for which something changed. */
  changed: string[];
  /** False if KV may be out of date, so that the record must be handed over again. */
  settled: boolean;
  /** Whether this is the stored response of an earlier request. */
  replayed: boolean;
}

/** The failure for an article that may be partly published. */
export const unavailable = (organizations: readonly string[] = []): Failure => ({
  tag: "unavailable",
  detail: "The article could not be stored and announced everywhere. Send it again: nothing is done twice.",
  retryAfterSeconds: 2,
  organizations,
});

/** The organizations that an actor may act for, when it publishes for the given ones; null for all. */
export function reachOf(actor: Actor, organizations: readonly string[]): readonly string[] | null {
  if (actor.kind === "token") return actor.organizations;
  return actor.kind === "service" && actor.onBehalfOf === "organizations" ? organizations : null;
}
