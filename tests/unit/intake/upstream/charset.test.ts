import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decoded } from "../../../../src/intake/upstream/charset.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const bytesOf = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...utf8(part)] : part)));
const xml = (encoding: string): string => `<?xml version="1.0" encoding="${encoding}"?>`;
const titleIn = (bytes: Uint8Array, contentType = "text/xml"): string | undefined =>
  /<t>(.*?)<\/t>/s.exec(decoded(bytes, contentType))?.[1];

/** "Привет" in some charsets. */
const HELLO: Readonly<Record<string, number[]>> = {
  "windows-1251": [0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2],
  "koi8-r": [0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4],
  "iso-8859-5": [0xbf, 0xe0, 0xd8, 0xd2, 0xd5, 0xe2],
  ibm866: [0x8f, 0xe0, 0xa8, 0xa2, 0xa5, 0xe2],
};

describe("a charset label", () => {
  test.each([
    ["windows-1251", "windows-1251"],
    ["cp-1251", "windows-1251"],
    ["CP1251", "windows-1251"],
    ["win-1251", "windows-1251"],
    ["windows1251", "windows-1251"],
    ["windows_1251", "windows-1251"],
    ["ms-1251", "windows-1251"],
    ["koi8r", "koi8-r"],
    ["KOI-8-R", "koi8-r"],
    ["ISO8859_5", "iso-8859-5"],
    ["iso-8859.5", "iso-8859-5"],
    ["8859-5", "iso-8859-5"],
    ["cp-866", "ibm866"],
  ])("%s is read as %s, in the declaration and in the Content-Type", (label, charset) => {
    const title = HELLO[charset] ?? [];
    expect(titleIn(bytesOf(xml(label), "<t>", title, "</t>"))).toBe("Привет");
    expect(titleIn(bytesOf("<t>", title, "</t>"), `text/xml; charset="${label}"`)).toBe("Привет");
  });

  test.each([
    ["win-1254", [0xfe, 0xf0, 0xfd], "şğı"],
    ["latin5", [0xfe, 0xf0, 0xfd], "şğı"],
    ["iso8859-2", [0xb3], "ł"],
    ["latin-1", [0xe9], "é"],
    ["sjis", [0x93, 0xfa, 0x96, 0x7b], "日本"],
    ["euc_kr", [0xc7, 0xd1], "한"],
    ["gb-2312", [0xd6, 0xd0], "中"],
    ["big-5", [0xa4, 0xa4], "中"],
  ])("%s is understood", (label, title, text) => {
    expect(titleIn(bytesOf(xml(label), "<t>", title, "</t>"))).toBe(text);
  });

  test.each(["utf8", "UTF_8", "utf-8-bom", "cp65001", "unknown-8bit", "utf-16", "ansi", "iso-8859-1"])(
    "%s over bytes of UTF-8 makes no other text of them",
    (label) => {
      expect(titleIn(utf8(`${xml(label)}<t>Gəncədə</t>`))).toBe("Gəncədə");
      expect(titleIn(utf8("<t>Gəncədə</t>"), `text/xml; charset=${label}`)).toBe("Gəncədə");
    },
  );

  test("that is one of letters of several bytes wins over a few letters that UTF-8 could have", () => {
    const title = [0xc2, 0xb7, 0xc2, 0xb7]; // "路路" in GBK, "··" in UTF-8
    expect(titleIn(bytesOf(xml("gbk"), "<t>", title, "</t>"))).toBe("路路");
    expect(titleIn(utf8(`${xml("gbk")}<t>中文新闻标题和更多的文字</t>`))).toBe("中文新闻标题和更多的文字");
  });

  test("of ISO-2022-JP is believed, for its bytes are ASCII's", () => {
    expect(
      titleIn(bytesOf(xml("iso-2022-jp"), "<t>", [0x1b, 0x24, 0x42, 0x46, 0x7c, 0x1b, 0x28, 0x42], "</t>")),
    ).toBe("日");
  });
});

describe("a bad byte", () => {
  test.each(["utf-8", "iso-8859-9", "windows-1254"])(
    "leaves the other letters of %s as they are",
    (label) => {
      const bytes = bytesOf(xml(label), "<t>Gəncədə</t><d>cut m", [0xc9], "</d>");
      expect(titleIn(bytes)).toBe("Gəncədə");
      expect(decoded(bytes, "text/xml")).toContain("cut m\uFFFD</d>");
    },
  );

  test("leaves a charset of several bytes as it is", () => {
    const bytes = bytesOf(xml("shift_jis"), "<t>", [0x93, 0xfa, 0x96, 0x7b], "</t><d>", [0xff], "</d>");
    expect(titleIn(bytes)).toBe("日本");
  });

  test("among none that are UTF-8's says that the label is wrong", () => {
    expect(titleIn(bytesOf(xml("utf-8"), "<t>caf", [0xe9], " cr", [0xe8], "me</t>"))).toBe("café crème");
    expect(
      titleIn(bytesOf(xml("utf-8"), "<t>", HELLO["windows-1251"] ?? [], "</t>"), "text/xml; charset=cp-1251"),
    ).toBe("Привет");
  });
});

test("whatever is valid UTF-8 with many letters is read so, whatever is said of it", () => {
  const label = fc.constantFrom(
    "windows-1251",
    "iso-8859-1",
    "koi8-r",
    "utf-16",
    "gb2312",
    "shift_jis",
    "none such",
  );
  const letters = fc.string({ unit: fc.constantFrom(..."əğışçöüЖщ新聞한글ل"), minLength: 10, maxLength: 40 });
  fc.assert(
    fc.property(letters, label, (text, charset) => {
      expect(titleIn(utf8(`${xml(charset)}<t>${text}</t>`), `text/xml; charset=${charset}`)).toBe(text);
    }),
  );
});
