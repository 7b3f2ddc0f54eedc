import type { Layout } from "./layout.ts";

/** How a format is named and served: all that reading a feed needs to know of it. */
export interface ServedFormat {
  /** The ending of its addresses. */
  name: FormatName;
  title: string;
  mediaType: string;
  /** True when the platform compresses this media type by itself. */
  isCompressed: boolean;
  layout: Layout;
}

/** The ending of a format's addresses. */
export type FormatName = keyof typeof SERVED;

/** The part of each row of `formats.ts` that needs none of the libraries that write feeds. */
export const SERVED = {
  rss: {
    name: "rss",
    title: "RSS",
    mediaType: "application/rss+xml",
    isCompressed: true,
    layout: { opening: "<item>", separator: "\n", end: "</channel></rss>" },
  },
  atom: {
    name: "atom",
    title: "Atom",
    mediaType: "application/atom+xml",
    isCompressed: false,
    layout: { opening: "<entry", separator: "\n", end: "</feed>" },
  },
  json: {
    name: "json",
    title: "JSON Feed",
    mediaType: "application/feed+json",
    isCompressed: false,
    // An item a line, since JSON strings have no line breaks.
    layout: { opening: "{", separator: ",\n", end: "]}" },
  },
} as const satisfies Record<string, Omit<ServedFormat, "name"> & { name: string }>;

/** Every format, as it is served. */
export const SERVED_FORMATS: readonly ServedFormat[] = Object.values(SERVED);
