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
]);
export type Told = v.InferOutput<typeof Told>;

/** What a document does not say, or not surely, and why. */
export const OpenQuestion = v.object({ field: Told, reason: v.string() });
export type OpenQuestion = v.InferOutput<typeof OpenQuestion>;

/** The fields of an article that a document can tell. */
export type ToldFields = Partial<
  Pick<
    ArticleFields,
    "title" | "published_at" | "published_precision" | "authors" | "source" | "content_text" | "language"
  >
>;

/** The article that a document seems to be, with the lines that say so. */
export interface Understanding {
  article: ToldFields;
  understood: Partial<Record<Told, Place[]>>;
  doubts: OpenQuestion[];
  /** Lines of the page that are no part of the article. */
  left_out: Place[];
}

/** Some fields as they were understood: from which lines, and what stays open. */
export interface Part {
  article: ToldFields;
  lines: Line[];
  doubts: OpenQuestion[];
}
