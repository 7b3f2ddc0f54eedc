const BOMS: readonly [string, number[]][] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16be", [0xfe, 0xff]],
  ["utf-16le", [0xff, 0xfe]],
];

/** XML without a BOM in sixteen bits begins with these: `<?` (XML 1.0, appendix F). */
const SIXTEEN_BITS: readonly [string, number[]][] = [
  ["utf-16be", [0x00, 0x3c, 0x00]],
  ["utf-16le", [0x3c, 0x00]],
];

const DECLARATION_BYTES = 1_024;

/**
 * The text of a document as it came: by its byte order mark, else by the charset of its Content-Type, else by its XML
 * declaration (RFC 7303 §3), else UTF-8. A name that is unknown, or that the bytes belie, is passed over, since many
 * servers name one charset for all that they have. At last it is windows-1252, in which every byte is a character.
 */
export function decoded(bytes: Uint8Array, contentType: string): string {
  const marked = beginning(bytes, BOMS);
  if (marked) return new TextDecoder(marked).decode(bytes);
  const candidates = [
    beginning(bytes, SIXTEEN_BITS),
    /;\s*charset\s*=\s*["']?([^\s;"']+)/i.exec(contentType)?.[1],
    declaredIn(bytes),
    "utf-8",
  ];
  for (const label of candidates) {
    const text = label === undefined ? null : inCharset(bytes, label);
    if (text !== null) return text;
  }
  return new TextDecoder("windows-1252").decode(bytes);
}

function beginning(bytes: Uint8Array, table: readonly [string, number[]][]): string | undefined {
  return table.find(([, start]) => start.every((byte, index) => bytes[index] === byte))?.[0];
}

/** The encoding that an XML declaration names. It is in ASCII, or else a BOM or sixteen bits have told. */
function declaredIn(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder("windows-1252").decode(bytes.subarray(0, DECLARATION_BYTES));
  return /^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"'>]+)["']/i.exec(start)?.[1]?.trim();
}

/** Null when there is no such charset, or the bytes are not in it. */
function inCharset(bytes: Uint8Array, label: string): string | null {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return null;
  }
}
