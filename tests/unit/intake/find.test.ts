import { describe, expect, test } from "vitest";
import seeds from "../../../seeds/organizations.json" with { type: "json" };
import { findOrganizations } from "../../../src/intake/find.ts";
import { NameIndex } from "../../../src/intake/names.ts";

const index = new NameIndex(seeds);

/** The organizations that a text names. */
const found = (content: string, names = index): string[] =>
  findOrganizations(names, { content }).attributions.map(({ organization }) => organization);

/** What is found of one organization with some names. */
const foundOf = (names: string[], content: string): boolean =>
  found(content, new NameIndex([{ slug: "it", name: names[0] ?? "", aliases: names.slice(1) }])).length > 0;

describe("the names of the first documents", () => {
  test.each(seeds.flatMap(({ slug, name, aliases }) => [name, ...aliases].map((alias) => [alias, slug])))(
    "%s is %s",
    (alias, slug) => {
      const qualified = alias === "Ministry of Culture and Tourism" ? `Azerbaijan's ${alias}` : alias;
      expect(found(`Guests came from the ${qualified}, among others.`)).toEqual([slug]);
    },
  );
});

describe("a name is a name and nothing like it", () => {
  test.each<[string, string, string[]]>([
    ["ICESCO is not UNESCO", "A seminar of ICESCO was held.", ["icesco"]],
    [
      "what stands inside another name",
      "The North-South Center of the Council of Europe took part.",
      ["council-of-europe"],
    ],
    ["two names of one", "The UN Alliance of Civilizations (UNAOC) met.", ["unaoc"]],
    ["an acronym inside a word", "The STOICS and a VOICEOIC met, OICs too.", []],
    ["an acronym in lower case", "A letter from oic and Oic came.", []],
    [
      "an acronym in an address",
      "See https://news.example/OIC/ICESCO, mail OIC@news.example or OIC.pdf now",
      [],
    ],
    ["a name in an address", "See turkic-academy.example for more.", []],
    ["part of a name", "The Ministry of Culture held a meeting in Azerbaijan.", []],
    ["a name that goes over the end of a sentence", "It was Turkic. Academy members came.", []],
    ["a name that goes over a comma", "The guests were Turkic, Academy people too.", []],
    ["a name that goes over a paragraph", "It was about all that is Turkic\n\nAcademy members came.", []],
    ["words that are no name in lower case", "a turkic academy, an islamic development bank", []],
    ["the longest name", "The Parliamentary Union of the OIC Member States met.", ["puic"]],
    ["a list", "UNESCO, UNAOC, ICESCO, OIC", ["unesco", "unaoc", "icesco", "oic"]],
    ["the first word of a text", "OIC leads.", ["oic"]],
    [
      "with a hyphen, a slash, a bracket or a genitive",
      "OIC-led, ICESCO’s/UNAOC's (UNESCO)",
      ["oic", "icesco", "unaoc", "unesco"],
    ],
  ])("%s", (_what, text, slugs) => {
    expect(found(text)).toEqual(slugs);
  });

  test("capitals all around leave no acronym certain", () => {
    expect(foundOf(["World Health Organization", "WHO"], "DELEGATES WHO MET IN BAKU")).toBe(false);
    expect(foundOf(["World Health Organization", "WHO"], "Delegates of WHO met in Baku")).toBe(true);
    expect(foundOf(["World Health Organization", "WHO"], "THE WORLD HEALTH ORGANIZATION IN BAKU")).toBe(true);
  });

  test("a capital at the beginning of a sentence leaves no single word certain", () => {
    expect(foundOf(["Nature"], "It rained. Nature is kind.")).toBe(false);
    expect(foundOf(["Nature"], "We read it in Nature today.")).toBe(true);
    expect(foundOf(["Nature"], "We are kind to nature.")).toBe(false);
  });
});

describe("whose ministry it is", () => {
  const ours = ["azerbaijan-culture-ministry"];
  test.each<[string, string[]]>([
    ["Azerbaijan's deputy minister of culture, Farid Jafarov, spoke.", ours],
    ["Azerbaijan’s Minister of Culture Adil Karimli spoke.", ours],
    ["Azerbaijani Culture Minister Adil Karimli spoke.", ours],
    ["The Minister of Culture of the Republic of Azerbaijan spoke.", ours],
    ["Uzbekistan's culture ministry invited Azerbaijan.", []],
    ["The Ministry of Culture of Uzbekistan invited Azerbaijan.", []],
    ["The Ministry of Culture and Tourism of Azerbaijan signed.", ours],
    ["The Ministry of Culture and Tourism signed it in Baku, Azerbaijan.", ours],
    ["The Ministry of Culture and Tourism signed.", []],
    ["Azerbaijan came. In Georgia the Ministry of Culture and Tourism signed.", []],
    ["Azerbaijan came. The Ministry of Culture and Tourism, Uzbekistan, signed.", []],
    ["Azerbaijan came. The Ministry of Culture and Tourism (Turkey) signed.", []],
    [
      "Azerbaijan came, and Georgia. The Ministry of Culture and Tourism, UNESCO and others signed.",
      [...ours, "unesco"],
    ],
    ["The Ministry of Culture and Tourism of Uzbekistan invited Azerbaijan.", []],
    ["The Ministry of Culture and Tourism of the Republic of Uzbekistan invited Azerbaijan.", []],
    ["Uzbekistan's Ministry of Culture and Tourism invited Azerbaijan.", []],
    ["An Uzbek Ministry of Culture and Tourism invited Azerbaijan.", []],
    [
      "Turkey's Ministry of Culture and Tourism wrote to Azerbaijan. The Ministry of Culture and Tourism waits.",
      [],
    ],
  ])("%s", (text, slugs) => {
    expect(found(text)).toEqual(slugs);
  });

  test("is said to be doubtful, and why", () => {
    const text = "The Ministry of Culture and Tourism signed.";
    expect(findOrganizations(index, { title: "Signed", content: text })).toEqual({
      attributions: [],
      doubts: [
        {
          organizations: ours,
          alias: "Ministry of Culture and Tourism",
          where: "content",
          at: 4,
          reason: "unqualified-name",
        },
      ],
    });
  });

  test("a name that two organizations have is neither's", () => {
    const two = new NameIndex(
      ["one", "two"].map((slug) => ({ slug, name: slug, aliases: ["Silk Road Council"] })),
    );
    expect(findOrganizations(two, { title: "The Silk Road Council" })).toMatchObject({
      attributions: [],
      doubts: [{ organizations: ["one", "two"], reason: "shared-name", where: "title", at: 4 }],
    });
  });
});

