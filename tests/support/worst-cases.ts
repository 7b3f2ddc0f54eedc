import { LIMITS } from "../../src/model/limits.ts";

const MOST = LIMITS.SOURCE_BYTES;
const NAMESPACES = `xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:podcast="https://podcastindex.org/namespace/1.0"`;

/** Pieces made of a number each, as many as there is room for. */
function fill(make: (n: number) => string, room = MOST - 2_000): string {
  const parts: string[] = [];
  for (let n = 0, length = 0; length < room; n++) {
    const part = make(n);
    length += part.length;
    if (length <= room) parts.push(part);
  }
  return parts.join("");
}
const rss = (inner: string, attributes = ""): string =>
  `<?xml version="1.0"?><rss version="2.0" ${NAMESPACES} ${attributes}><channel><title>t</title><link>https://up.example/</link>${inner}</channel></rss>`;
const atom = (inner: string): string =>
  `<feed xmlns="http://www.w3.org/2005/Atom" ${NAMESPACES}><title>t</title>${inner}</feed>`;
const rdf = (inner: string): string =>
  `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" ${NAMESPACES}><channel><title>t</title></channel>${inner}</rdf:RDF>`;
const item = (inner: string): string => `<item><title>a</title><description>w</description>${inner}</item>`;
const entry = (inner: string): string => `<entry><title>a</title><id>1</id>${inner}</entry>`;
const json = (inner: string): string => `{"version":"https://jsonfeed.org/version/1.1","title":"t",${inner}}`;

