/** A date out of a feed, and how much of it is said. */
export interface FeedDate {
  ms: number;
  precision: "time" | "day" | "month" | "year";
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/** Minutes east of Greenwich: RFC 822 §5.1, and what feeds write besides. A name that is not here is taken for UTC. */
const ZONES: Readonly<Record<string, number>> = {
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
  ast: -240,
  adt: -180,
  akst: -540,
  akdt: -480,
  hst: -600,
  nst: -210,
  ndt: -150,
  bst: 60,
  wet: 0,
  west: 60,
  cet: 60,
  met: 60,
  cest: 120,
  mest: 120,
  eet: 120,
  eest: 180,
  msk: 180,
  msd: 240,
  azt: 240,
  gst: 240,
  ist: 330,
  hkt: 480,
  sgt: 480,
  awst: 480,
  jst: 540,
  kst: 540,
  aest: 600,
  aedt: 660,
  nzst: 720,
  nzdt: 780,
};

const TIME = String.raw`(?<hour>\d{1,2})[:.](?<minute>\d\d)(?:[:.](?<second>\d\d)(?:[.,]\d+)?)?\s*(?<half>[ap]m\b)?`;
const ZONE = String.raw`\(?(?<zone>(?:(?:GMT|UTC|UT)\s?)?[+-]\s?\d{1,2}:?(?:\d\d)?|[A-Za-z]{1,5}(?![A-Za-z]))?`;

/** W3CDTF and the rest of ISO 8601; RFC 822 and what is made of it; asctime, and the American way. */
const FORMS: readonly RegExp[] = [
  String.raw`^(?<year>\d{4})(?:-?(?<month>\d\d)(?:-?(?<day>\d\d)(?:[T\s,]+${TIME}\s*${ZONE})?)?)?(?!\d)`,
  String.raw`^(?:[^\s\d,]+[,\s]\s*)?(?<day>\d{1,2})(?:st|nd|rd|th)?[\s.-]+(?<month>[A-Za-z]{3,})[.,]?[\s-]+(?<year>\d{2}(?:\d\d)?)(?!\d)(?:[T\s,]+${TIME}\s*${ZONE})?`,
  String.raw`^(?:[^\s\d,]+[,\s]\s*)?(?<month>[A-Za-z]{3,})\.?\s+(?<day>\d{1,2})(?:st|nd|rd|th)?\s+${TIME}\s*(?:${ZONE})\s+(?<year>\d{4})`,
  String.raw`^(?:[^\s\d,]+[,\s]\s*)?(?<month>[A-Za-z]{3,})\.?\s+(?<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?<year>\d{4})(?:[T\s,]+${TIME}\s*${ZONE})?`,
].map((form) => new RegExp(form, "i"));

const LONGEST = 100;

/** The date that a text of a feed is; null when it is none that can be told without guessing. */
export function feedDate(text: string): FeedDate | null {
  const line = text.trim();
  if (line.length > LONGEST) return null;
  for (const form of FORMS) {
    const parts = form.exec(line)?.groups;
    const date = parts && dateOf(parts);
    if (date) return date;
  }
  return null;
}

function dateOf(parts: Record<string, string | undefined>): FeedDate | null {
  const year = fullYear(parts.year ?? "");
  const month = parts.month === undefined ? 1 : monthOf(parts.month);
  const day = Number(parts.day ?? 1);
  const [hour, minute] = [hourOf(parts), Number(parts.minute ?? 0)];
  const second = Math.min(Number(parts.second ?? 0), 59); // a leap second counts as the one before
  // Midnight may be written 24:00; Date.UTC takes other overflow for another day, which nobody meant.
  if (month < 1 || month > 12 || hour > 24 || minute > 59) return null;
  const midnight = Date.UTC(year, month - 1, day);
  if (new Date(midnight).getUTCDate() !== day) return null;
  const ms = midnight + ((hour * 60 + minute - offsetOf(parts.zone ?? "")) * 60 + second) * 1_000;
  const precision = parts.hour ? "time" : parts.day ? "day" : parts.month ? "month" : "year";
  return { ms, precision };
}

/** Two digits are of 1970 to 2069, as feeds are not older. */
const fullYear = (digits: string): number =>
  digits.length === 4 ? Number(digits) : Number(digits) + (Number(digits) < 70 ? 2000 : 1900);

const monthOf = (text: string): number =>
  /^\d/.test(text) ? Number(text) : MONTHS.indexOf(text.slice(0, 3).toLowerCase()) + 1;

function hourOf({ hour, half }: Record<string, string | undefined>): number {
  const number = Number(hour ?? 0);
  if (!half || number > 12) return number;
  return (number % 12) + (half.toLowerCase() === "pm" ? 12 : 0);
}

/** Minutes east of Greenwich. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /([+-])\s?(\d{1,2}):?(\d\d)?$/.exec(zone) ?? [];
  if (!sign) return ZONES[zone.toLowerCase()] ?? 0;
  const offset = Number(hours) * 60 + Number(minutes ?? 0);
  return sign === "-" ? -offset : offset;
}
