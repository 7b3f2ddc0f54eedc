import type { Evidence, OpenQuestion, PageFields, ParsedPage } from "../parsed-page.ts";

/** A field out of a page's tags, or out of its text where no tag says it. */
export interface Field {
  article: PageFields;
  evidence: Evidence | null;
  openQuestions: OpenQuestion[];
  ambiguities: ParsedPage["ambiguities"];
}

/** A field as the page's text has it. */
export function ofText(
  text: ParsedPage,
  field: "title" | "published_at" | "authors" | "source" | "language",
): Field {
  const { published_precision } = text.article;
  const date = field === "published_at" && published_precision ? { published_precision } : {};
  const value = text.article[field];
  return {
    article: { ...(value === undefined ? {} : { [field]: value }), ...date },
    evidence: text.evidence[field] ?? null,
    openQuestions: text.doubts.filter((question) => question.field === field),
    ambiguities: text.ambiguities.filter((ambiguity) => ambiguity.field === field),
  };
}
