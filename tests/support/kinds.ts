const encoder = new TextEncoder();

/** Text in UTF-16, with a byte order mark. */
function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 + 2 * text.length));
  view.setUint16(0, 0xfeff, littleEndian);
  for (let index = 0; index < text.length; index++) {
    view.setUint16(2 + 2 * index, text.charCodeAt(index), littleEndian);
  }
  return new Uint8Array(view.buffer);
}

/** Text of ASCII and the letters А to я in windows-1251. */
const windows1251 = (text: string): Uint8Array =>
  Uint8Array.from(text, (letter) =>
    /[А-я]/.test(letter) ? letter.charCodeAt(0) - 0x410 + 0xc0 : letter.charCodeAt(0),
  );

/** Text of the first 256 characters in ISO 8859-1. */
export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** A feed as some server sends it, and what its one item says. */
export interface Kind {
  name: string;
  bytes: Uint8Array;
  contentType: string;
  title: string;
  text: string;
  link: string;
  published: string | null;
}

const LINK = "https://up.example/one";

const rss2 = (title: string, text: string, declaration = '<?xml version="1.0"?>'): string =>
  `${declaration}
  <rss version="2.0"><channel><title>Up</title><link>https://up.example/</link><description>All</description>
    <item><title>${title}</title><link>${LINK}</link><guid>${LINK}</guid><description>${text}</description>
    <pubDate>Tue, 01 Jan 2030 10:00:00 +0400</pubDate></item></channel></rss>`;

const said = { title: "One & all", text: "Bold words.", link: LINK, published: "2030-01-01T06:00:00Z" };
const xml = "application/xml";

const FORMATS: Kind[] = [
  {
    name: "RSS 0.91",
    contentType: xml,
    bytes: encoder.encode(`<?xml version="1.0"?>
      <!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
      <rss version="0.91"><channel><title>Up</title><link>https://up.example/</link><language>en</language>
      <item><title>One &amp; all</title><link>${LINK}</link><description>Bold words.</description></item></channel></rss>`),
    ...said,
    published: null,
  },
  {
    name: "RSS 0.92",
    contentType: "text/xml",
    bytes: encoder.encode(`<rss version="0.92"><channel><title>Up</title><link>https://up.example/</link>
      <item><title>One &amp; all</title><link>${LINK}</link><description>&lt;b&gt;Bold&lt;/b&gt; words.</description>
      <enclosure url="https://up.example/a.mp3" length="10" type="audio/mpeg"/></item></channel></rss>`),
    ...said,
    published: null,
  },
  {
    name: "RSS 1.0",
    contentType: "application/rdf+xml",
    bytes: encoder.encode(`<?xml version="1.0"?>
      <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
      <channel rdf:about="https://up.example/"><title>Up</title><link>https://up.example/</link><description>All</description>
      <items><rdf:Seq><rdf:li rdf:resource="${LINK}"/></rdf:Seq></items></channel>
      <item rdf:about="${LINK}"><title>One &amp; all</title><link>${LINK}</link><description>Bold words.</description>
      <dc:creator>Somebody</dc:creator><dc:date>2030-01-01T10:00+04:00</dc:date></item></rdf:RDF>`),
    ...said,
  },
  {
    name: "RSS 2.0",
    contentType: "application/rss+xml",
    bytes: encoder.encode(rss2("One &amp; all", "Bold words.")),
    ...said,
  },
  {
    name: "RSS 2.0 with everything",
    contentType: xml,
    bytes: encoder.encode(`
      <?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
      <channel><title>Up</title><link>https://up.example/</link><item><title><![CDATA[One & all]]></title>
      <guid isPermaLink="true">${LINK}</guid><description>In short</description>
      <content:encoded><![CDATA[<p><b>Bold</b> words.</p>]]></content:encoded><dc:creator>Somebody</dc:creator>
      <media:thumbnail url="/picture.jpg"/><pubDate>Tue, 1 Jan 30 01:00 EST</pubDate></item></channel></rss>`),
    ...said,
  },
  {
    name: "Atom 0.3",
    contentType: "application/atom+xml",
    bytes: encoder.encode(`<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Up</title>
      <link rel="alternate" type="text/html" href="https://up.example/"/><modified>2030-01-01T06:00:00Z</modified>
      <entry><title type="text/html" mode="escaped">One &amp;amp; all</title><link rel="alternate" type="text/html" href="${LINK}"/>
      <id>tag:up.example,2030:1</id><issued>2030-01-01T10:00:00+04:00</issued><modified>2030-01-02T06:00:00Z</modified>
      <content type="text/html" mode="escaped">&lt;b&gt;Bold&lt;/b&gt; words.</content></entry></feed>`),
    ...said,
  },
  {
    name: "Atom 1.0",
    contentType: "application/atom+xml",
    bytes: encoder.encode(`<?xml version="1.0" encoding="utf-8"?>
      <a:feed xmlns:a="http://www.w3.org/2005/Atom" xml:base="https://up.example/"><a:title>Up</a:title><a:id>urn:x</a:id><a:updated>2030-01-02T00:00:00Z</a:updated>
      <a:entry><a:title type="text">One &amp; all</a:title><a:link href="one"/><a:id>urn:1</a:id><a:updated>2030-01-02T06:00:00Z</a:updated>
      <a:published>2030-01-01T06:00:00Z</a:published><a:content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><b>Bold</b> words.</div></a:content></a:entry></a:feed>`),
    ...said,
  },
  {
    name: "JSON Feed 1",
    contentType: "application/json",
    bytes: encoder.encode(
      JSON.stringify({
        version: "https://jsonfeed.org/version/1",
        title: "Up",
        home_page_url: "https://up.example/",
        author: { name: "Somebody" },
        items: [
          {
            id: 1,
            url: LINK,
            title: "One & all",
            content_text: "Bold words.",
            date_published: "2030-01-01T10:00:00+04:00",
          },
        ],
      }),
    ),
    ...said,
  },
  {
    name: "JSON Feed 1.1",
    contentType: "application/feed+json",
    bytes: encoder.encode(
      `\uFEFF${JSON.stringify({
        version: "https://jsonfeed.org/version/1.1",
        title: "Up",
        items: [
          {
            id: "1",
            url: LINK,
            title: "One & all",
            content_html: "<b>Bold</b> words.",
            date_published: "2030-01-01T06:00:00Z",
            authors: [{ name: "Somebody" }],
          },
        ],
      })}`,
    ),
    ...said,
  },
];

