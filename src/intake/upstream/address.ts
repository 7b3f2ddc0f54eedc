/** An address by the URL Standard, absolute; null when it is no address of the web. */
export function absolute(text: string | null | undefined, base: string): string | null {
  const address = text?.trim();
  if (!address || !URL.canParse(address, base)) return null;
  const url = new URL(address, base);
  return /^https?:$/.test(url.protocol) ? url.href : null;
}

/** Query parameters that track readers, or that change at every request. */
const COUNTED = new RegExp(
  `^(?:${[
    // Tracking
    String.raw`(?:utm|pk|piwik|mtm|matomo|hsa|vero|at|ns|itm|sc|oly|stm|wt)[_.]\w+`,
    "(?:fb|g|dc|ms|y|ys|tw|tt)clid|gbraid|wbraid|igsh(?:id)?|mc_[ce]id|mkt_tok|_ga|_gl|_hsenc|_hsmi|_openstat|hsctatracking|xtor|spm|cmp|cmpid|ncid",
    "ocid|smid|ito|ftag|guccounter|guce_\\w+|trk|trkcampaign|ref_?(?:src|url)|soc_(?:src|trk)|sr_share|s_cid|echobox",
    // Random or temporary
    "_|cb|cache_?bust(?:er)?|no_?cache|rand|random|rnd|nonce|ts|timestamp|ord|phpsessid|jsessionid|session(?:_?id)?",
    String.raw`token|sig|signature|expires|hmac|x-amz-[\w-]+|x-goog-[\w-]+`,
  ].join("|")})$`,
  "i",
);
/** `ref=rss` is tracking too; `ref=123` may select a page. */
const WAY = /^(?:ref|src|source|from|via|origin|medium|feed|rss|xt?or|cmp)$/i;
const FROM =
  /^(?:rss\d?|atom|json|feeds?|rss[-_]?feed|feedburner|twitter|facebook|social|email|newsletter|true|1)?$/i;

/**
 * An address for comparison. Tracking parameters, protocol, session and fragment do not make another page.
 */
export function canonical(address: string): string {
  const url = new URL(address);
  url.hash = "";
  url.protocol = "https:";
  if (url.search.length > 1) url.search = uncounted(url.search.slice(1));
  return url.href
    .replace(/^https:\/\/www\./, "https://")
    .replace(/;jsessionid=[^/?#]*/i, "")
    .replace(/\/$/, "");
}

/** Parameters that are looked at: no real address has more. */
const PARAMETERS = 50;

/** A query without parameters that track readers or change at every request. */
export const uncounted = (query: string): string =>
  query
    .split("&")
    .filter((part, index) => {
      if (index >= PARAMETERS) return true;
      const [name = "", value = ""] = part.split("=", 2);
      return part !== "" && !COUNTED.test(name) && !(WAY.test(name) && FROM.test(value));
    })
    .join("&");
