import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, test } from "vitest";
import { checkAddress, checkHub, REFUSED_NAMES } from "../../../src/delivery/addresses.ts";
import { FORBIDDEN, LOOPBACK } from "./forbidden-addresses.ts";

const accepted = (host: string, allowLoopback = false) =>
  checkAddress(`https://${host}/`, { allowLoopback }).ok;

// The IANA IPv4 Special-Purpose Address Registry, multicast, and the one public address that Azure answers from.
const IPV4_BLOCKS: [number[], number][] = [
  [[0, 0, 0, 0], 8],
  [[10, 0, 0, 0], 8],
  [[100, 64, 0, 0], 10],
  [[127, 0, 0, 0], 8],
  [[169, 254, 0, 0], 16],
  [[172, 16, 0, 0], 12],
  [[192, 0, 0, 0], 24],
  [[192, 0, 2, 0], 24],
  [[192, 31, 196, 0], 24],
  [[192, 52, 193, 0], 24],
  [[192, 88, 99, 0], 24],
  [[192, 168, 0, 0], 16],
  [[192, 175, 48, 0], 24],
  [[198, 18, 0, 0], 15],
  [[198, 51, 100, 0], 24],
  [[203, 0, 113, 0], 24],
  [[224, 0, 0, 0], 4],
  [[240, 0, 0, 0], 4],
  [[168, 63, 129, 16], 32],
];
// The IANA IPv6 Special-Purpose Address Registry within 2000::/3. Nothing outside 2000::/3 is public.
const IPV6_BLOCKS: [bigint, number][] = [
  [0x2001_0000n << 96n, 23],
  [0x2001_0db8n << 96n, 32],
  [0x2002_0000n << 96n, 16],
  [0x3fff_0000n << 96n, 20],
  [0x2620_004f_8000n << 80n, 48],
];

const number = (octets: number[]) => octets.reduce((sum, octet) => sum * 256 + octet, 0);
const octets = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const inBlock4 = (n: number) =>
  IPV4_BLOCKS.some(([base, bits]) => Math.floor(n / 2 ** (32 - bits)) === number(base) / 2 ** (32 - bits));
const inBlock6 = (n: bigint) =>
  IPV6_BLOCKS.some(([base, bits]) => n >> BigInt(128 - bits) === base >> BigInt(128 - bits));

const hex = (n: number) => `0x${n.toString(16)}`;
const octal = (n: number) => `0${n.toString(8)}`;
const shifted = (zero: number) => (text: string) =>
  text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

/** Every way to write an IPv4 address that a URL parser takes. */
const spellings4 = (n: number): string[] => {
  const [a = 0, b = 0, c = 0, d = 0] = octets(n);
  const dotted = `${a}.${b}.${c}.${d}`;
  return [
    dotted,
    String(n),
    hex(n),
    octal(n),
    `${a}.${n % 2 ** 24}`,
    `${a}.${b}.${n % 2 ** 16}`,
    [a, b, c, d].map(hex).join("."),
    [a, b, c, d].map(octal).join("."),
    `${hex(a)}.${octal(b)}.${c}.${hex(d)}`,
    `${octal(a)}.${hex(n % 2 ** 24)}`,
    `${dotted}.`,
    dotted.replaceAll(".", "。"),
    dotted.replaceAll(".", "%2E"),
    shifted(0xff10)(dotted),
    shifted(0x1d7ce)(dotted),
    dotted.replace(/\d/g, (digit) => `%3${digit}`),
  ];
};

const groups = (n: bigint) => n.toString(16).padStart(32, "0").match(/.{4}/g) ?? [];
/** Every kind of way to write an IPv6 address. */
const spellings6 = (n: bigint): string[] => {
  const full = groups(n).join(":");
  const tail = octets(Number(n & 0xffff_ffffn)).join(".");
  return [
    full,
    full.toUpperCase(),
    full.replace(/(^|:)0{1,3}/g, "$1"),
    `${groups(n).slice(0, 6).join(":")}:${tail}`,
    new URL(`https://[${full}]`).hostname.slice(1, -1),
  ].map((text) => `[${text}]`);
};

const ipv4 = fc.nat(2 ** 32 - 1);
const ipv6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
const special4 = fc
  .tuple(fc.constantFrom(...IPV4_BLOCKS), ipv4)
  .map(([[base, bits], offset]) => number(base) + (offset % 2 ** (32 - bits)));
const public4 = ipv4.filter((n) => !inBlock4(n));
const special6 = fc
  .tuple(fc.constantFrom(...IPV6_BLOCKS), ipv6)
  .map(([[base, bits], offset]) => base + (offset % 2n ** BigInt(128 - bits)));
const public6 = ipv6.map((n) => (n >> 3n) | (1n << 125n)).filter((n) => !inBlock6(n));

describe("IPv4", () => {
  test("a special-purpose address is refused in every spelling", () => {
    fc.assert(fc.property(special4, (n) => !spellings4(n).some((host) => accepted(host))));
  });

  test("any other is accepted in every spelling", () => {
    fc.assert(fc.property(public4, (n) => spellings4(n).every((host) => accepted(host))));
  });

  test("what ipaddr.js does not call unicast is refused", () => {
    const special = ipv4
      .map((n) => new ipaddr.IPv4(octets(n)))
      .filter((address) => address.range() !== "unicast");
    fc.assert(fc.property(special, (address) => !accepted(address.toString())));
  });

  test("development accepts 127.0.0.0/8 besides, and nothing else", () => {
    fc.assert(
      fc.property(special4, (n) => {
        const loopback = n >>> 24 === 127;
        return spellings4(n).every((host) => accepted(host, true) === loopback);
      }),
    );
  });
});

