import type { Decided } from "../model/copied.ts";
import type { Evidence, PageField, PageFields, ParsedPage } from "./parsed-page.ts";

const REQUEST: Evidence = { from: "request", where: [], sure: "certain" };

/** What a page says, where the request does not say it: what it decides is open no more. */
export function decidedBy(request: Decided, page: ParsedPage): ParsedPage {
  const title: PageFields = request.title === undefined ? {} : { title: request.title };
  const date = dateOf(request);
  const decided = new Set<PageField>([
    ...(request.title === undefined ? [] : (["title"] as const)),
    ...(date === null ? [] : (["published_at"] as const)),
  ]);
  if (decided.size === 0) return page;
  const { published_at, published_precision, ...others } = page.article;
  const said = {
    ...(published_at ? { published_at } : {}),
    ...(published_precision ? { published_precision } : {}),
  };
  const isOpen = ({ field }: { field: PageField }) => !decided.has(field);
  const without = <T>(fields: Partial<Record<PageField, T>>): Partial<Record<PageField, T>> =>
    Object.fromEntries(Object.entries(fields).filter(([field]) => !decided.has(field as PageField)));
  return {
    ...page,
    article: { ...others, ...title, ...(date ?? said) },
    understood: without(page.understood),
    evidence: {
      ...without(page.evidence),
      ...Object.fromEntries([...decided].map((field) => [field, REQUEST])),
    },
    ambiguities: page.ambiguities.filter(isOpen),
    doubts: page.doubts.filter(isOpen),
  };
}

/** The date that a request decides; null when it decides none. */
function dateOf({ published_at, published_precision }: Decided): PageFields | null {
  if (published_at === undefined && published_precision === undefined) return null;
  const precision = published_precision ?? (published_at?.length === 10 ? "day" : "time");
  return { ...(published_at === undefined ? {} : { published_at }), published_precision: precision };
}
