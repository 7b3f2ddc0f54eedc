import { LIMITS } from "./limits.ts";
import { type FieldError, fail, ok, type Result } from "./result.ts";

/** What a filter looks at in an article. */
export interface Subject {
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

/** Values by field. Of one field any may fit (of `q` all must); fields that are not named fit everything. */
type Conditions = Partial<Record<Field, readonly string[]>>;

/** Which articles are wanted: those that every included field fits and no excluded value does. */
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
  const errors = [...new Set(query.keys())].flatMap((name) => read(query, name, conditions));
  const filter = { include: ordered(conditions.include), exclude: ordered(conditions.exclude) };
  errors.push(...boundErrors(filter));
  return errors.length > 0 ? fail({ tag: "malformed-query", errors }) : ok(filter);
}

/** Adds what one parameter says; returns what is wrong with it. */
function read(query: URLSearchParams, name: string, { include, exclude }: Filter): FieldError[] {
  if (name !== "exclude" && !isField(name)) {
    return [{ path: name, message: `is no filter; there are ${FIELDS.join(", ")} and exclude` }];
  }
  const given = valuesOf(query, name).flatMap((value) => (name === "q" ? wordsIn(value) : [value]));
  const said = given.map((value): [Field, string] => (isField(name) ? [name, value] : excluded(value)));
  const wanted = said.filter(([, value]) => value !== "");
  if (wanted.length === 0) return [{ path: name, message: "must not be empty" }];
  for (const [field, value] of wanted) addTo(isField(name) ? include : exclude, field, value);
  return [];
}

const isField = (name: string): name is Field => (FIELDS as readonly string[]).includes(name);

function valuesOf(query: URLSearchParams, name: string): string[] {
  const values = query.getAll(name).flatMap((value) => value.split(","));
  return values.map((value) => folded(value.trim())).filter((value) => value !== "");
}

/** `tag:sport` is a tag; `sport`, and `what:ever` where `what` is no field, are words next to each other. */
function excluded(value: string): [Field, string] {
  const colon = value.indexOf(":");
  const field = value.slice(0, Math.max(colon, 0));
  if (isField(field) && field !== "q" && colon < value.length - 1)
    return [field, value.slice(colon + 1).trim()];
  return ["q", wordsIn(field === "q" ? value.slice(colon + 1) : value).join(" ")];
}

function addTo(conditions: Conditions, field: Field, value: string): void {
  conditions[field] = [...(conditions[field] ?? []), value];
}

/** The fields in their order, the values of each sorted and once. */
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

/** A filter as the query of an address, without `?`: one text for all equal filters. */
export function filterQuery({ include, exclude }: Filter): string {
  const given = FIELDS.flatMap((field) => {
    const values = include[field];
    return values ? [`${field}=${values.map(encodeURIComponent).join(",")}`] : [];
  });
  const not = FIELDS.flatMap((field) =>
    (exclude[field] ?? []).map((value) => encodeURIComponent(field === "q" ? value : `${field}:${value}`)),
  );
  return [...given, ...(not.length > 0 ? [`exclude=${not.join(",")}`] : [])].join("&");
}

/** Whether an article is wanted. */
export function matches(filter: Filter, subject: Subject): boolean {
  const { include, exclude } = filter;
  return (
    FIELDS.every((field) => {
      const values = include[field];
      if (!values) return true;
      return field === "q" ? values.every(fits(field, subject)) : values.some(fits(field, subject));
    }) && !FIELDS.some((field) => exclude[field]?.some(fits(field, subject)))
  );
}

function fits(field: Field, subject: Subject): (value: string) => boolean {
  switch (field) {
    case "organization":
      return (value) => subject.organizations.includes(value);
    case "tag":
      return (value) => subject.tags.some((tag) => folded(tag) === value);
    case "author":
      return (value) => subject.authors.some((author) => folded(author) === value);
    case "language":
      // RFC 4647 §3.3.1, basic filtering: `en` fits en-GB.
      return (value) => `${subject.language.toLowerCase()}-`.startsWith(`${value}-`);
    case "q": {
      const text = folded(subject.text).replace(/\s+/g, " ");
      return (value) => holds(text, value);
    }
  }
}

/** Whether a text holds a word, or words, as a whole: `art` is not in `party`. */
function holds(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    // Two code units are enough to see a letter beyond the basic plane whole.
    const before = text.slice(Math.max(at - 2, 0), at);
    const after = text.slice(at + words.length, at + words.length + 2);
    if (!LETTER_BEFORE.test(before) && !LETTER_AFTER.test(after)) return true;
  }
  return false;
}

const LETTER_BEFORE = /[\p{L}\p{N}\p{M}]$/u;
const LETTER_AFTER = /^[\p{L}\p{N}\p{M}]/u;

/** Letters that differ only in case, or in how they are encoded, are the same. */
const folded = (text: string): string => text.normalize("NFC").toLowerCase().normalize("NFC");

const wordsIn = (text: string): string[] => folded(text).match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