describe("IPv6", () => {
  test("a special-purpose address is refused in every spelling", () => {
    fc.assert(fc.property(special6, (n) => !spellings6(n).some((host) => accepted(host))));
  });

  test("any other within 2000::/3 is accepted in every spelling", () => {
    fc.assert(fc.property(public6, (n) => spellings6(n).every((host) => accepted(host))));
  });

  test("nothing outside 2000::/3 is accepted", () => {
    const outside = ipv6.filter((n) => n >> 125n !== 1n);
    fc.assert(fc.property(outside, (n) => !spellings6(n).some((host) => accepted(host))));
  });

  test("no IPv4 address is accepted within IPv6, public or not, in development either", () => {
    const prefixes = [
      0n, // IPv4-compatible; ::1 is loopback, and no address of this kind
      0xffffn << 32n, // IPv4-mapped
      0xffff_0000n << 32n, // IPv4-translated
      0x0064_ff9bn << 96n, // NAT64
      0x0064_ff9b_0001n << 80n, // NAT64, local
      0x2001_0000n << 96n, // Teredo
    ];
    const embedded = fc.tuple(fc.constantFrom(...prefixes), ipv4).map(([prefix, n]) => prefix | BigInt(n));
    const teredo = ipv4.map((n) => (0x2001_0000n << 96n) | BigInt(2 ** 32 - 1 - n));
    const sixToFour = fc
      .tuple(ipv4, fc.nat(9))
      .map(([n, host]) => (0x2002n << 112n) | (BigInt(n) << 80n) | BigInt(host));
    fc.assert(
      fc.property(
        fc.oneof(embedded, teredo, sixToFour).filter((n) => n !== 1n),
        (n) => !spellings6(n).some((host) => accepted(host, true)),
      ),
    );
  });
});

describe("names", () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/);
  const fullWidth = (name: string) =>
    name.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0));

  test("every name below a refused one is refused, in any case", () => {
    fc.assert(
      fc.property(fc.array(label), fc.constantFrom(...Object.keys(REFUSED_NAMES)), (labels, refused) => {
        const name = [...labels, refused].join(".");
        expect([name, name.toUpperCase(), fullWidth(name)].filter((host) => accepted(host))).toEqual([]);
      }),
    );
  });

  test("a name that only ends in the same letters is not", () => {
    const registered = Object.keys(REFUSED_NAMES).filter((name) => name.includes("."));
    const names = fc.tuple(label, fc.constantFrom(...registered)).map((parts) => parts.join(""));
    fc.assert(fc.property(names, (name) => accepted(name) && accepted(`hooks.${name}`)));
  });
});

describe("white space and control characters", () => {
  const blank = fc.oneof(
    fc.constantFrom(..." \t\n\r\u000B\f\u0000\u001F\u007F\u0085\u00A0\u2028\u3000\uFEFF"),
    fc.integer({ min: 0, max: 0x20 }).map((code) => String.fromCharCode(code)),
  );
  const address = fc.webUrl({ withQueryParameters: true, withFragments: true, validSchemes: ["https"] });

  test("are refused wherever they stand, though the URL parser drops some", () => {
    fc.assert(
      fc.property(address, blank, fc.nat(), (url, character, at) => {
        const place = at % (url.length + 1);
        const broken = url.slice(0, place) + character + url.slice(place);
        expect(checkAddress(broken, { allowLoopback: true }).ok).toBe(false);
      }),
    );
  });

  test("a line break and a header are no address", () => {
    expect(checkAddress("https://hooks.example.com/\r\nX: y", { allowLoopback: false })).toEqual({
      ok: false,
      reason: "must not contain white space or control characters",
    });
  });
});

describe("a hub", () => {
  const OWN = "http://127.0.0.1:8787/hub";
  const isHub = (url: string) => checkHub(url, OWN, { allowLoopback: false }).ok;

  test("is the service's own, or one that may be called", () => {
    expect([OWN, "https://hub.example.com/", "http://127.0.0.1:8787/hub2"].map(isHub)).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("is at no forbidden address", () => {
    expect([...Object.values(FORBIDDEN).flat(), ...LOOPBACK].filter(isHub)).toEqual([]);
  });
});

test("whatever is accepted is https, public, and stays as it is when checked again", () => {
  const text = fc.oneof(
    fc.webUrl(),
    fc.string(),
    fc.string({ unit: "binary" }).map((host) => `https://${host}`),
  );
  fc.assert(
    fc.property(text, (address) => {
      const check = checkAddress(address, { allowLoopback: false });
      if (!check.ok) return check.reason !== "";
      const { protocol, username, password, hash } = new URL(check.url);
      expect([protocol, username, password, hash]).toEqual(["https:", "", "", ""]);
      expect(checkAddress(check.url, { allowLoopback: false })).toEqual(check);
      return true;
    }),
  );
});
