import type { Article } from "../../model/article.ts";

type Precision = NonNullable<Article["published_precision"]>;

const format = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });

const DAY = format({ dateStyle: "long" });
const CLOCK = format({ timeStyle: "short" });

/** How a date is written, and how much of its RFC 3339 form is known. */
const SPOKEN: Record<Exclude<Precision, "undated">, { words: (date: Date) => string; known: number }> = {
  time: { words: (date) => `${DAY.format(date)}, ${CLOCK.format(date)} UTC`, known: 20 },
  day: { words: (date) => DAY.format(date), known: 10 },
  month: { words: (date) => format({ month: "long", year: "numeric" }).format(date), known: 7 },
  year: { words: (date) => format({ year: "numeric" }).format(date), known: 4 },
};

/**
 * When an article was published, only as precisely as is known: "9 December 2025", "Undated".
 * @param props.at RFC 3339 in UTC, as is the text
 */
export function PublishedDate({ at, precision = "time" }: { at: string; precision?: Precision | undefined }) {
  const date = new Date(at);
  if (precision === "undated" || Number.isNaN(date.getTime())) return <>Undated</>;
  const { words, known } = SPOKEN[precision];
  return <time datetime={at.slice(0, known)}>{words(date)}</time>;
}
