import fc from "fast-check";
import { writable } from "../../../src/model/text.ts";

/** Attacks of which nothing is left. */
export const NOTHING_LEFT = [
  "<script>alert(1)</script>",
  "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
  "<script/x>alert(1)</script>",
  "<img src=x:alert(1) onerror=eval(src)>",
  '<img src="javascript:alert(1)">',
  '<img src="mailto:a@evil.example">',
  '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
  "<svg onload=alert(1)>",
  "<svg><animate onbegin=alert(1) attributeName=x></svg>",
  "<svg><foreignObject><iframe onload=alert(1)></foreignObject></svg>",
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<math href="javascript:alert(1)">x</math>',
  '<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>',
  '<iframe src="javascript:alert(1)">inside</iframe>',
  '<object data="javascript:alert(1)">inside</object>',
  '<embed src="javascript:alert(1)">',
  "<applet code=x>inside</applet>",
  '<frameset onload=alert(1)><frame src="javascript:alert(1)"></frameset>',
  '<input type=image src="javascript:alert(1)">',
  "<input autofocus onfocus=alert(1)>",
  '<button formaction="javascript:alert(1)">Go</button>',
];

/** Attacks on the text "x", of which only that is left. */
export const ONLY_TEXT_LEFT = [
  "<script>a<!--<script>b</script>c</script>x",
  "<svg><script>alert(1)</script></svg>x",
  '<svg><a xlink:href="javascript:alert(1)"><text>y</text></a></svg>x',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>x',
  "<body onload=alert(1)>x",
  '<meta http-equiv=refresh content="0;url=javascript:alert(1)">x',
  '<link rel=stylesheet href="javascript:alert(1)">x',
  '<style>@import "//evil.example/x.css";</style>x',
  "<textarea><img src=x onerror=alert(1)></textarea>x",
  "<title><img src=x onerror=alert(1)></title>x",
  "<noembed><img src=x onerror=alert(1)></noembed>x",
  "<template><script>alert(1)</script></template>x",
  "<marquee onstart=alert(1)>x</marquee>",
  "<x-y onclick=alert(1)>x</x-y>",
  '<map name=m><area href="javascript:alert(1)"></map>x',
  '<portal src="javascript:alert(1)">x</portal>',
  '<img src="/p.gif" width=1 height=1>x',
  '<img src="/p.gif" width="0">x',
  '<img src="/p.gif" height="1px">x',
  '<img src="/p.gif" style="display:none">x',
  '<img src="/p.gif" style="border:0;WIDTH: 1px !important">x',
];

/** Addresses that no link may lead to. */
export const NO_LINKS = [
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " javascript:alert(1)",
  "java&#10;script:alert(1)",
  "java&Tab;script:alert(1)",
  "&#x6A;avascript&colon;alert(1)",
  "&#0000106avascript:alert(1)",
  "\u0001javascript:alert(1)",
  "javascript&#58;alert(1)",
  "vbscript:msgbox(1)",
  "data:text/html,<script>alert(1)</script>",
  "blob:https://evil.example/1",
  "file:///etc/passwd",
  "view-source:javascript:alert(1)",
  "feed:javascript:alert(1)",
  "http://[::bad",
];

