import fc from "fast-check";
import { parseOpml } from "feedsmith";
import { expect, test } from "vitest";
import { opmlDocument } from "../../../src/feeds/opml.ts";
import type { Organization } from "../../../src/model/organization.ts";
import { anyOrganization } from "../../support/arbitraries.ts";
import { all, readXml, texts, type XmlElement } from "../../support/reading.ts";

const SITE = { publicUrl: "https://news.example", tagAuthority: "news.example,2025" };
const UPDATED = 1_765_962_660_000;

/** The root of the list of some organizations, on which both XML parsers agree. */
function root(organizations: readonly Organization[]): XmlElement {
  const { byXmldom, byFastXmlParser } = readXml(opmlDocument(organizations, SITE, UPDATED));
  expect(byFastXmlParser).toEqual(byXmldom);
  return byXmldom;
}

const outlines = (opml: XmlElement): XmlElement[] =>
  all(opml, "body").flatMap((body) => all(body, "outline"));

test("whatever organizations are called, the list says it", () => {
  fc.assert(
    fc.property(fc.array(anyOrganization, { maxLength: 3 }), (given) => {
      const organizations = given.map((one, index) => ({ ...one, slug: `org-${index}` }));
      expect(outlines(root(organizations)).map(({ attributes }) => attributes)).toEqual(
        organizations.map(({ slug, name, description, language }) => ({
          type: "rss",
          text: name,
          title: name,
          ...(description ? { description } : {}),
          language,
          category: `/organizations/${slug}`,
          htmlUrl: `https://news.example/${slug}`,
          xmlUrl: `https://news.example/${slug}/feed.atom`,
        })),
      );
    }),
  );
});

test("has a head as OPML 2.0 has it", () => {
  const opml = root([]);
  expect([opml.name, opml.attributes.version]).toEqual(["opml", "2.0"]);
  expect(opml.children.map(({ name }) => name)).toEqual(["head", "body"]);
  const [head] = all(opml, "head");
  expect(head && texts(head, "dateModified")).toEqual(["Wed, 17 Dec 2025 09:11:00 GMT"]);
  expect(head && texts(head, "title")).toHaveLength(1);
});

test("is read by feedsmith", () => {
  const icesco = {
    slug: "icesco",
    name: "A & <B>",
    description: "",
    language: "ar",
    aliases: [],
    sources: [],
  };
  expect(parseOpml(opmlDocument([icesco], SITE, UPDATED)).body?.outlines).toEqual([
    {
      type: "rss",
      text: "A & <B>",
      title: "A & <B>",
      language: "ar",
      category: "/organizations/icesco",
      htmlUrl: "https://news.example/icesco",
      xmlUrl: "https://news.example/icesco/feed.atom",
    },
  ]);
});
