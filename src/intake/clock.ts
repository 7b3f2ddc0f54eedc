import { isHour, isJoining } from "./calendar.ts";
import type { Token } from "./day.ts";

/** A time of day in a line: `HH:MM:SS`, its offset from UTC if it has one, and the token behind it. */
export interface ClockFound {
  text: string;
  offset: string | null;
  to: number;
}

const two = (number: number | string): string => String(number).padStart(2, "0");
const isTight = (...tokens: (Token | undefined)[]): boolean =>
  tokens.every((token, index) => index === 0 || token?.at === tokens[index - 1]?.end);

/** The time that begins at a token: `18:45`, `5:03 pm`, `17h03`, `17.03` where a word says that it is a time. */
export function clockAt(tokens: readonly Token[], from: number): ClockFound | null {
  const start = startOf(tokens, from);
  const [hour, minute] = [tokens[start], tokens[start + 2]];
  if (!hour || !minute || !isTime(tokens, start)) return null;
  const second = secondAt(tokens, start + 3);
  const half = halfAt(tokens, second?.to ?? start + 3);
  const to = half?.to ?? second?.to ?? start + 3;
  const hours = half ? ((hour.number ?? 0) % 12) + (half.afternoon ? 12 : 0) : (hour.number ?? 0);
  const offset = offsetAt(tokens, to);
  const text = `${two(hours)}:${minute.text}:${second?.text ?? "00"}`;
  return { text, offset: offset?.text ?? null, to: offset?.to ?? endOfClock(tokens, to) };
}

/** ISO 8601 sets a T between a day and its time. */
const startOf = (tokens: readonly Token[], from: number): number =>
  /^t$/i.test(tokens[from]?.text ?? "") && tokens[from - 1]?.number != null ? from + 1 : from;

function isTime(tokens: readonly Token[], start: number): boolean {
  const [before, hour] = [tokens[start - 1], tokens[start]];
  if (!isWithin(hour, 1, 23) || !isWithin(tokens[start + 2], 2, 59) || !isSign(tokens, start)) return false;
  return !(before && /^[:.]$/.test(before.text) && isTight(before, hour));
}

const isWithin = (token: Token | undefined, fewestDigits: number, most: number): boolean =>
  token?.number != null &&
  token.text.length >= fewestDigits &&
  token.text.length <= 2 &&
  token.number <= most;

function secondAt(tokens: readonly Token[], at: number): { text: string; to: number } | null {
  const [colon, second, point, fraction] = tokens.slice(at, at + 4);
  if (colon?.text !== ":" || !second || !isWithin(second, 2, 59)) return null;
  const exact = point?.text === "." && fraction?.number != null && isTight(second, point, fraction);
  return { text: second.text, to: at + (exact ? 4 : 2) };
}

function isSign(tokens: readonly Token[], start: number): boolean {
  const [before, hour, sign, minute] = [tokens[start - 1], ...tokens.slice(start, start + 3)];
  if (sign?.text === ":") return isTight(hour, sign, minute);
  if (/^h$/i.test(sign?.text ?? "")) return true;
  const said = [before, tokens[start + 3]].some(
    (token) => token && /\p{L}/u.test(token.text) && (isHour(token.form) || isJoining(token.form)),
  );
  return sign?.text === "." && isTight(hour, sign, minute) && said;
}

/** "am", "p.m.". */
function halfAt(tokens: readonly Token[], from: number): { afternoon: boolean; to: number } | null {
  const [first, stop, second, last] = tokens.slice(from, from + 4);
  const word = first?.text.toLowerCase();
  if (word === "am" || word === "pm")
    return { afternoon: word === "pm", to: from + (stop?.text === "." ? 2 : 1) };
  if ((word !== "a" && word !== "p") || stop?.text !== "." || !/^m$/i.test(second?.text ?? "")) return null;
  return { afternoon: word === "p", to: from + (last?.text === "." ? 4 : 3) };
}

/** `Z`, `+04:00`, `(UTC+4)`, `GMT`. */
function offsetAt(tokens: readonly Token[], from: number): { text: string; to: number } | null {
  const open = tokens[from]?.text === "(" ? 1 : 0;
  const at = from + open;
  const named = /^(?:UTC|GMT)$/i.test(tokens[at]?.text ?? "");
  const found = signedAt(tokens, at + (named ? 1 : 0), named) ?? zeroAt(tokens, at, named);
  return found && { text: found.text, to: found.to + (open && tokens[found.to]?.text === ")" ? 1 : 0) };
}

function zeroAt(tokens: readonly Token[], at: number, named: boolean): { text: string; to: number } | null {
  return named || (tokens[at]?.text === "Z" && isTight(tokens[at - 1], tokens[at]))
    ? { text: "Z", to: at + 1 }
    : null;
}

function signedAt(tokens: readonly Token[], at: number, named: boolean): { text: string; to: number } | null {
  const [sign, hours, colon, minutes] = tokens.slice(at, at + 4);
  if (!/^[+\-−–]$/.test(sign?.text ?? "") || hours?.number == null || !isTight(sign, hours)) return null;
  const plus = sign?.text === "+" ? "+" : "-";
  if (hours.text.length === 4)
    return { text: `${plus}${hours.text.slice(0, 2)}:${hours.text.slice(2)}`, to: at + 2 };
  if (hours.text.length > 2) return null;
  const whole = colon?.text === ":" && minutes?.text.length === 2 && isTight(hours, colon, minutes);
  if (whole) return { text: `${plus}${two(hours.text)}:${minutes.text}`, to: at + 4 };
  return named ? { text: `${plus}${two(hours.text)}:00`, to: at + 2 } : null;
}

/** Behind a time may stand what an hour is called. */
function endOfClock(tokens: readonly Token[], to: number): number {
  const token = tokens[to];
  return token && /\p{L}/u.test(token.text) && isHour(token.form) ? to + 1 : to;
}
