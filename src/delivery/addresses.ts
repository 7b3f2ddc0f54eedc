import ipaddr from "ipaddr.js";
import { hasBlanks } from "../model/text.ts";

/** Which addresses a deployment allows besides public https. */
export interface AddressPolicy {
  /** Development only: 127.0.0.0/8, `[::1]` and `localhost` may be called, by http too and at any port. */
  allowLoopback: boolean;
  /** What is read is public and carries no secret: http may be used too, at its own port. */
  allowHttp?: boolean;
}

/** The address in the form to store and to call, or why it is refused, worded to follow the field's name. */
export type AddressCheck = { ok: true; url: string } | { ok: false; reason: string };

/** The ports a receiver may listen at: that of https, and the second one that https is often given. */
const ALLOWED_PORTS: readonly number[] = [443, 8443];

/**
 * Host names that are refused with every name below them, and what they are.
 *
 * `example` is not here: RFC 6761 §6.5 asks applications to treat it as any other name, and nothing answers there.
 */
export const REFUSED_NAMES: Readonly<Record<string, string>> = {
  localhost: "a loopback address", // RFC 6761 §6.3
  localdomain: "a loopback address", // the common alias localhost.localdomain
  // Public names that resolve to loopback, or to whichever address is written in them
  "localtest.me": "a loopback address",
  "lvh.me": "a loopback address",
  "nip.io": "a name for any address",
  "sslip.io": "a name for any address",
  "xip.io": "a name for any address",
  // Names that only a private network resolves
  local: "a private name", // RFC 6762 §3
  arpa: "a private name", // home.arpa (RFC 8375) and the rest of the infrastructure: no receiver lives there
  internal: "a private name", // reserved by ICANN for private use; metadata.google.internal is one
  intranet: "a private name", // this and the next four: RFC 6762 appendix G
  private: "a private name",
  corp: "a private name",
  home: "a private name",
  lan: "a private name",
  svc: "a private name", // services within a Kubernetes cluster
  // Names that the public DNS never resolves
  test: "a reserved name", // RFC 6761 §6.2
  invalid: "a reserved name", // RFC 6761 §6.4
  onion: "a reserved name", // RFC 7686 §2
  alt: "a reserved name", // RFC 9476
  // Cloud metadata under public names
  "metadata.goog": "a cloud metadata service",
  "metadata.tencentyun.com": "a cloud metadata service",
};

/** Public unicast addresses that a cloud answers from within. The other clouds' are link-local or private. */
const REFUSED_ADDRESSES: Readonly<Record<string, string>> = {
  "168.63.129.16": "a cloud metadata service", // Azure
};

const EMBEDDED = "an IPv4 address within an IPv6 address";
const SPECIAL_PURPOSE = "a special-purpose address"; // documentation, benchmarking, protocol or future use

/** What the ranges of `ipaddr.js` are called here. Any that is not named is special-purpose. */
const RANGES: Readonly<Record<string, string>> = {
  unspecified: "an unspecified address",
  loopback: "a loopback address",
  private: "a private address",
  uniqueLocal: "a private address",
  deprecatedSiteLocal: "a private address",
  carrierGradeNat: "a private address", // RFC 6598; also the metadata service of Alibaba Cloud
  linkLocal: "a link-local address", // also the metadata services of most clouds
  multicast: "a multicast address",
  broadcast: "a broadcast address",
  // A translator on the way decides where these lead, so none is believed, whatever it carries.
  ipv4Mapped: EMBEDDED,
  rfc6145: EMBEDDED,
  rfc6052: EMBEDDED, // NAT64
  "6to4": EMBEDDED,
  teredo: EMBEDDED,
};

/** The only part of IPv6 that IANA has opened for public addresses (RFC 4291 §2.4). */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse("2000::"), 3];

/** The IPv4-compatible addresses (RFC 4291 §2.5.5.1, deprecated), which `ipaddr.js` does not know. */
const IPV4_COMPATIBLE: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse("::"), 96];

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
const NAME_CHARACTERS = 253; // RFC 1035 §2.3.4, without the length bytes at both ends

