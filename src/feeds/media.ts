/** Media types by file ending: `feed` writes `image/jpg`, or `image//abc` where there is no ending. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["avif", "image/avif"],
  ["gif", "image/gif"],
  ["jpeg", "image/jpeg"],
  ["jpg", "image/jpeg"],
  ["png", "image/png"],
  ["svg", "image/svg+xml"],
  ["webp", "image/webp"],
]);

/** The media type of an image by the ending of its URL; undefined when it is unknown. */
export function mediaType(address: string): string | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(new URL(address).pathname)?.[1];
  return ending && TYPES.get(ending.toLowerCase());
}
