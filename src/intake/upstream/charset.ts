const BOMS: readonly [string, number[]][] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16be", [0xfe, 0xff]],
  ["utf-16le", [0xff, 0xfe]],
];

/** XML and JSON in sixteen bits without a BOM begin with these: `<?`, `<r`, `{"` (XML 1.0, appendix F). */
const SIXTEEN_BITS: readonly [string, number[]][] = [
  ["utf-16be", [0x00, 0x3c, 0x00]],
  ["utf-16le", [0x3c, 0x00]],
  ["utf-16be", [0x00, 0x7b, 0x00]],
  ["utf-16le", [0x7b, 0x00]],
];

const DECLARATION_BYTES = 1_024;

/** Text of another charset does not contain so many valid multi-byte sequences of UTF-8 by chance. */
const CERTAIN = 10;

/**
 * Decodes a document. A byte order mark or a 16-bit pattern decides first. Valid UTF-8 is UTF-8 whatever the labels say,
 * unless a label names another multi-byte charset and only a few sequences speak for UTF-8. Mostly valid UTF-8 gets a
 * replacement character for each bad sequence (Encoding Standard, "decode"). Otherwise the charset is that of the
 * Content-Type, else of the XML declaration (RFC 7303 §3), else windows-1252, in which every byte is a character.
 */
export function decoded(bytes: Uint8Array, contentType: string): string {
  const marked = beginning(bytes, BOMS) ?? beginning(bytes, SIXTEEN_BITS);
  if (marked) return new TextDecoder(marked).decode(bytes);
  const said = [/;\s*charset\s*=\s*["']?([^\s;"']+)/i.exec(contentType)?.[1], declaredIn(bytes)];
  const charset = said.map((label) => charsetOf(label ?? "")).find((one) => one !== null) ?? null;
  const others = said.map((label) => charsetOf(label ?? "")).filter((one) => one !== null && one !== "utf-8");
  const { good, bad } = sequencesIn(bytes);
  const wide = others.find((one) => one !== null && WIDE.test(one));
  const isUtf8 = bad === 0 ? good >= CERTAIN || !wide : good > 2 * bad && (!wide || good > CERTAIN);
  // ISO-2022-JP uses only ASCII bytes, so its label is the only evidence.
  if (isUtf8 && !(good === 0 && charset === "iso-2022-jp")) return new TextDecoder().decode(bytes);
  const other = charset === null || charset === "utf-8" ? (others[0] ?? "windows-1252") : charset;
  return new TextDecoder(other).decode(bytes);
}

/** Multi-byte charsets. */
const WIDE = /^(?:gb|big5|euc|shift|iso-2022)/;

/** Counts valid multi-byte sequences of UTF-8, and invalid ones (Unicode, table 3-7). */
function sequencesIn(bytes: Uint8Array): { good: number; bad: number } {
  let [good, bad] = [0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const more = MORE[bytes[at] ?? 0] ?? 0;
    if (more === 0) continue;
    const start = at;
    while (at - start < more && ((bytes[at + 1] ?? 0) & 0xc0) === 0x80) at++;
    if (at - start === more) good++;
    else bad++;
  }
  return { good, bad };
}

/** Bytes that follow each lead byte in UTF-8; impossibly many for bytes that are no lead byte. */
const MORE = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x80) return 0;
  if (byte < 0xc2 || byte > 0xf4) return 9;
  return byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
});

function beginning(bytes: Uint8Array, table: readonly [string, number[]][]): string | undefined {
  return table.find(([, start]) => start.every((byte, index) => bytes[index] === byte))?.[0];
}

/** The encoding that an XML declaration names. It is in ASCII, or else a BOM or sixteen bits have told. */
function declaredIn(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder("windows-1252").decode(bytes.subarray(0, DECLARATION_BYTES));
  return /^\s*<\?xml[^>]*?encoding\s*=\s*["']?([^"'>?]+)/i.exec(start)?.[1]?.trim();
}

/** Misspelt labels, without punctuation, and what they mean. */
const MISSPELT: readonly [RegExp, string][] = [
  [/^(?:x?cp|win|windows|ms|ansi|mswin)?(125\d|874)(?:l\d|cyrillic|latin\d?|turkish|arabic)?$/, "windows-$1"],
  [/^(?:iso|isoir)?(?:iec)?8859(\d{1,2})[ei]?(?:\d{4})?$/, "iso-8859-$1"],
  [/^(?:x?unicode\d*)?utf?8(?:n|bom|mb3|mb4|unicode)?$|^(?:cp|win|windows)?65001$|^u8$/, "utf-8"],
  [/^l(?:atin)?([1-6])$/, "latin$1"],
  [/^latin7$/, "iso-8859-13"],
  [/^latin9$/, "iso-8859-15"],
  [/^(?:cskoi8|koi8)(r|u)?(?:u)?$/, "koi8-$1"],
  [/^(?:cp|ibm|dos|csibm)?866$/, "ibm866"],
  [/^(?:x?mac)(?:os)?(?:cyrillic|ukrainian)$/, "x-mac-cyrillic"],
  [/^(?:x?mac)(?:os)?(?:roman)?$/, "macintosh"],
  [/^(?:x|ms|cp|windows)?(?:sjis|shiftjis|shiftjs|932|31j|windows31j)$/, "shift_jis"],
  [/^x?eucjp(?:ms|win)?$|^ujis$/, "euc-jp"],
  [/^(?:x|cs)?(?:euckr|cp949|ms949|uhc|windows949|949|ksc5601(?:\d{4})?|ksx1001)$/, "euc-kr"],
  [/^(?:x)?(?:gb2312(?:80)?|gbk|cp936|ms936|windows936|936|euccn|chinese)$/, "gbk"],
  [/^gb18030(?:\d{4})?$/, "gb18030"],
  [/^(?:x)?(?:big5(?:hkscs|eten|tw)?|cp950|ms950|950)$/, "big5"],
  [/^(?:us)?ascii(?:us)?$|^ansi(?:x341968)?$|^western(?:european)?$/, "windows-1252"],
];

/** The charset of a label by the Encoding Standard, or by a likely misspelling; null when unknown or 16-bit. */
function charsetOf(label: string): string | null {
  const plain = label.toLowerCase().replace(/[^a-z0-9]/g, "");
  const meant = MISSPELT.find(([form]) => form.test(plain));
  // `koi8` by itself is the Russian one.
  const other = meant ? plain.replace(...meant).replace(/^koi8-$/, "koi8-r") : "";
  const found = [label.trim(), other].map(encodingOf).find((one) => one !== null) ?? null;
  return found?.startsWith("utf-16") ? null : found;
}

function encodingOf(label: string): string | null {
  try {
    return label === "" ? null : new TextDecoder(label).encoding;
  } catch {
    return null;
  }
}