/** Attacks on something that stays. */
export const TAMED: [attack: string, left: string][] = [
  ["<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt>alert(1)ipt>"],
  ["<<script>alert(1)//<</script>", "&#x3C;"],
  ["<p>x\u0000<scr\u0000ipt>alert(1)</script>", "<p>xalert(1)</p>"],
  ["&lt;script&gt;alert(1)&lt;/script&gt;", "&#x3C;script>alert(1)&#x3C;/script>"],
  ["<xmp><img src=x onerror=alert(1)></xmp>", "&#x3C;img src=x onerror=alert(1)>"],
  ["<plaintext><script>alert(1)</script>", "&#x3C;script>alert(1)&#x3C;/script>"],
  ['<img """><script>alert(1)</script>">', '">'],
  ["<img src=/x onerror=alert(1)>", '<img src="https://n.example/x" />'],
  ["<IMG SRC=/x ONERROR=alert(1)>", '<img src="https://n.example/x" />'],
  ["<img src=/x\nonerror\n=\nalert(1)>", '<img src="https://n.example/x" />'],
  ['<img src="/x"onerror="alert(1)">', '<img src="https://n.example/x" />'],
  ["<img/src=/x/onerror=alert(1)>", '<img src="https://n.example/x/onerror=alert(1)" />'],
  ["<image src=/x onerror=alert(1)>", '<img src="https://n.example/x" />'],
  ['<img src=/x dynsrc="javascript:alert(1)">', '<img src="https://n.example/x" />'],
  ['<img src=/x srcset="javascript:alert(1) 1x, data:,x 2x, tel:1 3x">', '<img src="https://n.example/x" />'],
  ["<select><style></select><img src=/x onerror=alert(1)>", '<img src="https://n.example/x" />'],
  ["<!--><img src=/x onerror=alert(1)>-->", '<img src="https://n.example/x" />-->'],
  ["<!-- --!><img src=/x onerror=alert(1)>-->", '<img src="https://n.example/x" />-->'],
  ["<![CDATA[<img src=/x onerror=alert(1)>]]>", "]]>"],
  ['<style><img src="</style><img src=/x onerror=alert(1)>">', '<img src="https://n.example/x" />">'],
  [
    '<svg></p><style><a id="</style><img src=/x onerror=alert(1)>">',
    '<p></p><img src="https://n.example/x" />">',
  ],
  ["<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", "<div></div>"],
  [
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<p title="&#x3C;/noscript&#x3E;&#x3C;img src=x onerror=alert(1)&#x3E;"></p>',
  ],
  [
    "<p title='\"><script>alert(1)</script>'>x",
    '<p title="&#x22;&#x3E;&#x3C;script&#x3E;alert(1)&#x3C;/script&#x3E;">x</p>',
  ],
  [
    '<a href="/p" target=_blank onclick=alert(1) ping=//evil.example>x</a>',
    '<a href="https://n.example/p">x</a>',
  ],
  ['<base href="javascript:alert(1)//"><a href="/p">x</a>', '<a href="https://n.example/p">x</a>'],
  ['<p style="background:url(javascript:alert(1))">x</p>', "<p>x</p>"],
  ["<div style='width:expression(alert(1))' class=c id=i name=n>x</div>", "<div>x</div>"],
  ["<p/onclick=alert(1)//>x", "<p>x</p>"],
  ["<p is=x-y slot=s contenteditable tabindex=1 autofocus onfocus=alert(1)>x", "<p>x</p>"],
  ["<html onmouseover=alert(1)><p>x", "<p>x</p>"],
  [
    "<details ontoggle=alert(1) open><summary>x</summary>y</details>",
    "<details open><summary>x</summary>y</details>",
  ],
  [
    "<form action=javascript:alert(1)><p>Name</p><input name=n><button>Go</button></form>",
    "<div><p>Name</p></div>",
  ],
  [
    '<video src=/v.mp4 onerror=alert(1) autoplay poster="javascript:alert(1)"></video>',
    '<video src="https://n.example/v.mp4" controls></video>',
  ],
  [
    '<table background="javascript:alert(1)"><tr><td onclick=alert(1)>x</table>',
    "<table><tbody><tr><td>x</td></tr></tbody></table>",
  ],
  ['<blockquote cite="javascript:alert(1)">x</blockquote>', "<blockquote>x</blockquote>"],
];

const tagsOf = (names: string, ...shapes: ((name: string) => string)[]) =>
  fc.constantFrom(...names.split(" ").flatMap((name) => shapes.map((shape) => shape(name))));

const pieces = fc.oneof(
  {
    weight: 6,
    arbitrary: tagsOf(
      "p a b i div span table tr td ul li form font video source audio details x-y",
      (name) => `<${name}>`,
      (name) => `</${name}>`,
      (name) => `<${name} title='"><script>' onclick=alert(1) href="javascript:alert(1)" src=/x>`,
    ),
  },
  {
    weight: 1,
    arbitrary: tagsOf(
      "script style title textarea select option template noscript iframe object svg math foreignObject desc mtext mglyph",
      (name) => `<${name}>`,
      (name) => `</${name}>`,
      (name) => `<${name} `,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(..."<!-- --> --!> <![CDATA[ ]]> <? > < /> &#x &lt; &#1; \" ' `".split(" ")),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ' style="',
      " xlink:href=",
      "javascript:alert(1)",
      "data:text/html,",
      "//evil.example/",
      "<a href=",
      '<img src="',
      "<img src=x onerror=",
      ' srcset="',
      " 2x, ",
      " open ",
      "<br dir=rtl>",
    ),
  },
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 5 }) },
);

/** HTML as nobody writes it: pieces that mean something, in any order, with any text between them. */
export const soup = fc.array(pieces, { maxLength: 40, size: "max" }).map((some) => writable(some.join("")));
