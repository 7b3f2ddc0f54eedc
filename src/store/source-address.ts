import { type AddressCheck, type AddressPolicy, checkAddress } from "../delivery/addresses.ts";
import type { Site } from "../model/site.ts";

/** Of the settings, what says which addresses may be read. */
export interface Reach extends Pick<AddressPolicy, "allowLoopback"> {
  site: Site;
}

/** Whether an address may be read as a source: one of the public web, and none of our own. */
export function checkSource(url: string, { allowLoopback, site }: Reach): AddressCheck {
  const checked = checkAddress(url, { allowLoopback, allowHttp: true });
  if (!checked.ok || new URL(checked.url).origin !== new URL(site.publicUrl).origin) return checked;
  return { ok: false, reason: "must not lead to this service itself" };
}
