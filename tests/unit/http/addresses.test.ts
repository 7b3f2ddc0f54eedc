import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalAddress, TRACKERS } from "../../../src/http/addresses.ts";
import { FILTER_PARAMETERS } from "../../../src/model/filter.ts";

const HOST = "https://news.example";

/** Where an address leads: to itself if it has the one form. */
function ledTo(address: string): string {
  const { pathname, search } = new URL(HOST + address);
  const given = search || (address.endsWith("?") ? "?" : "");
  return canonicalAddress(pathname, given) ?? address;
}

const KEY = "key_01hzy4k7qm_8N3vX";

describe("canonicalAddress", () => {
  test.each([
    // capitals and slashes
    ["/ICESCO", "/icesco"],
    ["/icesco/", "/icesco"],
    ["//icesco//", "/icesco"],
    ["/Icesco/Feed.RSS", "/icesco/feed.rss"],
    ["/icesco/feed.json/", "/icesco/feed.json"],
    ["/icesco//feed.atom", "/icesco/feed.atom"],
    ["/icesco/archive/1.ATOM/", "/icesco/archive/1.atom"],
    ["/articles/x/", "/articles/x"],
    ["/Articles/MixedCase-1/", "/articles/MixedCase-1"],
    ["/Organizations/?page=2", "/organizations?page=2"],
    ["/Feeds.OPML", "/feeds.opml"],
    ["/api/docs/", "/api/docs"],
    ["//", "/"],
    // names of feeds
    ["/icesco/feed", "/icesco/feed.rss"],
    ["/icesco/feed/", "/icesco/feed.rss"],
    ["/ICESCO/FEED", "/icesco/feed.rss"],
    ["/icesco/feeds", "/icesco/feed.rss"],
    ["/icesco/rss", "/icesco/feed.rss"],
    ["/icesco/rss2", "/icesco/feed.rss"],
    ["/icesco/rdf", "/icesco/feed.rss"],
    ["/icesco/atom", "/icesco/feed.atom"],
    ["/icesco/json", "/icesco/feed.json"],
    ["/icesco/feed.xml", "/icesco/feed.rss"],
    ["/icesco/index.xml", "/icesco/feed.rss"],
    ["/icesco/index.rss", "/icesco/feed.rss"],
    ["/icesco/index.json", "/icesco/feed.json"],
    ["/icesco/rss.xml", "/icesco/feed.rss"],
    ["/icesco/Atom.xml", "/icesco/feed.atom"],
    ["/icesco/atom.xml?tag=heritage", "/icesco/feed.atom?tag=heritage"],
    ["/icesco/feed/rss2/", "/icesco/feed.rss"],
    ["/icesco/feed/atom", "/icesco/feed.atom"],
    ["/icesco/feed/json", "/icesco/feed.json"],
    ["/icesco.rss", "/icesco/feed.rss"],
    ["/icesco.xml", "/icesco/feed.rss"],
    ["/ICESCO.atom", "/icesco/feed.atom"],
    ["/feed?organization=icesco,unesco", "/feed.rss?organization=icesco,unesco"],
    ["/rss?organization=icesco", "/feed.rss?organization=icesco"],
    ["/atom.xml?organization=icesco", "/feed.atom?organization=icesco"],
    ["/feed/json/?organization=icesco", "/feed.json?organization=icesco"],
    // trackers
    ["/icesco?fbclid=IwAR0", "/icesco"],
    ["/icesco/feed.rss?", "/icesco/feed.rss"],
    ["/icesco/feed.rss?_=1732600000", "/icesco/feed.rss"],
    [
      "/icesco/feed.rss?v=2&tag=a%2Cb&UTM_Source=x&&exclude=language:ru",
      "/icesco/feed.rss?tag=a%2Cb&exclude=language:ru",
    ],
    ["/icesco/feed.rss?utm%5Fmedium=mail", "/icesco/feed.rss"],
    ["/icesco/archive/1.rss?gclid=1&mc_cid=2&mc_eid=3", "/icesco/archive/1.rss"],
    ["/articles/x?ref=home", "/articles/x"],
    ["/?utm_campaign=autumn", "/"],
    // private addresses
    [`/private/${KEY}/ICESCO/feed`, `/private/${KEY}/icesco/feed.rss`],
    [`/Private/${KEY}/icesco/Atom.xml?fbclid=1`, `/private/${KEY}/icesco/feed.atom`],
    [`/private/${KEY}/icesco/articles/X-1/`, `/private/${KEY}/icesco/articles/X-1`],
    [`/private/${KEY}/icesco/archive/1.RSS`, `/private/${KEY}/icesco/archive/1.rss`],
  ])("leads %s to %s", (address, target) => {
    expect(ledTo(address)).toBe(target);
  });

  test.each([
    ["/"],
    ["/icesco"],
    ["/icesco/feed.rss"],
    ["/icesco/feed.json?tag=Heritage&q=a+b"],
    ["/feed.atom?organization=icesco"],
    ["/organizations?page=2"],
    ["/articles/"],
    ["/articles/feed"],
    ["/articles/ABC?x=1"],
    ["/articles/a/b"],
    // a misspelt filter is an error that somebody must see
    ["/icesco/feed.rss?tags=heritage"],
    ["/icesco/feed.rss?Tag=heritage"],
    ["/icesco/feed.rss?utm=x"],
    // names of something else
    ["/icesco/index"],
    ["/icesco/rss.atom"],
    ["/icesco/feed/rss/atom/json"],
    ["/icesco/constructor"],
    ["/json"],
    ["/xml"],
    ["/sitemap.xml"],
    ["/sitemap/1.xml"],
    ["/robots.txt"],
    [`/private/${KEY}/icesco/feed.rss`],
    [`/private/${KEY}`],
    // exact: the API, and addresses for programs
    ["/api/v1/articles/"],
    ["/api/v1/articles?v=1"],
    ["/API/v1/articles/ABC"],
    ["/hub?hub.mode=subscribe&_=1"],
    ["/websub/SRC_x?hub.challenge=1&v=1"],
    ["/health?_=1"],
    ["/metrics/"],
    ["/webhooks/public-key?v=1"],
  ])("leaves %s as it is", (address) => {
    expect(ledTo(address)).toBe(address);
  });

  test("takes no filter for a tracker", () => {
    for (const name of [...FILTER_PARAMETERS, "tags", "authors", "page", "cursor", "search"]) {
      expect(ledTo(`/icesco/feed.rss?${name}=x`)).toBe(`/icesco/feed.rss?${name}=x`);
    }
  });
});

