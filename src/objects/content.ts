import type { Format } from "../feeds/formats.ts";
import { digest } from "../model/digest.ts";

/** A topic's current content. */
export interface Content {
  type: string;
  body: string;
  /** Changes with the content. For a filtered feed only with its items: its metadata also changes with other items. */
  tag: string;
  /** The feed's own address, if it is known to be another than that of the topic: the organization may have moved. */
  self?: string;
}

/** The content of a topic that is a document as it was published. */
export const plainContent = async (format: Format, body: string, self: string): Promise<Content> => ({
  type: typeOf(format),
  body,
  tag: await digest(body),
  self,
});

/** The media type of a format, as it is sent. */
export const typeOf = ({ mediaType }: Format): string => `${mediaType}; charset=utf-8`;