describe("letters and spellings", () => {
  test.each<[string, string, string]>([
    ["British for American", "Alliance of Civilizations", "the Alliance of Civilisations met"],
    ["American for British", "Organisation of Silk", "the Organization of Silk met"],
    ["centre for center", "Silk Center", "the Silk Centre met"],
    ["and for &", "Silk & Tea Company", "the Silk and Tea Company met"],
    ["accents left out", "Fédération Équestre", "la Federation Equestre"],
    ["accents decomposed", "Fédération Équestre", "la Fe\u0301de\u0301ration E\u0301questre"],
    ["a typographic apostrophe", "Children's Silk Fund", "the Children’s Silk Fund"],
    ["an Uzbek apostrophe", "Oʻzbek Silk Jamgʻarmasi", "u O'zbek Silk Jamg`armasi"],
    ["an Oxford comma", "Silk, Tea and Art Board", "the Silk, Tea, and Art Board"],
    ["a comma left out", "Silk, Tea and Art Board", "the Silk Tea and Art Board"],
    ["a line end", "Silk Road Board", "the Silk\nRoad Board"],
    ["full width", "UNESCO", "das ＵＮＥＳＣＯ Buch"],
    ["a soft hyphen", "Turkic Academy", "the Turkic Aca\u00ADdemy"],
    ["Azerbaijani", "Azərbaycan Milli Kitabxanası", "bu gün AZƏRBAYCAN MİLLİ KİTABXANASI açıldı"],
    [
      "Azerbaijani without its letters",
      "Azərbaycan Milli Kitabxanası",
      "bu gun Azerbaycan Milli Kitabxanasi acildi",
    ],
    ["an Azerbaijani acronym with its suffix", "İKT", "sammit İKT-nin Bakıda"],
    ["a Turkish suffix", "UNESCO", "bugün UNESCO'nun kararı"],
    ["Cyrillic", "Организация исламского сотрудничества", "это ОРГАНИЗАЦИЯ ИСЛАМСКОГО СОТРУДНИЧЕСТВА, Баку"],
    ["a Cyrillic acronym", "ИСЕСКО", "встреча ИСЕСКО в Баку"],
    ["Cyrillic ё and й", "Тюркский Счёт", "это тюркский Счет"],
    ["Arabic", "منظمة التعاون الإسلامي", "اجتماع منظمة التعاون الإسلامي في باكو"],
    ["Arabic with vowels and other alefs", "منظمة التعاون الإسلامي", "منظَّمة التعاون الاسلامي"],
    ["Arabic with particles", "منظمة التعاون الإسلامي", "ولمنظمة التعاون الإسلامي"],
    ["Arabic with the article after a particle", "الإيسيسكو", "كلمة للإيسيسكو"],
    ["Chinese", "教科文组织", "联合国教科文组织昨天"],
  ])("%s", (_what, name, text) => {
    expect(foundOf([name], text)).toBe(true);
  });

  test.each<[string, string, string]>([
    ["an Arabic word that only begins alike", "منظمة", "منظمات كثيرة"],
    ["a Cyrillic word that only begins alike", "ИСЕСКО", "ИСЕСКОвский"],
    ["an Azerbaijani acronym in lower case", "İKT", "sammit ikt Bakıda"],
  ])("%s is none", (_what, name, text) => {
    expect(foundOf([name], text)).toBe(false);
  });

  test("an acronym in brackets behind a name is a name of its own", () => {
    expect(foundOf(["Silk Road Board (SRB)"], "said SRB today")).toBe(true);
    expect(foundOf(["Silk Road Board (SRB)"], "said the Silk Road Board today")).toBe(true);
    expect(foundOf(["Silk Road Board (Baku)"], "said in Baku today")).toBe(false);
  });
});

test("says by which name, where, and takes the title before the rest", () => {
  expect(
    findOrganizations(index, {
      title: "A seminar of ICESCO",
      summary: "The OIC, too",
      content: "Isesco … ISESCO and the Council of Europe",
    }),
  ).toEqual({
    attributions: [
      { organization: "icesco", alias: "ICESCO", where: "title", at: 13 },
      { organization: "oic", alias: "OIC", where: "summary", at: 4 },
      { organization: "council-of-europe", alias: "Council of Europe", where: "content", at: 24 },
    ],
    doubts: [],
  });
});
