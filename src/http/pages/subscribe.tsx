import { raw } from "hono/html";
import { FORMATS, type Format } from "../../feeds/formats.ts";
import { ownHub } from "../../model/organization.ts";
import { type FeedsOf, feedUrl } from "./links.tsx";
import { useLocale } from "./locale.ts";
import { appLink, WEB_READERS } from "./readers.ts";
import { COPY_SCRIPT } from "./script.ts";

/**
 * How to subscribe to a feed, for those who have never done it, and for developers. Folded, so that it takes one line; at the
 * address of a feed it is what the visitor came for, and open.
 */
export function Subscribe({
  feeds,
  asFeed,
  isPrivate,
}: {
  feeds: FeedsOf;
  asFeed?: Pick<Format, "name"> | undefined;
  isPrivate?: boolean;
}) {
  const { words, own } = useLocale();
  const { subscribe } = words;
  const feed = feedUrl(feeds, asFeed?.name ?? FORMATS[0]?.name ?? "");
  return (
    <details class="subscribe" open={asFeed !== undefined} {...own}>
      <summary>{subscribe.title}</summary>
      <p>{subscribe.whatIsAFeed}</p>
      <p class="address">
        <code dir="ltr">{feed}</code>
        <button type="button" hidden data-copy={feed} data-copied={subscribe.copied}>
          {subscribe.copy}
        </button>
      </p>
      <ul class="feeds" aria-label={subscribe.openIn}>
        <li>
          <a href={appLink(feed)}>{subscribe.app}</a>
        </li>
        {isPrivate
          ? null
          : WEB_READERS.map(({ name, link }) => (
              <li>
                <a href={link(feed)} rel="noreferrer" translate="no" dir="ltr">
                  {name}
                </a>
              </li>
            ))}
      </ul>
      {isPrivate ? null : (
        <>
          <figure>
            <img src={codeUrl(feeds)} alt={subscribe.code} width="160" height="160" loading="lazy" />
            <figcaption class="muted">{subscribe.onAPhone}</figcaption>
          </figure>
          <p class="muted">
            {subscribe.developers} <a href={`${feeds.publicUrl}/api/docs`}>{subscribe.webhooks}</a>
            {words.comma}
            <a href={ownHub(feeds)}>WebSub</a>
          </p>
        </>
      )}
      {raw(`<script>${COPY_SCRIPT}</script>`)}
    </details>
  );
}

/** The address of the QR code of a feed: beside it, with its query. */
const codeUrl = ({ slug, publicUrl, at }: FeedsOf): string =>
  `${publicUrl}${at ? at.path.replace(/feed$/, "") : `/${slug}/`}qr.svg${at?.query ?? ""}`;
