/**
 * The history of a document: enough to send the holder of a recent tag what changed since (RFC 3229). It is in the
 * document's KV metadata, so that a delta needs no other read.
 */
export interface History {
  /** The position of the channel at this document. */
  seq: number;
  /** For each item, in order: the position since which it stands here as it is. */
  items: readonly number[];
  /** Tags that this document has had, newest first, each with the position of the channel then. */
  tags: readonly { tag: string; seq: number }[];
}

/** Tags remembered, unless the positions of a channel are so far apart that fewer fit into the metadata. */
export const TAGS_KEPT = 20;
const TAG_CHARACTERS = 10;

/** The part of an entity tag that a history keeps: 50 bits. */
export const shortTag = (etag: string): string => etag.replace(/^"|"$/g, "").slice(0, TAG_CHARACTERS);

/**
 * A history as one text: positions as distances from the newest, in base 36.
 * @param most characters: the oldest tags that do not fit are left out
 */
export function writeHistory({ seq, items, tags }: History, most = Number.POSITIVE_INFINITY): string {
  const distance = (position: number): string => (seq - position).toString(36);
  let history = `${seq.toString(36)};${items.map(distance).join(",")};`;
  for (const [index, known] of tags.slice(0, TAGS_KEPT).entries()) {
    const next = `${index > 0 ? "," : ""}${known.tag}${distance(known.seq)}`;
    if (history.length + next.length > most) break;
    history += next;
  }
  return history;
}

/**
 * The tags of earlier documents by which a new one can tell what is news. An article that an import puts at an earlier place
 * stands where those documents may have been already: who has one of them is sent the whole feed.
 * @param entered the positions of the items that the document before did not have
 */
export const usableTags = <T extends { seq: number }>(tags: readonly T[], entered: readonly number[]): T[] =>
  tags.filter(({ seq }) => entered.every((position) => position > seq));

/** Reads what {@link writeHistory} wrote. */
export function readHistory(text: string): History {
  const [seq36 = "0", items = "", tags = ""] = text.split(";");
  const seq = Number.parseInt(seq36, 36);
  const position = (distance: string): number => seq - Number.parseInt(distance, 36);
  return {
    seq,
    items: items === "" ? [] : items.split(",").map(position),
    tags: (tags === "" ? [] : tags.split(",")).map((known) => ({
      tag: known.slice(0, TAG_CHARACTERS),
      seq: position(known.slice(TAG_CHARACTERS)),
    })),
  };
}

/** Which items changed since a tag; null for an unknown tag. */
export function newsSince(history: History, etag: string): boolean[] | null {
  const known = history.tags.find(({ tag }) => tag === shortTag(etag));
  return known ? history.items.map((seq) => seq > known.seq) : null;
}
