import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "../../../src/model/parse.ts";
import {
  calledAddress,
  filledLine,
  languageTag,
  textBlock,
  textLine,
  webAddress,
  writable,
} from "../../../src/model/text.ts";

/** The value that a schema makes of a text, or the first thing it says against it. */
function outcome(schema: Parameters<typeof parse>[0], text: string): unknown {
  const result = parse(schema, text);
  if (result.ok) return result.value;
  return result.failure.tag === "invalid" ? { refused: result.failure.errors[0]?.message } : null;
}

describe("writable", () => {
  test.each([
    ["null, bell and escape", "a\u0000b\u0007c\u001Bd", "abcd"],
    ["C1 controls, but not the line break among them", "a\u0080b\u0085c\u009Fd", "ab\ncd"],
    ["delete", "a\u007Fb", "ab"],
    ["a high surrogate alone", "a\uD83Db", "ab"],
    ["a low surrogate alone", "a\uDE00b", "ab"],
    ["surrogates in the wrong order", "\uDE00\uD83D", ""],
    ["noncharacters of every plane", "a\uFFFEb\uFFFFc\uFDD0d\u{1FFFE}e\u{10FFFF}f", "abcdef"],
  ])("removes %s", (_what, text, left) => {
    expect(writable(text)).toBe(left);
  });

  test.each([
    ["tab and line breaks", "a\tb\nc\r\nd"],
    ["emoji of several code points", "👩🏽‍🚀 🇦🇿"],
    ["Arabic and direction marks", "\u200Fالمنظمة\u200E"],
    ["what only looks dangerous", "<b>&amp;]]></b>"],
    ["unassigned and private characters", "\u0378\uE000\u{F0000}"],
  ])("leaves %s", (_what, text) => {
    expect(writable(text)).toBe(text);
  });

  test("removes a replacement character, and what becomes of a lone surrogate", () => {
    expect(writable("a\uFFFD\uD83Db\uFFFD")).toBe("ab");
  });

  test("leaves only characters that XML 1.0 §2.2 allows, and changes nothing the second time", () => {
    const unit = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0x10ffff }));
    fc.assert(
      fc.property(fc.array(unit), (codes) => {
        const text = writable(String.fromCodePoint(...codes));
        expect(text).toMatch(/^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFC}\u{10000}-\u{10FFFF}]*$/u);
        expect(writable(text)).toBe(text);
      }),
    );
  });
});

describe("text", () => {
  test("of one line has its white space folded", () => {
    expect(outcome(textLine(20), " a\t b\r\n\u2028c\u00A0 ")).toBe("a b c");
    expect(outcome(textLine(20), "   ")).toBe("");
  });

  test("of several lines has LF at their ends", () => {
    expect(outcome(textBlock(20), "\n a\r\nb\rc\n\nd ")).toBe("a\nb\nc\n\nd");
  });

  test("that must be filled may not be white space or unwritable only", () => {
    expect(outcome(filledLine(20), " \u0000\uFFFF ")).toEqual({ refused: "must not be empty" });
  });

  test("is measured as it is kept", () => {
    expect(outcome(textLine(3), "  a\u0000bc  ")).toBe("abc");
    expect(outcome(textLine(3), "abcd")).toHaveProperty("refused");
    expect(outcome(textBlock(3), "abcd")).toHaveProperty("refused");
  });
});

describe("languageTag", () => {
  test.each([
    ["en", "en"],
    ["EN-us", "en-US"],
    ["az-latn", "az-Latn"],
    ["zh-HANT-tw", "zh-Hant-TW"],
    ["iw", "he"],
    ["es-419", "es-419"],
    ["und", "und"],
  ])("takes %s as %s", (tag, canonical) => {
    expect(outcome(languageTag, tag)).toBe(canonical);
  });

  test.each(["", "en_US", "english language", "e", "en-", "-en", "*", "x\u0000"])("refuses %j", (tag) => {
    expect(outcome(languageTag, tag)).toEqual({
      refused: "must be a language tag (BCP 47), such as en or az-Latn",
    });
  });
});

describe("webAddress", () => {
  test.each([
    ["https://Example.ORG", "https://example.org/"],
    [" http://example.org:80/a b ", "http://example.org/a%20b"],
    ["https://münchen.example/ü?q=ü#ü", "https://xn--mnchen-3ya.example/%C3%BC?q=%C3%BC#%C3%BC"],
    ['https://example.org/"<>', "https://example.org/%22%3C%3E"],
    ["https://example.org/a/../b?x=1&y=2", "https://example.org/b?x=1&y=2"],
    ["https://example.org/\u0000a", "https://example.org/a"],
  ])("takes %j as %s", (text, address) => {
    expect(outcome(webAddress, text)).toBe(address);
  });

  test.each([
    "",
    "example.org",
    "//example.org",
    "/a",
    "ftp://example.org",
    "javascript:alert(1)",
    "data:text/html,x",
    "https:example.org",
    "https://",
    "https://[::bad",
    "https://a b/",
    "mailto:a@example.org",
  ])("refuses %j", (text) => {
    expect(outcome(webAddress, text)).toEqual({ refused: "must be an absolute http or https URL" });
  });

  test("refuses more than 2,000 characters", () => {
    const path = "a".repeat(2_000 - "https://example.org/".length);
    expect(outcome(webAddress, `https://example.org/${path}`)).toBe(`https://example.org/${path}`);
    expect(outcome(webAddress, `https://example.org/${path}a`)).toHaveProperty("refused");
  });

  test("comes out as itself the second time", () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
        const once = outcome(webAddress, url);
        expect(outcome(webAddress, String(once))).toBe(once);
      }),
    );
  });
});

describe("an address with what nobody can see in it", () => {
  test.each([
    ["https://example.org/\r\nX: y", "must not contain tabs or line breaks"],
    ["https://example.org/a\tb", "must not contain tabs or line breaks"],
    ["https://exam\nple.org/", "must not contain tabs or line breaks"],
    ["https://user:secret@example.org/", "must not carry a user name or a password"],
    ["https://user@example.org/", "must not carry a user name or a password"],
  ])("%j is refused", (text, refused) => {
    expect(outcome(webAddress, text)).toEqual({ refused });
  });

  test.each(["https://example.org/a b", "https://example.org/\u0000a", "https://example.org/\u00A0b"])(
    "%j is none that the service calls",
    (text) => {
      expect(outcome(calledAddress, text)).toEqual({
        refused: "must not contain white space or control characters",
      });
    },
  );

  test("is refused wherever that stands", () => {
    const place = fc.tuple(fc.webUrl({ withQueryParameters: true }), fc.constantFrom(..."\t\r\n"), fc.nat());
    fc.assert(
      fc.property(place, ([url, character, at]) => {
        const inside = 1 + (at % (url.length - 1));
        const text = url.slice(0, inside) + character + url.slice(inside);
        expect(outcome(webAddress, text)).toHaveProperty("refused");
        expect(outcome(calledAddress, text)).toHaveProperty("refused");
      }),
    );
  });
});