/**
 * Whether the service may call an address: the guard against server-side request forgery.
 *
 * The URL Standard's parser removes tabs and line breaks, so the check looks for them in the original text. The parser
 * turns every spelling of an IPv4 address (decimal, octal, hexadecimal, short, full-width) into one, so everything else
 * is checked on its result, and that result must be called. The fragment is removed, since it is never sent (RFC 9110
 * §7.1). The check does not resolve names: on Cloudflare, Workers reach public addresses only.
 *
 * @example checkAddress("https://0x7f.1/", { allowLoopback: false }) // refused: a loopback address
 */
export function checkAddress(text: string, policy: AddressPolicy): AddressCheck {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return refused(wanted(policy));
  if (hasBlanks(text)) return refused("must not contain white space or control characters");
  if (url.username !== "" || url.password !== "") return refused("must not carry a user name or a password");
  url.hash = "";
  if (policy.allowLoopback && isLoopback(url.hostname)) return { ok: true, url: url.href };
  const fault = hostFault(url.hostname) ?? portFault(url, policy);
  return fault === null ? { ok: true, url: url.href } : refused(fault);
}

const wanted = ({ allowHttp }: AddressPolicy): string =>
  `must be an absolute ${allowHttp ? "http or https" : "https"} URL`;

/** What is wrong with a protocol and port; `null` when they are allowed. */
function portFault({ protocol, port }: URL, policy: AddressPolicy): string | null {
  if (protocol !== "https:" && !policy.allowHttp) return wanted(policy);
  if (protocol !== "https:") return port === "" ? null : "must use port 80 for http";
  const allowed = port === "" || ALLOWED_PORTS.includes(Number(port));
  return allowed ? null : `must use port ${ALLOWED_PORTS.join(" or ")}`;
}

/** Checks the address of a hub: the service's own is always allowed. */
export function checkHub(url: string, ownHub: string, policy: AddressPolicy): AddressCheck {
  return url === ownHub ? { ok: true, url } : checkAddress(url, policy);
}

function refused(reason: string): AddressCheck {
  return { ok: false, reason };
}

function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "[::1]") return true;
  return ipaddr.IPv4.isValidFourPartDecimal(host) && ipaddr.IPv4.parse(host).range() === "loopback";
}

/** What is wrong with a host, in the form the URL parser gives it; `null` when it may be called. */
function hostFault(host: string): string | null {
  if (host.startsWith("[")) return ipv6Fault(ipaddr.IPv6.parse(host.slice(1, -1)));
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return ipv4Fault(ipaddr.IPv4.parse(host));
  return nameFault(host);
}

function ipv4Fault(address: ipaddr.IPv4): string | null {
  const what = REFUSED_ADDRESSES[address.toString()];
  return what === undefined ? rangeFault(address.range()) : mustNotLeadTo(what);
}

function ipv6Fault(address: ipaddr.IPv6): string | null {
  const fault = rangeFault(address.range());
  if (fault !== null || address.match(GLOBAL_UNICAST)) return fault;
  return mustNotLeadTo(address.match(IPV4_COMPATIBLE) ? EMBEDDED : SPECIAL_PURPOSE);
}

function rangeFault(range: string): string | null {
  return range === "unicast" ? null : mustNotLeadTo(RANGES[range] ?? SPECIAL_PURPOSE);
}

function nameFault(name: string): string | null {
  if (name.endsWith(".")) return "must not end its host name with a dot";
  const suffix = Object.entries(REFUSED_NAMES).find(([refused]) => `.${name}`.endsWith(`.${refused}`));
  if (suffix) return mustNotLeadTo(suffix[1]);
  const labels = name.split(".");
  if (labels.length === 1) return "must have a full host name, such as hooks.example.com";
  const valid = name.length <= NAME_CHARACTERS && labels.every((label) => LABEL.test(label));
  return valid ? null : "must have a valid host name";
}

function mustNotLeadTo(what: string): string {
  return `must not lead to ${what}`;
}
