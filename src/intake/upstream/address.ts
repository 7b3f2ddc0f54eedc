/** An address by the URL Standard, absolute; null when it is no address of the web. */
export function absolute(text: string | null | undefined, base: string): string | null {
  const address = text?.trim();
  if (!address || !URL.canParse(address, base)) return null;
  const url = new URL(address, base);
  return /^https?:$/.test(url.protocol) ? url.href : null;
}

const COUNTED = /^(?:utm_\w+|fbclid|gclid|mc_[ce]id|ref_src|wt_mc|at_(?:medium|campaign)|xtor)$/i;

/**
 * An address as it is compared: how a reader came, by which protocol, and to which part of the page make no other page.
 */
export function canonical(address: string): string {
  const url = new URL(address);
  url.hash = "";
  url.protocol = "https:";
  for (const name of [...url.searchParams.keys()]) if (COUNTED.test(name)) url.searchParams.delete(name);
  return url.href.replace(/^https:\/\/www\./, "https://").replace(/\/$/, "");
}
