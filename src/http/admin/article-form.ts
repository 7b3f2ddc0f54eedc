import type { Article, ArticleFields } from "../../model/article.ts";
import type { Draft, DraftInput } from "../../model/draft.ts";

/** What is asked of a writer, as the fields of a form have it. */
export interface Written {
  title: string;
  summary: string;
  text: string;
  /** Whether the text is HTML. */
  isHtml: boolean;
  organizations: string;
  language: string;
  authors: string;
  tags: string;
  image: string;
  url: string;
  /** One in a line: its address, its media type, its title. */
  attachments: string;
  /** The other fields of the article as JSON: they stay as they are. */
  rest: string;
}

/** What the form has no fields for, and keeps. */
const REST = ["source", "published_at", "published_precision", "article", "article_version"] as const;

type Kept = Pick<DraftInput, (typeof REST)[number]>;

/** An empty form. */
export const BLANK: Written = {
  title: "",
  summary: "",
  text: "",
  isHtml: false,
  organizations: "",
  language: "",
  authors: "",
  tags: "",
  image: "",
  url: "",
  attachments: "",
  rest: "{}",
};

/** A draft, or the fields of an article, as the form shows it. */
export function writtenOf(draft: Partial<Draft> | DraftInput): Written {
  const kept = Object.fromEntries(
    REST.flatMap((name) => (draft[name] === undefined ? [] : [[name, draft[name]]])),
  );
  return {
    title: draft.title ?? "",
    summary: draft.summary ?? "",
    text: draft.content_html ?? draft.content_text ?? "",
    isHtml: draft.content_html !== undefined,
    organizations: (draft.organizations ?? []).join(", "),
    language: draft.language ?? "",
    authors: (draft.authors ?? []).map(({ name }) => name ?? "").join(", "),
    tags: (draft.tags ?? []).join(", "),
    image: draft.image ?? "",
    url: draft.url ?? "",
    attachments: (draft.attachments ?? [])
      .map(({ url = "", mime_type = "", title = "" }) => [url, mime_type, title].join(" ").trim())
      .join("\n"),
    rest: JSON.stringify({ ...kept, authors: draft.authors ?? [], files: draft.attachments ?? [] }),
  };
}

/** An article as a draft of a change of it. @param version its `ETag` */
export function draftOf(article: Article, version: string): DraftInput {
  const { id, updated_at: _u, withdrawn_at: _w, attributions: _a, ...fields } = article;
  const { page_url: _p, ...said } = fields as typeof fields & { page_url?: string };
  return { ...said, article: id, article_version: version } as DraftInput;
}

/** The form as it was sent. */
export function writtenIn(fields: FormData): Written {
  const text = (name: string) => String(fields.get(name) ?? "").replaceAll("\r\n", "\n");
  const line = (name: string) => text(name).trim();
  return {
    title: line("title"),
    summary: line("summary"),
    text: text("text"),
    isHtml: fields.get("form") === "html",
    organizations: line("organizations"),
    language: line("language"),
    authors: line("authors"),
    tags: line("tags"),
    image: line("image"),
    url: line("url"),
    attachments: text("attachments"),
    rest: text("rest") || "{}",
  };
}

/** Parts of a list that somebody typed: commas of several scripts, semicolons and line breaks separate them. */
export const listed = (text: string): string[] =>
  [...new Set(text.split(/[,،、;\n]/).map((one) => one.trim()))].filter((one) => one !== "");

/** The draft that a form describes. Fields that are empty are left out. */
export function draftIn(written: Written): DraftInput {
  const { authors = [], files = [], ...kept } = restOf(written.rest);
  const attachments = attachmentsIn(written.attachments, files);
  const organizations = listed(written.organizations).map((name) => name.toLowerCase());
  const tags = listed(written.tags);
  const names = listed(written.authors);
  const known = new Map(authors.map((author) => [author.name, author]));
  const filled = (name: string, value: string) => (value === "" ? {} : { [name]: value });
  return {
    ...kept,
    ...filled("title", written.title),
    ...filled("summary", written.summary),
    ...(written.text.trim() === ""
      ? {}
      : { [written.isHtml ? "content_html" : "content_text"]: written.text }),
    ...(organizations.length > 0 ? { organizations } : {}),
    ...filled("language", written.language),
    ...(names.length > 0 ? { authors: names.map((name) => known.get(name) ?? { name }) } : {}),
    ...(tags.length > 0 ? { tags } : {}),
    ...filled("image", written.image),
    ...filled("url", written.url),
    ...(attachments.length > 0 ? { attachments } : {}),
  };
}

type Attachments = NonNullable<DraftInput["attachments"]>;

/** The attachments of some lines. What the form does not ask for, such as a duration, stays with the address. */
function attachmentsIn(text: string, known: Attachments): Attachments {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const [url = "", mime_type = "", ...title] = line.split(/\s+/);
      const { title: _title, ...before } = known.find((one) => one.url === url) ?? {};
      return {
        ...before,
        url,
        ...(mime_type ? { mime_type } : {}),
        ...(title.length > 0 ? { title: title.join(" ") } : {}),
      };
    });
}

function restOf(json: string): Kept & Pick<DraftInput, "authors"> & { files?: Attachments } {
  try {
    const value: unknown = JSON.parse(json);
    return value !== null && typeof value === "object" ? (value as Kept) : {};
  } catch {
    return {}; // somebody has changed the hidden field
  }
}

/** What of a draft is published. The form's own fields stay behind. */
export function publishedOf(draft: Draft): ArticleFields {
  const {
    id: _id,
    article: _article,
    article_version: _version,
    created_at: _created,
    updated_at: _updated,
    updated_by: _by,
    ...fields
  } = draft;
  return fields as ArticleFields;
}

/** The words of a text, for a comparison of two. */
export const comparable = (written: Written): string =>
  [written.title, written.summary, written.text, written.organizations, written.authors, written.tags]
    .filter((one) => one !== "")
    .join("\n\n");
