import { monthOf } from "./dates.ts";
import type { Line } from "./lines.ts";
import type { OpenQuestion, Part } from "./understanding.ts";

const NEAR = 3; // lines between a headline and its date line, at most
const DATELINE = /^[\p{Lu} ,.-]{3,30},?[^.]{0,30}?\b(\p{L}{3,}) (\d{1,2})\.(?=\s)/u;

/**
 * When a document was published: by the date line that says so, else by the one beside the headline, above the text or
 * below it. Days that the text speaks of say nothing, and two lines that disagree say nothing either.
 */
export function dateOf(lines: readonly Line[], head: readonly Line[], title: Line | null): Part {
  const dated = lines.filter(({ date }) => date !== null && date.label !== "updated");
  const labelled = dated.filter(({ date }) => date?.label === "published");
  const above = dated.filter(({ index }) => index < head.length);
  const near = above.filter(({ index }) => title && Math.abs(index - title.index) <= NEAR);
  const end = lines.findIndex(({ role, index }) => role === "aside" && index >= head.length);
  const below = dated.filter(({ index }) => end < 0 || index < end);
  const chosen = [labelled, near, above, below].find((some) => some.length > 0) ?? [];
  const precise = chosen.filter(({ date }) => date?.published_precision === "time");
  const days = new Set(chosen.map(({ date }) => date?.published_at.slice(0, 10)));
  const [line] = precise.length > 0 ? precise : chosen;
  const moments = new Set(precise.map(({ date }) => date?.published_at));
  if (!line?.date || days.size > 1 || moments.size > 1) return undated(lines, chosen);
  const { published_at, published_precision, doubt } = line.date;
  const doubts: OpenQuestion[] = doubt ? [{ field: "published_at", reason: doubt }] : [];
  return { article: { published_at, published_precision }, lines: [line], doubts };
}

/** No date, and why: an article that is published so stands where it was taken in, and says that it is undated. */
function undated(lines: readonly Line[], chosen: readonly Line[]): Part {
  return {
    article: { published_precision: "undated" },
    lines: [],
    doubts: [{ field: "published_at", reason: reasonOf(lines, chosen) }],
  };
}

function reasonOf(lines: readonly Line[], chosen: readonly Line[]): string {
  const said = chosen.map(({ text }) => `"${text}"`).join(" and ");
  if (chosen.length > 1) return `the page has more than one date line, and they disagree: ${said}`;
  const open = lines.find(({ role, doubt }) => role === "date" && doubt !== null)?.doubt;
  if (open) return open;
  if (lines.some(({ date }) => date?.label === "updated")) {
    return "the page says when it was changed, and not when it was published";
  }
  const dateline = lines
    .map(({ text }) => DATELINE.exec(text))
    .find((match) => monthOf(match?.[1] ?? "") !== null);
  if (dateline) return `the text begins with "${dateline[1]} ${dateline[2]}", without a year`;
  return "no line of the page gives one; days that the text speaks of are not taken for it";
}
