import type { Evidence, OpenQuestion, ToldFields, Understanding } from "../understanding.ts";

/** A field out of a page's tags, or out of its text where no tag says it. */
export interface Field {
  article: ToldFields;
  evidence: Evidence | null;
  doubts: OpenQuestion[];
  ambiguities: Understanding["ambiguities"];
}

/** A field as the page's text has it. */
export function ofText(
  text: Understanding,
  field: "title" | "published_at" | "authors" | "source" | "language",
): Field {
  const { published_precision } = text.article;
  const date = field === "published_at" && published_precision ? { published_precision } : {};
  const value = text.article[field];
  return {
    article: { ...(value === undefined ? {} : { [field]: value }), ...date },
    evidence: text.evidence[field] ?? null,
    doubts: text.doubts.filter((doubt) => doubt.field === field),
    ambiguities: text.ambiguities.filter((ambiguity) => ambiguity.field === field),
  };
}