/** Documents as large as may be, of what would cost most to read: a name, and how each is made. */
export const WORST_CASES: readonly (readonly [string, () => string])[] = [
  [
    "rss plain items",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>t${n}</title><link>https://up.example/${n}</link><description>w</description></item>`,
        ),
      ),
  ],
  ["rss tiny items", () => rss(fill(() => `<item/>`))],
  ["rss items untitled same", () => rss(fill(() => `<item><title>a</title></item>`))],
  ["rss names in channel", () => rss(fill((n) => `<a${n}/>`))],
  ["rss names in item", () => rss(item(fill((n) => `<a${n}/>`)))],
  ["rss prefixed names in item", () => rss(item(fill((n) => `<p${n}:a/>`)))],
  ["rss long names", () => rss(item(fill((n) => `<${"a".repeat(1000)}${n}/>`)))],
  [
    "rss namespaces declared root",
    () =>
      `<rss version="2.0" ${fill((n) => `xmlns:a${n}="u" `)}><channel><item><title>a</title></item></channel></rss>`,
  ],
  [
    "rss namespaces media root",
    () =>
      `<rss version="2.0" ${fill((n) => `xmlns:a${n}="http://search.yahoo.com/mrss/" `)}><channel><item><title>a</title></item></channel></rss>`,
  ],
  [
    "rss namespaces each element",
    () => rss(item(fill((n) => `<b xmlns:a${n}="http://search.yahoo.com/mrss/"/>`))),
  ],
  ["rss attributes one tag", () => rss(item(`<b ${fill((n) => `a${n}="" `)}/>`))],
  [
    "rss attributes root",
    () =>
      rss(
        item(""),
        fill((n) => `a${n}="" `),
      ),
  ],
  ["rss attributes no value", () => rss(item(`<b ${fill(() => `a `)}/>`))],
  ["rss attr spaces", () => rss(item(`<b ${" ".repeat(MOST - 4000)}a/>`))],
  ["rss attr long name no =", () => rss(item(`<b ${"a".repeat(MOST - 4000)} />`))],
  ["rss attr name spaces no =", () => rss(item(`<b ${fill(() => `a${" ".repeat(2_000)}`)} />`))],
  ["rss attr equals", () => rss(item(`<b ${"=".repeat(MOST - 4000)}/>`))],
  [
    "rss attr quote open",
    () => rss(item(`<b ${fill(() => `a='"`, MOST / 2)}${fill(() => `'"`, MOST / 2 - 4000)}/>`)),
  ],
  ["rss tabs in tag", () => rss(item(`<b ${"\t".repeat(MOST - 4000)}/>`))],
  ["rss deep", () => rss(fill(() => "<a>"))],
  ["rss deep closed", () => rss(fill(() => "<a>", 900_000) + fill(() => "</a>", 1_190_000))],
  [
    "rss deep description",
    () =>
      rss(
        `<item><title>a</title><description>${fill(() => "<a>", 900_000) + fill(() => "</a>", 1_100_000)}</description></item>`,
      ),
  ],
  ["rss deep item", () => rss(fill(() => "<item>", 900_000) + fill(() => "</item>", 1_050_000))],
  ["rss links", () => rss(item(fill((n) => `<link>https://a/${n}</link>`)))],
  ["rss channel links", () => rss(fill((n) => `<link>https://a/${n}</link>`) + item(""))],
  ["rss atom links", () => rss(item(fill((n) => `<atom:link href="/${n}"/>`)))],
  ["rss atom links channel", () => rss(fill((n) => `<atom:link href="/${n}"/>`) + item(""))],
  ["rss categories", () => rss(item(fill((n) => `<category>${n}</category>`)))],
  ["rss channel categories", () => rss(fill((n) => `<category>${n}</category>`) + item(""))],
  ["rss creators", () => rss(item(fill((n) => `<dc:creator>${n}</dc:creator>`)))],
  ["rss creators commas", () => rss(item(`<dc:creator>${fill((n) => `${n},`)}</dc:creator>`))],
  ["rss authors", () => rss(item(fill((n) => `<author>${n}@a.b (x)</author>`)))],
  ["rss author brackets", () => rss(item(`<author>${"(".repeat(MOST - 5000)}</author>`))],
  ["rss author brackets many", () => rss(item(fill(() => `<author>${"(".repeat(1000)}</author>`)))],
  ["rss author dots", () => rss(item(`<author>a@${"a.".repeat(MOST / 2 - 5000)}</author>`))],
  ["rss author www", () => rss(item(`<author>www.${"a.".repeat(MOST / 2 - 5000)} x</author>`))],
  ["rss author separators", () => rss(item(`<author>a@b x${" -".repeat(MOST / 2 - 5000)}a a@b.c</author>`))],
  ["rss media contents", () => rss(item(fill((n) => `<media:content url="/${n}"/>`)))],
  ["rss media thumbs", () => rss(item(fill((n) => `<media:thumbnail url="/${n}"/>`)))],
  [
    "rss media groups",
    () => rss(item(fill((n) => `<media:group><media:content url="/${n}"/></media:group>`))),
  ],
  ["rss media keywords", () => rss(item(`<media:keywords>${fill((n) => `${n},`)}</media:keywords>`))],
  ["rss itunes keywords", () => rss(item(`<itunes:keywords>${fill((n) => `${n},`)}</itunes:keywords>`))],
  ["rss enclosures", () => rss(item(fill((n) => `<enclosure url="/${n}"/>`)))],
  ["rss podcast persons", () => rss(item(fill((n) => `<podcast:person>${n}</podcast:person>`)))],
  ["rss comments", () => rss(item(fill(() => `<!---->`)))],
  ["rss comments in title", () => rss(`<item><title>a${fill(() => `<!---->`)}</title></item>`)],
  ["rss cdata in title", () => rss(`<item><title>a${fill(() => `<![CDATA[]]>`)}</title></item>`)],
  ["rss cdata in item", () => rss(item(fill(() => `<![CDATA[x]]>`)))],
  ["rss entities title", () => rss(`<item><title>a${fill(() => `&amp;`)}</title></item>`)],
  [
    "rss entities desc",
    () => rss(`<item><title>a</title><description>${fill(() => `&lt;b&gt;`)}</description></item>`),
  ],
  ["rss pis", () => rss(item(fill(() => `<?a?>`)))],
  ["rss pis attrs", () => rss(item(`<?a ${fill((n) => `a${n}="" `)}?>`))],
  ["rss text pieces", () => rss(item(fill(() => `x<b/>`)))],
  ["rss stray <", () => rss(item(fill(() => `< `)))],
  ["rss stray < in quotes", () => rss(item(fill(() => `<a '<'>`)))],
  ["rss closers", () => rss(item(fill(() => `</a>`)))],
  ["rss long title", () => rss(`<item><title>${"word ".repeat(400_000)}</title></item>`)],
  [
    "rss long desc html",
    () =>
      rss(`<item><title>a</title><description>${fill(() => `&lt;p&gt;word&lt;/p&gt;`)}</description></item>`),
  ],
  [
    "rss 8 descs 240k",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>a${n}</title><guid>${n}</guid><description><![CDATA[${"<b>".repeat(250)}${"<p>x".repeat(50_000)}]]></description></item>`,
        ),
      ),
  ],
  [
    "rss many html items",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>a${n}</title><guid>${n}</guid><description><![CDATA[${"<b><p>x".repeat(300)}]]></description></item>`,
        ),
      ),
  ],
  [
    "rss html comments 240k",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>a${n}</title><guid>${n}</guid><description><![CDATA[a${" <!>".repeat(60_000)}b]]></description></item>`,
        ),
      ),
  ],
  [
    "rss html attrs",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>a${n}</title><guid>${n}</guid><description><![CDATA[<p ${fill((m) => `a${m} `, 390_000)}>b]]></description></item>`,
        ),
      ),
  ],
  [
    "rss html imgs",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>a${n}</title><guid>${n}</guid><description><![CDATA[${fill((m) => `<img src=/${m}>`, 390_000)}b]]></description></item>`,
        ),
      ),
  ],
  [
    "rss html nesting open",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>a${n}</title><guid>${n}</guid><description><![CDATA[${"<i><b>".repeat(120)}${"<p>".repeat(3000)}]]></description></item>`,
        ),
      ),
  ],
  [
    "rss html in title",
    () =>
      rss(
        fill((n) => `<item><title><![CDATA[${"<b>x</b>".repeat(10000)}]]></title><guid>${n}</guid></item>`),
      ),
  ],
  ["rss spaces", () => rss(`<item><title>a${" ".repeat(MOST - 3000)}b</title></item>`)],
  ["rss dates", () => rss(item(fill((n) => `<dc:date>soon${n}</dc:date>`)))],
  ["rss date long", () => rss(item(`<pubDate>${"1".repeat(MOST - 4000)}</pubDate>`))],
  [
    "rss guids same link",
    () => rss(fill((n) => `<item><title>t${n}</title><link>https://up.example/</link></item>`)),
  ],
  [
    "rss long links",
    () =>
      rss(
        fill(
          (n) => `<item><title>t${n}</title><link>https://up.example/${"a/../".repeat(400)}</link></item>`,
        ),
      ),
  ],
  [
    "rss query links",
    () =>
      rss(
        fill(
          (n) => `<item><title>t${n}</title><link>https://up.example/?${"utm_a&".repeat(300)}</link></item>`,
        ),
      ),
  ],
  [
    "rss query link one",
    () => rss(item(`<link>https://up.example/?${fill((n) => `utm_${n}&amp;`, 1_900_000)}</link>`)),
  ],
  [
    "rss query link plain",
    () => rss(item(`<link>https://up.example/?${fill((n) => `${n}&amp;`, 1_900_000)}</link>`)),
  ],
  ["rss xml base", () => rss(item(""), `xml:base="https://a/${"b/".repeat(1_000_000)}"`)],
  ["rdf names", () => rdf(item(fill((n) => `<a${n}/>`)))],
  ["rdf items", () => rdf(fill((n) => `<item rdf:about="${n}"><title>a</title></item>`))],
  [
    "rdf lis",
    () =>
      rdf(
        `<channel><items><rdf:Seq>${fill((n) => `<rdf:li rdf:resource="${n}"/>`)}</rdf:Seq></items></channel>`,
      ),
  ],
  ["atom names", () => atom(entry(fill((n) => `<a${n}/>`)))],
  ["atom links", () => atom(entry(fill((n) => `<link href="/${n}"/>`)))],
  ["atom links enclosure", () => atom(entry(fill((n) => `<link rel="enclosure" href="/${n}"/>`)))],
  ["atom feed links", () => atom(fill((n) => `<link href="/${n}"/>`) + entry(""))],
  ["atom authors", () => atom(entry(fill((n) => `<author><name>${n}</name></author>`)))],
  [
    "atom feed authors x entries",
    () =>
      atom(fill((n) => `<author><name>${n}</name></author>`, 1_000_000) + fill(() => entry(""), 1_000_000)),
  ],
  ["atom categories", () => atom(entry(fill((n) => `<category term="${n}"/>`)))],
  ["atom entries", () => atom(fill((n) => `<entry><id>${n}</id><title>a</title></entry>`))],
  [
    "atom xhtml",
    () =>
      atom(
        fill(
          (n) =>
            `<entry><id>${n}</id><title>a</title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">${"<p>x</p>".repeat(40_000)}</div></content></entry>`,
        ),
      ),
  ],
  [
    "atom xhtml prefix",
    () =>
      atom(
        fill(
          (n) =>
            `<entry><id>${n}</id><title>a</title><content type="xhtml"><x:div xmlns:x="http://www.w3.org/1999/xhtml">${"<x:p>x</x:p>".repeat(40_000)}</x:div></content></entry>`,
        ),
      ),
  ],
  [
    "atom xhtml cdata open",
    () =>
      atom(
        fill(
          (n) =>
            `<entry><id>${n}</id><title>a</title><content type="xhtml"><div>${"<![CDATA[]]>".repeat(30_000)}</div></content></entry>`,
        ),
      ),
  ],
  [
    "atom xhtml spaces",
    () =>
      atom(
        `<entry><id>1</id><title>a</title><content type="xhtml">${" ".repeat(2_000_000)}<div>a</div></content></entry>`,
      ),
  ],
  [
    "atom prefixed names",
    () =>
      `<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>t</a:title><a:entry><a:title>x</a:title>${fill((n) => `<a:n${n}/>`)}</a:entry></a:feed>`,
  ],
  ["json keys in item", () => json(`"items":[{"id":"1","title":"a",${fill((n) => `"k${n}":1,`)}"z":1}]`)],
  ["json keys in feed", () => json(`${fill((n) => `"k${n}":1,`)}"items":[{"id":"1","title":"a"}]`)],
  [
    "json keys in attachments",
    () => json(`"items":[{"id":"1","title":"a","attachments":[${fill((n) => `{"k${n}":1},`)}{}]}]`),
  ],
  [
    "json keys in attachment",
    () => json(`"items":[{"id":"1","title":"a","attachments":[{${fill((n) => `"k${n}":1,`)}"z":1}]}]`),
  ],
  [
    "json keys per item",
    () =>
      json(
        `"items":[${fill((n) => `{"id":"${n}","title":"a",${Array.from({ length: 200 }, (_, m) => `"k${m}":1`).join()}},`)}{}]`,
      ),
  ],
  ["json number keys", () => json(`"items":{${fill((n) => `"${n}":1,`)}"x":1}`)],
  ["json items", () => json(`"items":[${fill((n) => `{"id":"${n}","title":"a"},`)}{}]`)],
  ["json tags", () => json(`"items":[{"id":"1","title":"a","tags":[${fill((n) => `"${n}",`)}""]}]`)],
  ["json tags nested", () => json(`"items":[{"id":"1","title":"a","tags":[${fill((n) => `["${n}"],`)}""]}]`)],
  [
    "json authors",
    () => json(`"items":[{"id":"1","title":"a","authors":[${fill((n) => `{"name":"${n}"},`)}{}]}]`),
  ],
  [
    "json feed authors x items",
    () =>
      json(
        `"authors":[${fill((n) => `{"name":"${n}"},`, 1_000_000)}{}],"items":[${fill((n) => `{"id":"${n}","title":"a"},`, 1_000_000)}{}]`,
      ),
  ],
  [
    "json attachments",
    () => json(`"items":[{"id":"1","title":"a","attachments":[${fill((n) => `{"url":"/${n}"},`)}{}]}]`),
  ],
  ["json hubs", () => json(`"hubs":[${fill((n) => `{"url":"${n}"},`)}{}],"items":[{"id":"1","title":"a"}]`)],
  ["json deep", () => json(`"items":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`)],
  [
    "json html",
    () => json(`"items":[${fill((n) => `{"id":"${n}","content_html":"${"<p>x</p>".repeat(5000)}"},`)}{}]`),
  ],
  ["json url", () => json(`"items":[{"id":"1","title":"a","url":"https://a/${"b/".repeat(1_000_000)}"}]`)],
  ["junk <", () => "<".repeat(MOST)],
  ["junk <rss ", () => "<rss ".repeat(400_000)],
  ["junk <!--", () => "<!--".repeat(500_000)],
  ["junk spaces", () => " ".repeat(MOST)],
  ["junk spaces <", () => " <".repeat(MOST / 2)],
  ["junk <aaaa", () => `<${"a".repeat(MOST - 1)}`],
  ["junk aaa:", () => "<a:".repeat(600_000)],
  ["junk {", () => "{".repeat(MOST)],
  ["json unterminated", () => json(`"items":[${fill((n) => `{"id":"${n}"},`)}`)],
  [
    "rss xhtml bodies",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>a${n}</title><body xmlns="http://www.w3.org/1999/xhtml">${"<p>x</p>".repeat(5_000)}</body></item>`,
        ),
      ),
  ],
  ["rss unclosed sections", () => rss(fill(() => "<item><title><![CDATA["))],
  ["rss unclosed quotes", () => rss(fill(() => "<a b='"))],
  ["rss unclosed titles", () => rss(fill(() => "<item><title>"))],
  [
    "rss many dates",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>a${n}</title>${["pubDate", "dc:date", "atom:published", "atom:updated"].map((name) => `<${name}>${"Wednesday, 25 November 2026 10:00 ".repeat(2)}</${name}>`).join("")}</item>`,
        ),
      ),
  ],
  [
    "atom many xhtml entries",
    () =>
      atom(
        fill(
          (n) =>
            `<entry><id>${n}</id><title>a</title><content type="xhtml"><div>${"<p/>".repeat(400)}</div></content></entry>`,
        ),
      ),
  ],
  [
    "atom xhtml names",
    () => atom(entry(`<content type="xhtml"><div><${"a".repeat(1_900_000)} </div></content>`)),
  ],
  [
    "rss html names",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>a${n}</title><description><![CDATA[<${"a".repeat(390_000)} <b>x]]></description></item>`,
        ),
      ),
  ],
  [
    "rss html quotes",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>a${n}</title><description><![CDATA[${'<a b="'.repeat(60_000)}]]></description></item>`,
        ),
      ),
  ],
  [
    "rss html comments open",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>a${n}</title><description><![CDATA[<b>${"<!--".repeat(90_000)}]]></description></item>`,
        ),
      ),
  ],
  [
    "rss titles of names",
    () =>
      rss(
        fill(
          (n) =>
            `<item><title>a${n}</title><dc:creator>${fill((m) => `${m}&amp;,`, 19_000)}</dc:creator></item>`,
        ),
      ),
  ],
  ["rss elements without end tags", () => rss(item(fill((n) => `<a${n}>`)))],
  ["rss known elements without end tags", () => rss(fill(() => "<item><category><title>a</item>"))],
];
