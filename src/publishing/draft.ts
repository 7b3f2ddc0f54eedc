import type { SafeArticle } from "../feeds/item.ts";
import type { ArticleFields } from "../model/article.ts";
import type { Attribution } from "../model/attribution.ts";
import type { Place } from "../model/line.ts";
import type { Failure } from "../model/result.ts";
import type { Principal } from "../model/token.ts";
import type { RenderedOffer } from "../objects/channel/decide.ts";
import type { Once } from "../objects/directory/idempotency.ts";

/** Who publishes: a caller of the API, or the service itself, for the operator or for the organizations of each article. */
export type Actor = Principal | { kind: "service"; onBehalfOf: "operator" | "organizations" };

/** How a door publishes. */
export interface Policy {
  actor: Actor;
  /** Whether webhooks are told of it. */
  notify: boolean;
  /**
   * `statement`: a publisher says it now; its dates are decided here, and its record is written before channels hear of it.
   * `export`: it stood like this elsewhere; its dates and places are believed, what is newer here is kept, and its record
   * is written after the channels have it: the sweep would announce a record that no channel knows.
   * `record`: it stands in KV already, where the operator put it.
   */
  source: "statement" | "export" | "record";
  /** How many channels one call may reach; the other articles are left for later. `alone`: one may reach more by itself. */
  channels?: { most: number; alone: boolean };
}

/** What a door wants to have published. */
export interface Input {
  id: string;
  /** Who made the id: whoever publishes, the service from what it is about, or chance a moment ago. */
  idBy: "publisher" | "service" | "chance";
  /** What the article says; null withdraws it. Without organizations, those that its text names are found. */
  fields: ArticleFields | null;
  /** The evidence, where the service has found the organizations that `fields` name. */
  evidence?: Attribution[];
  /** The request, if it must be carried out once. */
  once?: Once;
  /** Where an exported article stood, by organization. */
  places?: Record<string, Place>;
  /** It has left the organizations of `places`; what it says now comes in another line. */
  departed?: boolean;
  /** Of a record: whether another program wrote it, and which organizations it named when it was met last. */
  record?: { foreign: boolean; formerOrganizations: readonly string[] };
}

/** An input whose organizations are known; a withdrawal has none of its own. */
export interface Attributed extends Input {
  organizations: string[];
}

/** An article as it is to stand, rendered and ready to be written. */
export interface Draft {
  input: Attributed;
  article: SafeArticle;
  version: string;
  before: SafeArticle | null;
  /** `kept`: what stands here is newer, and stays. */
  outcome: "created" | "updated" | "unchanged" | "kept";
  /** The organizations whose channels must hear of it: those it names, and those it has left. */
  channels: string[];
  /** Null when no channel is to hear of it. */
  offer: RenderedOffer | null;
  /** Whether its record is to be written. */
  write: boolean;
}

/** A draft that may be written. */
export interface Claimed extends Draft {
  /** The organization whose channel knows what stands at the id, where KV may not show it yet. */
  askChannel: string | null;
  settled: boolean;
  replayed: boolean;
  /** The request that runs now, and must be carried out once. */
  held: Once | null;
}

/** What came of an input. */
export interface Published extends Pick<Draft, "article" | "outcome"> {
  /** The organizations to which it was news: none when all of it was known. */
  changed: string[];
  /** False when KV may be late, so that the same record must be handed over again. */
  settled: boolean;
  /** The request was carried out before: this is what it was answered then. */
  replayed: boolean;
}

/** Says that an article may be half published. */
export const unavailable = (organizations: readonly string[] = []): Failure => ({
  tag: "unavailable",
  detail: "The article could not be stored and announced everywhere. Send it again: nothing is done twice.",
  retryAfterSeconds: 2,
  organizations,
});

/** The organizations that an actor may act for, when it publishes for some; null: all. */
export function reachOf(actor: Actor, organizations: readonly string[]): readonly string[] | null {
  if (actor.kind === "token") return actor.organizations;
  return actor.kind === "service" && actor.onBehalfOf === "organizations" ? organizations : null;
}
