import type { UpstreamItem } from "./item.ts";

type Person = UpstreamItem["authors"][number];

/** A longer text is a list of names. */
const NAME_CHARACTERS = 150;
const MAIL = /^[^\s@<>()]+@[^\s@<>()]+$/;
/** Initials after a surname, as in journals: `J.`, `J. R.`, `JR`. */
const INITIALS = /^(?:\p{Lu}{1,3}\.?(?:[\s-]|$)?){1,4}$/u;

/** Splits lists of names, and removes mail addresses beside names. */
export function people(said: readonly Person[]): Person[] {
  return said.flatMap(({ name, url }) => {
    const names = namesIn(name);
    return names.map((one) => ({ name: called(one), url: names.length === 1 ? url : null }));
  });
}

/** Splits at semicolons, and long texts at commas; `Surname, N.` stays together. */
function namesIn(text: string): string[] {
  if (text.includes(";") && !text.includes("&")) return parts(text, ";").flatMap(byCommas);
  return byCommas(text);
}

function byCommas(text: string): string[] {
  if (text.length <= NAME_CHARACTERS || !text.includes(",")) return [text];
  const names: string[] = [];
  for (const part of parts(text.replace(/,?\s(?:and|und|et|y|и|və|ve|&)\s/gu, ", "), ",")) {
    const before = names.at(-1);
    if (before !== undefined && !before.includes(",") && INITIALS.test(part.slice(0, 20)))
      names[names.length - 1] = `${before}, ${part}`;
    else names.push(part);
  }
  return names;
}

const parts = (text: string, separator: string): string[] =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** A name without the mail address beside it: `name (mail)`, `mail (name)`, `name <mail>`. */
function called(text: string): string {
  const line = text.trim();
  const open = Math.max(line.lastIndexOf("("), line.lastIndexOf("<"));
  if (open < 0 || !/[)>]$/.test(line)) return line;
  const [before, within] = [line.slice(0, open).trim(), line.slice(open + 1, -1).trim()];
  if (MAIL.test(within) && before !== "") return before;
  return MAIL.test(before) && within !== "" ? within : line;
}
