import type { MediaNs } from "feedsmith";
import { absolute } from "./address.ts";
import type { UpstreamItem } from "./item.ts";

/** Something that belongs to an item and stands at an address of its own. */
export interface Media {
  url: string | undefined;
  type: string | undefined;
  bytes: number | undefined;
  title: string | undefined;
}

/** What Media RSS says of an item. */
export function mediaAttachments(media: MediaNs.ItemOrFeed | undefined): Media[] {
  const contents = [
    ...(media?.contents ?? []),
    ...(media?.groups ?? []).flatMap((group) => group.contents ?? []),
  ];
  return contents.map(({ url, type, medium, fileSize, title }) => ({
    url,
    type: type ?? (medium === "image" ? "image/*" : undefined),
    bytes: fileSize,
    title: title?.value,
  }));
}

/** What is attached to an item, each once; the first image is its image, unless it names one. */
export function imageOf(
  attached: readonly Media[],
  images: readonly (string | undefined)[],
  base: string,
): Pick<UpstreamItem, "image" | "attachments"> {
  const found = new Map<string, UpstreamItem["attachments"][number]>();
  for (const { url, type, bytes, title } of attached) {
    const address = absolute(url, base);
    if (!address || found.has(address)) continue;
    found.set(address, { url: address, type: type ?? null, bytes: bytes ?? null, title: title ?? null });
  }
  const attachments = [...found.values()];
  const pictures = attachments.filter(({ type }) => type?.startsWith("image/"));
  const named = images.map((image) => absolute(image, base)).find((image) => image !== null);
  return {
    image: named ?? pictures[0]?.url ?? null,
    attachments: attachments.filter((one) => !pictures.includes(one)),
  };
}