const arabic = { ...said, title: "خبر جديد", text: "نص الخبر." };
const cyrillic = { ...said, title: "Новая весть", text: "Слова вести." };
const french = { ...said, title: "L’été à Bâle", text: "Des mots français." };

const CHARSETS: Kind[] = [
  {
    name: "Arabic in UTF-8",
    contentType: xml,
    bytes: encoder.encode(rss2(arabic.title, arabic.text)),
    ...arabic,
  },
  {
    name: "Cyrillic in windows-1251, by its declaration",
    contentType: "text/xml",
    bytes: windows1251(rss2(cyrillic.title, cyrillic.text, '<?xml version="1.0" encoding="windows-1251"?>')),
    ...cyrillic,
  },
  {
    name: "Cyrillic in windows-1251, by its Content-Type",
    contentType: 'text/xml; charset="WINDOWS-1251"',
    bytes: windows1251(rss2(cyrillic.title, cyrillic.text)),
    ...cyrillic,
  },
  {
    name: "Cyrillic in UTF-8, under a charset that nobody knows",
    contentType: "text/xml; charset=no-such-charset",
    bytes: encoder.encode(rss2(cyrillic.title, cyrillic.text)),
    ...cyrillic,
  },
  {
    name: "French in ISO 8859-1",
    contentType: xml,
    bytes: latin1(
      rss2(
        "L&rsquo;\u00e9t\u00e9 \u00e0 B\u00e2le",
        "Des&nbsp;mots fran\u00e7ais.",
        '<?xml version="1.0" encoding="ISO-8859-1"?>',
      ),
    ),
    ...french,
  },
  {
    name: "French in ISO 8859-1 that says it is UTF-8",
    contentType: "text/xml; charset=utf-8",
    bytes: latin1(
      rss2(
        "L&#8217;\u00e9t\u00e9 \u00e0 B\u00e2le",
        "Des mots fran\u00e7ais.",
        '<?xml version="1.0" encoding="utf-8"?>',
      ),
    ),
    ...french,
  },
  {
    name: "UTF-16, the little end first",
    contentType: xml,
    bytes: utf16(rss2(arabic.title, arabic.text), true),
    ...arabic,
  },
  {
    name: "UTF-16, the big end first",
    contentType: "text/xml; charset=utf-16",
    bytes: utf16(rss2(arabic.title, arabic.text), false),
    ...arabic,
  },
  {
    name: "UTF-16 without a mark",
    contentType: xml,
    bytes: utf16(rss2(arabic.title, arabic.text), true).subarray(2),
    ...arabic,
  },
];

/** One feed of each kind that is met. */
export const KINDS: readonly Kind[] = [...FORMATS, ...CHARSETS];
