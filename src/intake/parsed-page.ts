import * as v from "valibot";
import type { ArticleFields } from "../model/article.ts";
import type { Line } from "./lines.ts";

/** The line that a field comes from: its number, counted from 1, and the beginning of its text. */
export const Place = v.object({ line: v.number(), text: v.string() });
export type Place = v.InferOutput<typeof Place>;

/** A field of an article that a document can have. */
export const PageField = v.picklist([
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
export type PageField = v.InferOutput<typeof PageField>;

/** A field that a document lacks or that is uncertain, and why. */
export const OpenQuestion = v.object({ field: PageField, reason: v.string() });
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

/** The fields of an article that a document can have. */
export type PageFields = Partial<
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

/** The article found in a page, and the evidence for each field. `doubts` are the open questions. */
export interface ParsedPage {
  article: PageFields;
  understood: Partial<Record<PageField, Place[]>>;
  evidence: Partial<Record<PageField, Evidence>>;
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

/** What is known about a page besides its content. */
export interface PageContext {
  /** The time now; no later day is one of publication. */
  nowMs?: number;
  /** When the page was copied, in RFC 3339: "3 hours ago" counts from it. */
  copiedAt?: string | null;
  /** Publishers, by the names that `namesOf` asks for. */
  publishers?: ReadonlyMap<string, KnownPublisher>;
}

/** Some fields, the lines that they come from, and what stays open. */
export interface FoundFields {
  article: PageFields;
  lines: Line[];
  openQuestions: OpenQuestion[];
  ambiguities: Ambiguity[];
  sure: Evidence["sure"];
}

/** A field that the document does not have. */
export const notFound = (...openQuestions: OpenQuestion[]): FoundFields => ({
  article: {},
  lines: [],
  openQuestions,
  ambiguities: [],
  sure: "likely",
});
