import type { ArticleFields } from "../model/article.ts";
import type { Line } from "./lines.ts";

/** The line that a field was understood from: its number, counted from 1, and its text or the beginning of it. */
export interface Place {
  line: number;
  text: string;
}

/** A field of an article that a document tells. */
export type Told =
  | "title"
  | "published_at"
  | "authors"
  | "source"
  | "content_text"
  | "language"
  | "organizations";

/** What a document does not say, or not surely, and why. */
export interface OpenQuestion {
  field: Told;
  reason: string;
}

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
