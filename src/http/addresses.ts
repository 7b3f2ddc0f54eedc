import * as v from "valibot";
import type { FormatName } from "../feeds/formats.ts";
import { slug } from "../model/slug.ts";

/** Parameters that trackers, campaigns and cache busters add to an address. A name that ends in `*` stands for all that begin so. */
export const TRACKERS: readonly string[] = [
  "utm_*",
  "mtm_*",
  "pk_*",
  "hsa_*",
  "fb_*",
  "fbclid",
  "gclid",
  "gbraid",
  "wbraid",
  "gad_source",
  "gad_campaignid",
  "dclid",
  "srsltid",
  "msclkid",
  "yclid",
  "ysclid",
  "twclid",
  "ttclid",
  "igsh",
  "igshid",
  "li_fat_id",
  "mc_cid",
  "mc_eid",
  "mkt_tok",
  "_ga",
  "_gl",
  "_hsenc",
  "_hsmi",
  "ref",
  "ref_src",
  "ref_url",
  "v",
  "ver",
  "ts",
  "cb",
  "nocache",
  "_",
];

/**
 * The words of which people and other systems make the addresses of feeds, with the format that each names: WordPress has
 * `/feed/atom`, Hugo `/index.xml`, others `/rss` or `/atom.xml`. Where no word names one, it is RSS, which every reader reads.
 */
const FEED_WORDS: Readonly<Record<string, FormatName | null>> = {
  feed: null,
  feeds: null,
  index: null,
  xml: null,
  rss: "rss",
  rss2: "rss",
  rdf: "rss",
  atom: "atom",
  json: "json",
  jsonfeed: "json",
};

/** The file name of the feed that the end of an address names: `feed.atom` for `Atom.xml`; null if it names none. */
function feedFile(ending: string): string | null {
  const words = ending.toLowerCase().split(/[./]/);
  if (words.length > 3 || words.join() === "index") return null;
  if (!words.every((word) => Object.hasOwn(FEED_WORDS, word))) return null;
  const [format = "rss", ...others] = new Set(words.flatMap((word) => FEED_WORDS[word] ?? []));
  return others.length === 0 ? `feed.${format}` : null;
}

/** A feed's file name, or any other in lower case. */
const file = (ending: string): string => feedFile(ending) ?? lower(ending);

/** In lower case, but for what is encoded. */
const lower = (text: string): string => (text.includes("%") ? text : text.toLowerCase());

/** What is taken as it is: the console, the API and addresses for programs; and the place of articles, where there is no page. */
const EXACT = /^\/+((admin|api\/+v1|cdn-cgi|health|hub|metrics|webhooks|websub)(\/|$)|articles\/*$)/i;

/** A form of path, and the path that it stands for, of its parts; null if it is none of this kind after all. */
type Rule = readonly [form: RegExp, path: (parts: string[]) => string | null];

/** The first rule that has a path for an address counts. Ids and keys keep their case; everything else is in lower case. */
const RULES: readonly Rule[] = [
  [
    /^\/private\/([^/]+)\/([^/]+)\/articles\/([^/]+)$/i,
    ([key, name = "", id]) => `/private/${key}/${lower(name)}/articles/${id}`,
  ],
  [
    /^\/private\/([^/]+)\/([^/]+)\/(.+)$/i,
    ([key, name = "", ending = ""]) => `/private/${key}/${lower(name)}/${file(ending)}`,
  ],
  [/^\/(articles|private)((?:\/.*)?)$/i, ([first = "", ids]) => `/${lower(first)}${ids}`],
  // A feed of several organizations, unless it is the name of one: /json is its page.
  [/^\/(.+)$/, ([ending = ""]) => (v.is(slug, lower(ending)) ? null : prefixed("/", feedFile(ending)))],
  // As GitHub and Mastodon write it: /icesco.atom
  [
    /^\/([^/.]+)\.([^/]+)$/,
    ([name = "", ending = ""]) =>
      v.is(slug, lower(name)) ? prefixed(`/${lower(name)}/`, feedFile(ending)) : null,
  ],
  [/^\/([^/]+)\/(.+)$/, ([name = "", ending = ""]) => `/${lower(name)}/${file(ending)}`],
  [/^(\/.*)$/, ([path = ""]) => lower(path)],
];

const prefixed = (prefix: string, name: string | null): string | null => name && prefix + name;

/**
 * The one form of an address that is typed or copied in another: with capitals, a slash at the end, a usual name of a feed,
 * or the parameters of a tracker. Other parameters stay as they are: a misspelt filter is an error, not to be dropped.
 * @param path as in a URL, with its slash
 * @param search the query with its `?`, or nothing
 * @returns a path with its query, on the same host; null if the address has that form, or stands for itself
 */
export function canonicalAddress(path: string, search: string): string | null {
  if (EXACT.test(path)) return null;
  const tidy = `/${path.split("/").filter(Boolean).join("/")}`;
  const kept = search
    .slice(1)
    .split("&")
    .filter((pair) => pair !== "" && !isTracker(pair));
  const query = kept.length > 0 ? `?${kept.join("&")}` : "";
  const address = oneFormOf(tidy) + query;
  return address === path + search ? null : address;
}

/** What a path stands for in the end: what one rule makes of it can be a form that another one knows. */
function oneFormOf(tidy: string): string {
  let path = tidy;
  for (let step = 0; step < RULES.length; step++) {
    const next = pathOf(path);
    if (next === path) break; // as nearly every address that is asked for
    path = next;
  }
  return path;
}

function pathOf(tidy: string): string {
  for (const [form, path] of RULES) {
    const [, ...parts] = form.exec(tidy) ?? [];
    const found = parts.length > 0 ? path(parts) : null;
    if (found !== null) return found;
  }
  return tidy;
}

function isTracker(pair: string): boolean {
  const [name = ""] = [...new URLSearchParams(pair).keys()].map((key) => key.toLowerCase());
  return TRACKERS.some((tracker) =>
    tracker.endsWith("*") ? name.startsWith(tracker.slice(0, -1)) : name === tracker,
  );
}
