import { LIMITS } from "./limits.ts";
import { type FieldError, fail, ok, type Result } from "./result.ts";

/** What a filter looks at in an article. */
export interface FilterInput {
  organizations: readonly string[];
  tags: readonly string[];
  authors: readonly string[];
  language: string;
  /** Title, summary and content as plain text. */
  text: string;
}

/** The fields of an article that a filter may name, in the order in which a filter is written. */
const FIELDS = ["organization", "tag", "author", "language", "q"] as const;
type Field = (typeof FIELDS)[number];

/** The parameters of an address's query that a filter is read from. */
export const FILTER_PARAMETERS: ReadonlySet<string> = new Set([...FIELDS, "exclude"]);

/** Values by field. An article matches a field with any of its values (`q`: with all of them). */
type Conditions = Partial<Record<Field, string[]>>;

/** A filter matches articles that match every included field and no excluded value. */
export interface Filter {
  include: Conditions;
  exclude: Conditions;
}

/**
 * Reads a filter from an address's query: `organization`, `tag`, `author`, `language` and `q`, with values
 * separated by commas or given again, and `exclude` with values written `tag:sport` or, as a word, `sport`.
 * Equal filters come out equal, however they were written.
 */
export function parseFilter(query: URLSearchParams): Result<Filter> {
  const conditions: Filter = { include: {}, exclude: {} };
  const given = Map.groupBy(query, ([name]) => name);
  const errors = [...given].flatMap(([name, pairs]) =>
    read(
      name,
      pairs.flatMap(([, value]) => value.split(",")),
      conditions,
    ),
  );
  const filter = { include: ordered(conditions.include), exclude: ordered(conditions.exclude) };
  errors.push(...boundErrors(filter));
  return errors.length > 0 ? fail({ tag: "malformed-query", errors }) : ok(filter);
}

/** The filter of one value that is included: a text without a comma. */
export const filterOf = (field: Exclude<Field, "q">, value: string): Filter => ({
  include: { [field]: [folded(value.trim())] },
  exclude: {},
});

/** Adds the values of one parameter. Returns what is wrong with it. */
function read(name: string, texts: readonly string[], { include, exclude }: Filter): FieldError[] {
  if (name !== "exclude" && !isField(name)) {
    return [{ path: name, message: `is no filter; there are ${FIELDS.join(", ")} and exclude` }];
  }
  const values = texts.map((text) => folded(text.trim())).filter((value) => value !== "");
  const given = values.flatMap((value) => (name === "q" ? wordsIn(value) : [value]));
  const said = given.map((value): [Field, string] => (isField(name) ? [name, value] : excluded(value)));
  const wanted = said.filter(([, value]) => value !== "");
  if (wanted.length === 0) return [{ path: name, message: "must not be empty" }];
  for (const [field, value] of wanted) addTo(isField(name) ? include : exclude, field, value);
  return [];
}

const isField = (name: string): name is Field => (FIELDS as readonly string[]).includes(name);

/** `tag:sport` is a tag; `sport`, or `what:ever` when `what` is no field, is a phrase. */
function excluded(value: string): [Field, string] {
  const colon = value.indexOf(":");
  const field = value.slice(0, Math.max(colon, 0));
  if (isField(field) && field !== "q" && colon < value.length - 1)
    return [field, value.slice(colon + 1).trim()];
  return ["q", wordsIn(field === "q" ? value.slice(colon + 1) : value).join(" ")];
}

function addTo(conditions: Conditions, field: Field, value: string): void {
  conditions[field] ??= [];
  conditions[field].push(value);
}

/** Fields in their order, each with its values sorted and without duplicates. */
function ordered(conditions: Conditions): Conditions {
  const named = FIELDS.flatMap((field) => (conditions[field] ? [[field, conditions[field]] as const] : []));
  return Object.fromEntries(named.map(([field, values]) => [field, [...new Set(values)].sort()]));
}

function boundErrors({ include, exclude }: Filter): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of FIELDS) {
    const values = [...(include[field] ?? []), ...(exclude[field] ?? [])];
    const most = field === "organization" ? LIMITS.FILTER_ORGANIZATIONS : LIMITS.FILTER_VALUES;
    if (values.length > most) errors.push({ path: field, message: `at most ${most} values` });
    if (values.some((value) => value.length > LIMITS.NAME_CHARACTERS)) {
      errors.push({ path: field, message: `a value has at most ${LIMITS.NAME_CHARACTERS} characters` });
    }
  }
  for (const tag of include.language ?? []) {
    if (!/^[a-z]{2,8}(-[a-z0-9]{1,8})*$/.test(tag)) {
      errors.push({ path: "language", message: `${tag} is not a language tag, such as en or az-Latn` });
    }
  }
  return errors;
}

/**
 * A filter as a query string without `?`. Equal filters have equal queries. A colon is not encoded (RFC 3986 §3.4 allows
 * it), so that `exclude=language:ru` is written as people write it.
 */
export function filterQuery({ include, exclude }: Filter): string {
  const given = FIELDS.flatMap((field) => {
    const values = include[field];
    return values ? [`${field}=${values.map(encoded).join(",")}`] : [];
  });
  const not = excludedIn(exclude).map(encoded);
  return [...given, ...(not.length > 0 ? [`exclude=${not.join(",")}`] : [])].join("&");
}

