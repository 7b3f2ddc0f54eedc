import { type Filter, filterQuery, parseFilter } from "../model/filter.ts";
import { fail, ok, type Result } from "../model/result.ts";
import { type Format, formatNamed } from "./formats.ts";

/** Which organizations' documents make a feed, and what of them is wanted. */
export interface Choice {
  filter: Filter;
  /** Those that are shown, then those that are read only to know what is to be left out. */
  organizations: string[];
}

/**
 * What is asked for by the query of a feed's address.
 * @param of the organization in the path; null for `/feed.…`
 */
export function choiceOf(of: string | null, query: URLSearchParams): Result<Choice> {
  const filter = parseFilter(query);
  if (!filter.ok) return filter;
  const { include, exclude } = filter.value;
  const named = include.organization ?? [];
  if (of !== null && named.length > 0) {
    return wrong("is in the path already; several organizations are at /feed");
  }
  if (of === null && named.length === 0) return wrong("must name at least one");
  const organizations = [...(of === null ? named : [of]), ...(exclude.organization ?? [])];
  return ok({ filter: filter.value, organizations: [...new Set(organizations)] });
}

const wrong = (message: string) =>
  fail({ tag: "malformed-query", errors: [{ path: "organization", message }] });

/** A feed that can be subscribed to: what WebSub calls a topic. */
export interface Topic {
  /** The feed's own address, in the one form in which the feed names it. */
  address: string;
  format: Format;
  /** The feed's address without its ending and query: `/icesco/feed`, or `/feed`. */
  path: string;
  /** Null for an organization's whole feed. */
  filter: Filter | null;
  /** The documents that it is made of. */
  organizations: string[];
}

const TOPIC_PATH = /^\/(?:([a-z0-9-]+)\/)?feed\.(\w+)$/;

/** The topic at an address; null when no feed names this address as its own. */
export function topicAt(address: string, publicUrl: string): Topic | null {
  if (!address.startsWith(`${publicUrl}/`)) return null;
  const [path = "", query, ...more] = address.slice(publicUrl.length).split("?");
  const [, of, ending = ""] = TOPIC_PATH.exec(path) ?? [];
  const format = formatNamed(ending);
  if (!format || more.length > 0) return null;
  const feed = of === undefined ? "/feed" : `/${of}/feed`;
  if (query === "") return null;
  if (query === undefined) {
    return of === undefined ? null : { address, format, path: feed, filter: null, organizations: [of] };
  }
  const choice = choiceOf(of ?? null, new URLSearchParams(query));
  if (!choice.ok || filterQuery(choice.value.filter) !== query) return null;
  return { address, format, path: feed, ...choice.value };
}

/**
 * The topic at an address, also at one of before the service moved to another `PUBLIC_URL`, or before 26 November 2026, when
 * a colon in a query was encoded. Its `address` is always the current one.
 */
export function knownTopicAt(address: string, publicUrl: string): Topic | null {
  const origin = URL.canParse(address) ? new URL(address).origin : "";
  const path = address.startsWith(`${origin}/`) ? address.slice(origin.length) : "";
  return topicAt(address, publicUrl) ?? topicAt(publicUrl + path.replaceAll("%3A", ":"), publicUrl);
}

/** The organizations whose news are news to the topic's subscribers. */
export function shownIn({ organizations, filter }: Topic): string[] {
  return organizations.filter((slug) => !filter?.exclude.organization?.includes(slug));
}
