import * as v from "valibot";
import type { ArticleFields } from "../model/article.ts";
import type { Line } from "./lines.ts";

/** The line that a field was understood from: its number, counted from 1, and its text or the beginning of it. */
export const Place = v.object({ line: v.number(), text: v.string() });
export type Place = v.InferOutput<typeof Place>;

/** A field of an article that a document tells. */
export const Told = v.picklist([
  "title",
  "published_at",
  "authors",
  "source",
  "content_text",
  "language",
  "organizations",
  "url",
  "summary",
  "image",
  "content_html",
]);
export type Told = v.InferOutput<typeof Told>;

/** What a document does not say, or not surely, and why. */
export const OpenQuestion = v.object({ field: Told, reason: v.string() });
export type OpenQuestion = v.InferOutput<typeof OpenQuestion>;

/** A field for which a document offers more than one value, or one that may be something else. */
export const Ambiguity = v.object({
  field: v.picklist(["title", "published_at"]),
  reason: v.string(),
  candidates: v.pipe(v.array(v.string()), v.description("What the page offers, the likeliest first.")),
});
export type Ambiguity = v.InferOutput<typeof Ambiguity>;

/** What a field was taken from, and how sure that is. */
export const Evidence = v.object({
  from: v.pipe(
    v.picklist(["lines", "words", "json-ld", "meta", "element", "article", "address", "request"]),
    v.description(
      "Lines of the text, its words, a tag of the page, its readable part, its address, or the request itself.",
    ),
  ),
  where: v.pipe(v.array(v.string()), v.description('As in `line 3` or `meta[property="og:title"]`.')),
  sure: v.picklist(["certain", "likely", "ambiguous"]),
});
export type Evidence = v.InferOutput<typeof Evidence>;

/** The fields of an article that a document can tell. */
export type ToldFields = Partial<
  Pick<
    ArticleFields,
    | "title"
    | "published_at"
    | "published_precision"
    | "authors"
    | "source"
    | "content_text"
    | "content_html"
    | "language"
    | "url"
    | "summary"
    | "image"
  >
>;

/** The article that a document seems to be, with what says so. */
export interface Understanding {
  article: ToldFields;
  understood: Partial<Record<Told, Place[]>>;
  evidence: Partial<Record<Told, Evidence>>;
  ambiguities: Ambiguity[];
  doubts: OpenQuestion[];
  /** Lines of the page that are no part of the article. */
  left_out: Place[];
}

/** A publisher that is known by a name: of the operator's list, or an organization. */
export interface KnownPublisher {
  name: string;
  listed: boolean;
}

/** What is known besides the document itself. */
export interface Circumstances {
  /** The time now; no later day is one of publication. */
  nowMs?: number;
  /** When the page was copied, in RFC 3339: "3 hours ago" counts from it. */
  copiedAt?: string | null;
  /** Publishers, by the names that `namesOf` asks for. */
  publishers?: ReadonlyMap<string, KnownPublisher>;
}

/** Some fields as they were understood: from which lines, and what stays open. */
export interface Part {
  article: ToldFields;
  lines: Line[];
  doubts: OpenQuestion[];
  ambiguities: Ambiguity[];
  sure: Evidence["sure"];
}

/** A field that the document does not tell. */
export const untold = (...doubts: OpenQuestion[]): Part => ({
  article: {},
  lines: [],
  doubts,
  ambiguities: [],
  sure: "likely",
});