const encoded = (text: string): string => encodeURIComponent(text).replaceAll("%3A", ":");

/** Excluded values as they are written: `tag:sport`, or a phrase. */
const excludedIn = (exclude: Conditions, fields: readonly Field[] = FIELDS): string[] =>
  fields.flatMap((field) =>
    (exclude[field] ?? []).map((value) => (field === "q" ? value : `${field}:${value}`)),
  );

/**
 * What a filter chooses but for organizations, for a title in any language: `heritage, −language:ru`. Empty when it names
 * only organizations.
 */
export function filterText({ include, exclude }: Filter): string {
  const fields = FIELDS.filter((field) => field !== "organization");
  const wanted = fields.flatMap((field) => include[field] ?? []);
  return [...wanted, ...excludedIn(exclude, fields).map((value) => `−${value}`)].join(", ");
}

/** Returns true when an article matches a filter. */
export function matches(filter: Filter, input: FilterInput): boolean {
  const article = folding(input);
  const { include, exclude } = filter;
  return (
    FIELDS.every((field) => {
      const values = include[field];
      if (!values) return true;
      const fits = (value: string) => FITS[field](article, value);
      return field === "q" ? values.every(fits) : values.some(fits);
    }) && !FIELDS.some((field) => exclude[field]?.some((value) => FITS[field](article, value)))
  );
}

/** For each field: whether an article matches a value. */
const FITS: Readonly<Record<Field, (article: Folding, value: string) => boolean>> = {
  organization: (article, value) => article.input.organizations.includes(value),
  tag: (article, value) => article.tags.has(value),
  author: (article, value) => article.authors.has(value),
  // RFC 4647 §3.3.1, basic filtering: `en` fits en-GB.
  language: ({ input }, value) => `${input.language.toLowerCase()}-`.startsWith(`${value}-`),
  q: ({ words, text }, value) => (value.includes(" ") ? holds(text, value) : words.has(value)),
};

/** An article prepared for comparison. Each part is folded on first use, and only once. */
class Folding {
  readonly input: FilterInput;
  #tags?: ReadonlySet<string>;
  #authors?: ReadonlySet<string>;
  #words?: ReadonlySet<string>;
  #text?: string;

  constructor(input: FilterInput) {
    this.input = input;
  }

  get tags(): ReadonlySet<string> {
    this.#tags ??= new Set(this.input.tags.map(folded));
    return this.#tags;
  }

  get authors(): ReadonlySet<string> {
    this.#authors ??= new Set(this.input.authors.map(folded));
    return this.#authors;
  }

  get words(): ReadonlySet<string> {
    this.#words ??= new Set(this.text.match(WORD));
    return this.#words;
  }

  get text(): string {
    this.#text ??= folded(this.input.text).replace(/\s+/g, " ");
    return this.#text;
  }
}

/**
 * The article that was compared last: one article is compared with the filters of many webhooks. Not a WeakMap of all: V8's
 * young collections would keep what its values refer to, which is the documents that articles are read from.
 */
let latest: Folding | null = null;

function folding(input: FilterInput): Folding {
  if (latest?.input !== input) latest = new Folding(input);
  return latest;
}

/** Returns true when a text contains a phrase of whole words. */
function holds(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at)) {
    if (startsWord(text, at) && !LETTER.test(characterAt(text, at + words.length))) return true;
    // The next match starts at another word. Without this step, `aaaa…` would be compared at every letter.
    NOT_LETTER.lastIndex = at;
    at = NOT_LETTER.exec(text)?.index ?? text.length;
  }
  return false;
}

function startsWord(text: string, at: number): boolean {
  // Two code units are enough to see a letter beyond the basic plane whole.
  return !LETTER_BEFORE.test(text.slice(Math.max(at - 2, 0), at));
}

const characterAt = (text: string, at: number): string => String.fromCodePoint(text.codePointAt(at) ?? 0);

const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const LETTER = /^[\p{L}\p{N}\p{M}]/u;
const LETTER_BEFORE = /[\p{L}\p{N}\p{M}]$/u;
const NOT_LETTER = /[^\p{L}\p{N}\p{M}]/gu;

/** Letters that differ only in case, or in how they are encoded, are the same. */
const folded = (text: string): string =>
  ASCII.test(text) ? text.toLowerCase() : composed(composed(text).toLowerCase());

const ASCII = /^[\0-\x7f]*$/;

/**
 * Normalization Form C. Drops the marks on a letter beyond the thirtieth (Unicode Standard Annex #15, "Stream-Safe
 * Text Format"): sorting a long run of marks takes quadratic time.
 */
const composed = (text: string): string => text.replace(MANY_MARKS, "$1").normalize("NFC");

const MANY_MARKS = /(\p{M}{30})\p{M}+/gu;

const wordsIn = (text: string): string[] => folded(text).match(WORD) ?? [];

/** Whether an article matches a filter that is a query string, as a webhook keeps it. */
export function fits(filter: string, input: FilterInput): boolean {
  const read = parseFilter(new URLSearchParams(filter));
  return read.ok && matches(read.value, input);
}
