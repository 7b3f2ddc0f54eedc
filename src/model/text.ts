import * as v from "valibot";
import { LIMITS } from "./limits.ts";

// XML 1.0 §2.2 allows no other control characters, no surrogates and not U+FFFE/FFFF; C1 controls and the
// other noncharacters are allowed but "discouraged", and no reader shows them. U+FFFD says that somebody before us
// could not read what stood there; so does what becomes of a lone surrogate.
const UNWRITABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFD\p{Noncharacter_Code_Point}]/gu;

/** Removes control characters, lone surrogates and noncharacters. NEL becomes a line break. */
export function writable(text: string): string {
  return text.replaceAll("\u0085", "\n").toWellFormed().replace(UNWRITABLE, "");
}

/** Text of several lines as it is stored: writable, with LF line ends, trimmed. */
export const block = (text: string): string => writable(text).replace(/\r\n?/g, "\n").trim();

/** Text of several lines, in the form that {@link block} gives it. */
export const textBlock = (maxCharacters: number) =>
  v.pipe(v.string(), v.transform(block), v.maxLength(maxCharacters));

/** Text of one line: white space folded to single spaces, trimmed; may be empty. */
export const textLine = (maxCharacters: number) =>
  v.pipe(
    v.string(),
    v.transform((text) => writable(text).replace(/\s+/g, " ").trim()),
    v.maxLength(maxCharacters),
  );

/** As {@link textLine}, but not empty. */
export const filledLine = (maxCharacters: number) =>
  v.pipe(textLine(maxCharacters), v.minLength(1, "must not be empty"));

/** Returns true when a text contains white space or control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to refuse
export const hasBlanks = (text: string): boolean => /[\s\u0000-\u001F\u007F-\u009F]/.test(text);

/** An absolute http or https URL to show, normalized by the URL Standard. */
export const webAddress = address((text) => writable(text).trim());

/** An absolute http or https URL to call. */
export const calledAddress = address((text) => text.trim(), hasBlanks);

function address(read: (text: string) => string, isRefused: (text: string) => boolean = () => false) {
  return v.pipe(
    v.string(),
    v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
      const text = read(dataset.value);
      const message = addressFault(text, isRefused);
      if (message === null) return new URL(text).href;
      addIssue({ message });
      return NEVER;
    }),
    v.description("An absolute http or https address."),
  );
}

/** What is wrong with a URL; null when it is valid. Checks the length first: parsing a very long host is slow. */
function addressFault(text: string, isRefused: (text: string) => boolean): string | null {
  if (text.length > LIMITS.URL_CHARACTERS) return `must have at most ${LIMITS.URL_CHARACTERS} characters`;
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) return "must be an absolute http or https URL";
  if (isRefused(text)) return "must not contain white space or control characters";
  // The URL parser removes these.
  if (/[\t\n\r]/.test(text)) return "must not contain tabs or line breaks";
  return url.username || url.password ? "must not carry a user name or a password" : null;
}

/** A language tag (BCP 47) in its canonical form. */
export const languageTag = v.pipe(
  v.string(),
  v.maxLength(LIMITS.TAG_CHARACTERS),
  v.check((tag) => canonicalLanguage(tag) !== null, "must be a language tag (BCP 47), such as en or az-Latn"),
  v.transform((tag) => canonicalLanguage(tag) ?? tag),
  v.description("A language tag (BCP 47), such as `en` or `az-Latn`."),
);

/** The name of a time zone, as the platform knows it. */
export const timeZone = v.pipe(
  v.string(),
  v.maxLength(LIMITS.TAG_CHARACTERS),
  v.check(isTimeZone, "must be a time zone of the IANA database, such as Asia/Baku"),
  v.description(
    "A time zone of the IANA database, such as `Asia/Baku`, for the times on its pages: UTC without it.",
  ),
);

function isTimeZone(name: string): boolean {
  try {
    // `Intl` takes offsets such as +04:00 too. They have no name, and no summer time.
    return /^[a-z]/i.test(name) && new Intl.DateTimeFormat("en", { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

function canonicalLanguage(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}
