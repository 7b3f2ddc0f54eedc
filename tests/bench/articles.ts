/** An organization that a measurement publishes for. */
export interface Publisher {
  slug: string;
  name: string;
  language: string;
}

/** The organization that most measurements publish for. */
export const ORGANIZATION: Publisher = { slug: "bench", name: "Institute of Measurement", language: "en" };

/** Others beside it, numbered from 1. */
export const other = (number: number): Publisher => ({
  slug: `bench-${number}`,
  name: `Institute of Measurement, Section ${number}`,
  language: "en",
});

const SENTENCES = [
  "Delegates from twenty-four member states met for two days & agreed on a common plan.",
  "The plan names <five> fields of work, and for each of them a date and somebody who answers for it.",
  "A report on what was done, and on what was not, is due before the end of the year.",
  "المؤتمر يدعو الدول الأعضاء إلى تعزيز التعاون في مجالات التربية والعلوم والثقافة.",
  "Le secrétariat publiera les documents de travail dans les trois langues officielles.",
];
const FIRST_DAY_MS = Date.UTC(2025, 0, 1);
const HOUR_MS = 3_600_000;

/** Articles of an ordinary length, each different; `first` is the number of the first. */
export function articles(count: number, first = 0, { slug } = ORGANIZATION) {
  return Array.from({ length: count }, (_, index) => article(first + index, slug));
}

function article(number: number, slug: string) {
  const sentence = (position: number) => SENTENCES[(number + position) % SENTENCES.length] ?? "";
  const paragraph = (start: number) =>
    `<p>${[0, 1, 2].map((step) => escaped(sentence(start + step))).join(" ")}</p>`;
  return {
    id: `${slug}-${number}`,
    organizations: [slug],
    title: `Communiqué no. ${number}: the ${number % 9}th meeting & its outcome`,
    url: `https://publisher.example/communiques/${number}`,
    summary: sentence(1),
    content_html: [0, 1, 2].map(paragraph).join("\n"),
    language: "en",
    authors: [{ name: "Office of the Spokesperson" }],
    tags: ["meeting", `field-${number % 5}`],
    image: `https://publisher.example/images/${number}.jpg`,
    published_at: new Date(FIRST_DAY_MS + number * HOUR_MS).toISOString(),
  };
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
