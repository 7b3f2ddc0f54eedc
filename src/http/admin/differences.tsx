import { diffWordsWithSpace } from "diff";

/** Longer texts are shown whole: comparing them would take too long (time grows with the square of what differs). */
const MOST_CHARACTERS = 60_000;

/** A text with what it has more than another one, and what it lacks, by words. */
export function Differences({ from, to }: { from: string; to: string }) {
  if (from.length + to.length > MOST_CHARACTERS) return <pre dir="auto">{to}</pre>;
  const parts = diffWordsWithSpace(from, to, { timeout: 100 });
  if (!parts) return <pre dir="auto">{to}</pre>;
  return (
    <pre dir="auto">
      {parts.map(({ value, added, removed }) =>
        added ? <ins>{value}</ins> : removed ? <del>{value}</del> : value,
      )}
    </pre>
  );
}
