import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readDateLine, readDateline, readLeadingDate } from "../../../src/intake/dates.ts";
import { anyText } from "../../support/arbitraries.ts";

const day = (line: string, copiedAt: string | null = null) => {
  const date = readDateLine(line, copiedAt);
  return date && "published_at" in date ? `${date.published_at} ${date.label ?? ""}`.trim() : null;
};

describe("the day", () => {
  test.each([
    "24 noyabr 2026-cı il",
    "2026-cı il noyabrın 24-ü",
    "2026-yil 24-noyabr, 18:45",
    "2026 жылғы 24 қараша",
    "2026 ж. 24 қараша",
    "2026-жыл, 24-ноябрь",
    "24-ноябрь, 2026-ж.",
    "24 ноябри соли 2026",
    "24 листопада 2026 року, 18:45",
    "24 ноября 2026 г.",
    "24 تشرين الثاني/نوفمبر 2026",
    "24 تشرين الثاني 2026 م",
    "24 نونبر 2026",
    "الثلاثاء 24 نوفمبر 2026 - 14 جمادى الآخرة 1448",
    "الثلاثاء، ٢٤ نوفمبر ٢٠٢٦",
    "۲۴ نوامبر ۲۰۲۶",
    "۳ آذر ۱۴۰۵",
    "۱۴۰۵/۰۹/۰۳",
    "mardi 24 novembre 2026 à 18h45",
    "Rabat, le 24 novembre 2026",
    "Dienstag, 24. November 2026 um 18.45 Uhr",
    "Berlin, den 24. November 2026",
    "martes, 24 de noviembre de 2026 a las 18:45",
    "2026年11月24日（火）18:45",
    "2026年11月24日 星期二 18:45",
    "Nov. 24th, 2026",
    "November 24, 2026 at 5:03 pm",
    "November 24, 2026 | 3 comments",
    "24 November 2026 5 min read",
    "18:15 - 24 November 2026",
    "24.11.2026 / 18:45",
    "2026/11/24",
    "Baku, Azerbaijan | 24 November 2026",
  ])("%s is 24 November 2026", (line) => {
    expect(day(line)).toBe("2026-11-24");
  });

  test.each([
    "12-14 November 2026",
    "November 12–14, 2026",
    "from 12 to 14 November 2026",
    "с 12 по 14 ноября 2026",
    "12 November 2026 - 14 November 2026",
    "14 جمادى الآخرة 1448",
    "24 Nov 26",
    "v1.2.2026.3",
    "مهرجان باكو الدولي للموسيقى 24 نوفمبر 2026",
    "The festival of 24 November 2026 is over",
  ])("%s is none", (line) => {
    expect(day(line)).toBeNull();
  });
});

describe("a label", () => {
  test.each([
    ["Posted on November 24, 2026 by admin", "published"],
    ["Dərc olunub: 24.11.2026, 18:45", "published"],
    ["24 Kasım 2026 tarihinde yayınlandı", "published"],
    ["Опубликовано 24 ноября 2026 в 18:45", "published"],
    ["نشر في: 24 نوفمبر 2026", "published"],
    ["发布时间：2026-11-24 18:45", "published"],
    ["Publié le 24 novembre 2026 à 18h45", "published"],
    ["Last updated on November 24, 2026", "updated"],
    ["Yenilənib: 24.11.2026", "updated"],
    ["Güncelleme: 24.11.2026 18:45", "updated"],
    ["Обновлено: 24 ноября 2026", "updated"],
    ["آخر تحديث: 24 نوفمبر 2026", "updated"],
    ["Mis à jour le 24 novembre 2026", "updated"],
    ["更新日：2026年11月24日", "updated"],
    ["Date: 24 November 2026", "dated"],
    ["Дата: 24.11.2026", "dated"],
    ["Deadline: 24 November 2026", "other"],
    ["Deadline 24 November 2026", "other"],
    ["Application deadline: 24 November 2026", "other"],
    ["Son müraciət tarixi: 24 noyabr 2026", "other"],
    ["Дата проведения: 24 ноября 2026", "other"],
    ["الموعد النهائي: 24 نوفمبر 2026", "other"],
    ["Einsendeschluss: 24. November 2026", "other"],
    ["Doors: 24 November 2026", "other"],
    ["Printed on 24 November 2026", "other"],
    ["Baku Book Festival, 24 November 2026", "other"],
  ])("%s: %s", (line, label) => {
    expect(day(line)).toBe(`2026-11-24 ${label}`);
  });

  test.each([
    ["Published 24 November 2026, updated 25 November 2026", "2026-11-24 published"],
    ["24 November 2026 | Updated 25 November 2026 10:00", "2026-11-24"],
    ["24 Kasım 2026 - 10:00 | Son Güncelleme: 25 Kasım 2026 - 09:00", "2026-11-24"],
  ])("of two dates in one line: %s", (line, expected) => {
    expect(day(line)).toBe(expected);
  });
});

