/** What we use of an element: children of which the first counts, repeatable children, and children with their own shape. */
export interface Shape {
  one: ReadonlySet<string>;
  many: ReadonlySet<string>;
  within: Readonly<Record<string, Shape>>;
}

/** The names in a list. */
export const names = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/).filter(Boolean));
const shape = (one: string, many = "", within: Record<string, Shape> = {}): Shape => ({
  one: names(one),
  many: names(many),
  within,
});

const MEDIA_WORDS = "media:title media:description media:keywords";
const MEDIA_LISTS = "media:thumbnail media:credit media:category";
const CONTENT = shape(MEDIA_WORDS, MEDIA_LISTS);
const GROUP = shape(MEDIA_WORDS, MEDIA_LISTS, { "media:content": CONTENT });
/** Dublin Core, Media RSS and podcast elements, in an item of any format. */
const MODULES = `dc:title dc:description dc:date dc:language dcterms:title dcterms:description dcterms:abstract dcterms:created dcterms:issued
  dcterms:available dcterms:date dcterms:modified dcterms:language itunes:author itunes:title itunes:subtitle itunes:summary
  itunes:image itunes:keywords ${MEDIA_WORDS}`;
const MODULE_LISTS = `dc:creator dc:contributor dc:subject dcterms:creator dcterms:contributor dcterms:subject podcast:person ${MEDIA_LISTS}`;
const MODULE_GROUPS = { "media:content": CONTENT, "media:group": GROUP };
const CHANNEL_WORDS = `language dc:language dcterms:language sy:updateperiod sy:updatefrequency itunes:author itunes:new-feed-url`;

const person = (prefix: string): Shape =>
  shape(["name", "uri", "url", "email"].map((name) => prefix + name).join(" "));
const ENTRY_WORDS = names("id title summary content published updated issued created modified");
const entryWords = (prefix: string): string => [...ENTRY_WORDS].map((name) => prefix + name).join(" ");

const RSS_ITEM = shape(
  `title link description guid pubdate source content:encoded xhtml:body xhtml:div ${entryWords("atom:")} ${MODULES}`,
  `author category enclosure atom:link atom:category ${MODULE_LISTS}`,
  { "atom:author": person("atom:"), ...MODULE_GROUPS },
);
const CHANNEL = shape(`title link ttl ${CHANNEL_WORDS}`, "atom:link dc:creator", {
  skiphours: shape("", "hour"),
  item: RSS_ITEM,
});
/** What is read of an RSS feed, from its root on. */
export const RSS = shape("", "", { channel: CHANNEL, item: RSS_ITEM });

const SOURCE = shape("id title", "link", { author: person("") });
const ENTRY = shape(`${entryWords("")} ${MODULES}`, `link category ${MODULE_LISTS}`, {
  author: person(""),
  source: SOURCE,
  ...MODULE_GROUPS,
});
/** What is read of an Atom feed. */
export const ATOM = shape(`title ${CHANNEL_WORDS}`, "link", { author: person(""), entry: ENTRY });