const word = fc.constantFrom(
  ..."icesco,ICESCO,feed,feed.xml,RSS,atom.xml,index.json,articles,Articles,private,archive,1.rss,organizations,api,v1".split(
    ",",
  ),
  ...["", ".", "..", "%2e", "%2F", "%5C", "\\", "evil.example", "@evil.example", "ü", "a:b"],
);
const path = fc
  .array(fc.oneof(word, fc.string({ maxLength: 8 })), { maxLength: 6 })
  .map((parts) => `/${parts.join("/")}`);
const pair = fc.tuple(
  fc.oneof(
    fc.constantFrom(...TRACKERS.map((name) => name.replace("*", "x")), "tag", "q", "//evil.example"),
    fc.string({ maxLength: 6 }),
  ),
  fc.string({ maxLength: 6 }),
);
const query = fc
  .array(pair, { maxLength: 4 })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join("&"));

/** Addresses as a Worker sees them: after a client has parsed them. */
const address = fc
  .tuple(path, query)
  .filter(([given, asked]) => URL.canParse(`${HOST}${given}?${asked}`))
  .map(([given, asked]) => new URL(`${HOST}${given}${asked && `?${asked}`}`));

describe("whatever is asked for", () => {
  test("one redirect leads to the one form, on the same host", () => {
    fc.assert(
      fc.property(address, ({ pathname, search }) => {
        const target = canonicalAddress(pathname, search);
        if (target === null) return;
        const led = new URL(target, `${HOST}${pathname}`);
        expect(led.origin).toBe(HOST);
        expect(led.pathname + led.search).toBe(target);
        expect(canonicalAddress(led.pathname, led.search)).toBeNull();
      }),
      { numRuns: 2000 },
    );
  });

  test("a path that names a feed again and again leads there at once", () => {
    expect(canonicalAddress("/feed/RSS/feed.xml", "")).toBe("/feed.rss");
    expect(canonicalAddress("/feed.rss", "")).toBeNull();
  });

  test("a key of a private address stays the second part of the path, and is nowhere else", () => {
    const rest = fc.array(word, { maxLength: 4 }).map((parts) => parts.join("/"));
    fc.assert(
      fc.property(fc.constantFrom("private", "Private", "/private/"), rest, query, (first, ending, asked) => {
        const url = new URL(`${HOST}/${first}/${KEY}/icesco/${ending}${asked && `?${asked}`}`);
        fc.pre(url.pathname.includes(KEY));
        const target = canonicalAddress(url.pathname, url.search);
        if (target === null) return;
        expect(target.split("?")[0]?.split("/").slice(0, 3)).toEqual(["", "private", KEY]);
        expect(target.split(KEY)).toHaveLength(2);
      }),
    );
  });

  test("parameters that no tracker adds are kept as they are written, in their order", () => {
    const kept = fc.constantFrom("tag=A%20b", "q=x+y", "tags=1", "exclude=language:ru", "Tag=%D1%8F");
    const dropped = fc.constantFrom("fbclid=1", "utm_x=2", "_=3", "", "V=4", "utm%5Fid");
    fc.assert(
      fc.property(fc.array(fc.oneof(kept, dropped), { maxLength: 6 }), (pairs) => {
        const wanted = pairs.filter((one) => /^(tag|q|exclude)/i.test(one)).join("&");
        expect(ledTo(`/icesco/feed.rss?${pairs.join("&")}`)).toBe(
          `/icesco/feed.rss${wanted && `?${wanted}`}`,
        );
      }),
    );
  });
});
