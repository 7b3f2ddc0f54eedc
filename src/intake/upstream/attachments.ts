import type { MediaNs } from "feedsmith";
import { absolute } from "./address.ts";
import type { UpstreamItem } from "./item.ts";
import { mediaTypeOf } from "./media-type.ts";

/** Something that belongs to an item and stands at an address of its own. */
export interface Media {
  url: string | undefined;
  type: string | undefined;
  /** What it is, where no type says so: `image`, `audio`, `video`, `document` or `executable` (Media RSS). */
  medium?: string | undefined;
  bytes: number | undefined;
  title: string | undefined;
  /** How long it plays. */
  seconds?: number | undefined;
}

type Contents = NonNullable<MediaNs.ItemOrFeed["contents"]>;

/** The Media RSS contents of an item. A group holds variants of one thing: of each kind the default or first one. */
export function mediaAttachments(media: MediaNs.ItemOrFeed | undefined): Media[] {
  const groups = media?.groups ?? [];
  return [
    ...(media?.contents ?? []).map((content) => mediaOf(content)),
    ...groups.flatMap(({ contents = [], title }) => oneOfEachKind(contents, title?.value)),
  ];
}

/** Media RSS thumbnails of an item, the most important first. */
export const thumbnailsOf = (media: MediaNs.ItemOrFeed | undefined): (string | undefined)[] =>
  [
    media?.thumbnails,
    ...(media?.groups ?? []).map(({ thumbnails }) => thumbnails),
    ...[...(media?.contents ?? []), ...(media?.groups ?? []).flatMap(({ contents }) => contents ?? [])].map(
      ({ thumbnails }) => thumbnails,
    ),
  ].flatMap((some) => some?.[0]?.url);

const mediaOf = (
  { url, type, medium, fileSize, duration, title }: Contents[number],
  called?: string,
): Media => ({
  url,
  type,
  medium,
  bytes: fileSize,
  title: title?.value ?? called,
  seconds: duration,
});

function oneOfEachKind(contents: Contents, called: string | undefined): Media[] {
  const kinds = new Map<string, Media>();
  for (const content of [...contents].sort(
    (a, b) => Number(b.isDefault ?? false) - Number(a.isDefault ?? false),
  )) {
    const one = mediaOf(content, called);
    const kind = mediaTypeOf(one).split("/")[0] ?? "";
    if (one.url && !kinds.has(kind)) kinds.set(kind, one);
  }
  return [...kinds.values()];
}

/** What is attached to an item, each once; the first image is its image, unless it names one. */
export function imageOf(
  attached: readonly Media[],
  images: readonly (string | undefined)[],
  base: string,
): Pick<UpstreamItem, "image" | "attachments"> {
  const found = new Map<string, UpstreamItem["attachments"][number]>();
  for (const media of attached) {
    const { url, bytes, title, seconds } = media;
    const address = absolute(url, base);
    if (!address || found.has(address)) continue;
    const type = mediaTypeOf({ ...media, url: address });
    found.set(address, {
      url: address,
      type,
      bytes: bytes ?? null,
      title: title ?? null,
      seconds: seconds ?? null,
    });
  }
  const attachments = [...found.values()];
  const pictures = attachments.filter(({ type }) => type?.startsWith("image/"));
  const named = images.map((image) => absolute(image, base)).find((image) => image !== null);
  return {
    image: named ?? pictures[0]?.url ?? null,
    attachments: attachments.filter((one) => !pictures.includes(one)),
  };
}
