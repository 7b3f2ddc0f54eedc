/** Media types by file suffix. */
const TYPES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    "image/jpeg": "jpg jpeg jpe jfif",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/svg+xml": "svg",
    "image/bmp": "bmp",
    "image/tiff": "tif tiff",
    "image/heic": "heic",
    "image/x-icon": "ico",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a m4b",
    "audio/aac": "aac",
    "audio/ogg": "ogg oga",
    "audio/opus": "opus",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/webm": "weba",
    "video/mp4": "mp4 m4v",
    "video/quicktime": "mov qt",
    "video/webm": "webm",
    "video/ogg": "ogv",
    "video/x-matroska": "mkv",
    "video/x-msvideo": "avi",
    "video/mpeg": "mpg mpeg",
    "video/3gpp": "3gp",
    "video/x-ms-wmv": "wmv",
    "application/vnd.apple.mpegurl": "m3u8",
    "application/pdf": "pdf",
    "application/epub+zip": "epub",
    "application/zip": "zip",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/x-bittorrent": "torrent",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/plain": "txt",
    "text/vtt": "vtt",
  }).flatMap(([type, suffixes]) => suffixes.split(" ").map((suffix) => [suffix, type])),
);

/** The most common type of each medium, when nothing else is known. */
const MEDIA: Readonly<Record<string, string>> = {
  image: "image/jpeg",
  audio: "audio/mpeg",
  video: "video/mp4",
};

/** Types that say nothing. */
const NOTHING = /^(?:application|binary)\/(?:octet-stream|unknown|force-download|x-download|download)$/;
const TYPE = /^([a-z0-9][a-z0-9!#$&^_.+-]*)\/[a-z0-9][a-z0-9!#$&^_.+-]*/;
const WRONG: Readonly<Record<string, string>> = { "image/jpg": "image/jpeg", "audio/mp3": "audio/mpeg" };

/** The media type of a file: as given, else by the suffix of its address, else by its medium. */
export function mediaTypeOf({
  url,
  type,
  medium,
}: {
  url: string | undefined;
  type: string | undefined;
  medium?: string | undefined;
}): string {
  const said = type?.trim().toLowerCase() ?? "";
  const proper = TYPE.exec(said)?.[0];
  if (proper && !NOTHING.test(proper)) return WRONG[proper] ?? proper;
  const kind = medium?.trim().toLowerCase() || (said.split("/")[0] ?? "");
  const bySuffix = TYPES[said] ?? typeOfSuffix(url ?? "");
  // A given medium wins over the suffix, as in `photo.php?name=a.mp4`.
  if (bySuffix && (!Object.hasOwn(MEDIA, kind) || bySuffix.startsWith(`${kind}/`))) return bySuffix;
  return (Object.hasOwn(MEDIA, kind) ? MEDIA[kind] : undefined) ?? bySuffix ?? "application/octet-stream";
}

/** Whether a path has a known file suffix. */
export const isFile = (path: string): boolean => suffixType(path) !== undefined;

function typeOfSuffix(address: string): string | undefined {
  if (!URL.canParse(address, "https://x.invalid/")) return undefined;
  const { pathname, search } = new URL(address, "https://x.invalid/");
  // `get.php?file=episode.mp3` ends with it too, and `episode.mp3/download` has it.
  return (
    suffixType(pathname) ??
    search
      .slice(1, 500)
      .split("&")
      .map(suffixType)
      .find((type) => type !== undefined) ??
    suffixType(pathname.slice(0, pathname.lastIndexOf("/")))
  );
}

function suffixType(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).split(";")[0] ?? "";
  const suffix = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return name.includes(".") && Object.hasOwn(TYPES, suffix) ? TYPES[suffix] : undefined;
}
