import type { Element } from "hast";

/** Where a player that is embedded can be opened, by its host and path; the first row that fits counts. */
const PLAYERS: readonly [host: RegExp, path: RegExp, opened: (match: RegExpExecArray, url: URL) => string][] =
  [
    [
      /(^|\.)youtube(-nocookie)?\.com$/,
      /^\/embed\/videoseries/,
      (_, url) =>
        `https://www.youtube.com/playlist?list=${encodeURIComponent(url.searchParams.get("list") ?? "")}`,
    ],
    [
      /(^|\.)youtube(-nocookie)?\.com$/,
      /^\/(?:embed|v|shorts)\/([\w-]+)/,
      ([, id]) => `https://www.youtube.com/watch?v=${id}`,
    ],
    [/^player\.vimeo\.com$/, /^\/video\/(\d+)/, ([, id]) => `https://vimeo.com/${id}`],
    [/^w\.soundcloud\.com$/, /^\/player/, (_, url) => url.searchParams.get("url") ?? url.href],
    [/^open\.spotify\.com$/, /^\/embed(\/.+)/, ([, path]) => `https://open.spotify.com${path}`],
    [/^embed\.podcasts\.apple\.com$/, /^(\/.+)/, ([, path]) => `https://podcasts.apple.com${path}`],
    [
      /(^|\.)dailymotion\.com$/,
      /^\/embed\/video\/(\w+)/,
      ([, id]) => `https://www.dailymotion.com/video/${id}`,
    ],
    [/^rutube\.ru$/, /^\/play\/embed\/(\w+)/, ([, id]) => `https://rutube.ru/video/${id}/`],
    [/(^|\.)(vk\.com|vkvideo\.ru)$/, /^\/video_ext\.php/, (_, url) => url.href],
    [/^(www\.)?google\.[a-z.]+$/, /^\/maps\/embed/, (_, url) => url.href],
    [/^archive\.org$/, /^\/embed\/(.+)/, ([, id]) => `https://archive.org/details/${id}`],
  ];

/** Frames that show nothing: they count visitors. */
const isHidden = ({ properties: { width, height, style, hidden } }: Element): boolean =>
  hidden !== undefined ||
  [width, height].some((side) => /^\s*[01](px)?\s*$/.test(String(side ?? ""))) ||
  /display\s*:\s*none|visibility\s*:\s*hidden/i.test(String(style ?? ""));

/**
 * The link that stands for embedded content, which no reader may load by itself: a player's own page, or the address of
 * a frame that says in its title what it shows. Null for what shows nothing, and for frames of unknown purpose.
 * @param address the absolute address of the content
 */
export function embedLink(element: Element, address: string | undefined): Element | null {
  if (address === undefined || isHidden(element)) return null;
  const url = new URL(address);
  const title = String(element.properties.title ?? "").trim();
  const opened = openedAt(url) ?? (title === "" ? null : url.href);
  if (opened === null || !/^https?:/.test(opened)) return null;
  const text = {
    type: "text",
    value: title || new URL(opened).hostname.replace(/^www\./, ""),
  } as const;
  const link: Element = { type: "element", tagName: "a", properties: { href: opened }, children: [text] };
  return { type: "element", tagName: "p", properties: {}, children: [link] };
}

function openedAt(url: URL): string | null {
  for (const [host, path, opened] of PLAYERS) {
    const match = host.test(url.hostname) ? path.exec(url.pathname) : null;
    if (match) return opened(match, url);
  }
  return null;
}