describe("a time before the copying", () => {
  test.each([
    ["3 hours ago", "2026-11-26T14:10:00+04:00", "2026-11-26"],
    ["3 hours ago", "2026-11-26T01:10:00+04:00", "2026-11-25"],
    ["2 saat önce", "2026-11-26T14:10:00+04:00", "2026-11-26"],
    ["5 часов назад", "2026-11-26T14:10:00+04:00", "2026-11-26"],
    ["il y a 2 jours", "2026-11-26T14:10:00+04:00", "2026-11-24"],
    ["вчера", "2026-11-26T14:10:00+04:00", "2026-11-25"],
    ["3小时前", "2026-11-26T14:10:00+04:00", "2026-11-26"],
    ["قبل 3 ساعات", "2026-11-26T14:10:00+04:00", "2026-11-26"],
  ])("%s, copied at %s", (line, copiedAt, expected) => {
    expect(day(line, copiedAt)).toBe(expected);
  });

  test("says nothing when that is not known, or when it may be two days", () => {
    expect(readDateLine("3 hours ago")).toMatchObject({
      offered: [],
      ambiguity: expect.stringContaining("copied_at"),
    });
    expect(readDateLine("3 hours ago", "2026-11-26T03:30:00+04:00")).toMatchObject({
      offered: ["2026-11-26", "2026-11-25"],
    });
  });
});

describe("a date at the beginning of a text", () => {
  test("is read where a label or an agency's dateline says what it is", () => {
    expect(readLeadingDate("date 2026-03-09 GANJA, March 9. The fair ended.")).toMatchObject({
      date: { published_at: "2026-03-09" },
      prose: "GANJA, March 9. The fair ended.",
    });
    expect(readDateline("BAKU, November 24, 2026 /Newswire/ -- The museum")?.published_at).toBe("2026-11-24");
    expect(readDateline("Rabat, 24 November 2026 (ICESCO) – The museum")?.published_at).toBe("2026-11-24");
    expect(readDateline("Baku (24.11.2026) – The museum")?.published_at).toBe("2026-11-24");
  });

  test.each([
    "On 24 November 2026 the museum opened.",
    "The museum, 24 November 2026 – its first day – was full.",
  ])("%s says nothing of publication", (text) => {
    expect([readLeadingDate(text), readDateline(text)]).toEqual([null, null]);
  });
});

test("whatever the line, what is read is a day of the calendar", () => {
  const pieces = fc.constantFrom(
    ...[
      "24",
      "31",
      "2026",
      "November",
      "noyabr",
      "ноября",
      "نوفمبر",
      "年",
      "月",
      "日",
      ".",
      "/",
      "-",
      ":",
      ",",
      " ",
      "г.",
      "UTC",
      "+04:00",
    ],
  );
  const lines = fc.oneof(
    anyText,
    fc.array(pieces, { maxLength: 12 }).map((all) => all.join(" ")),
    fc.array(pieces).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(lines, (line) => {
      const date = readDateLine(line);
      if (date && "published_at" in date) expect(Number.isNaN(Date.parse(date.published_at))).toBe(false);
    }),
  );
});
