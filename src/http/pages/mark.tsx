import { webLink } from "./links.tsx";

/** The letter that stands for a name: its first letter or digit. Empty for a name without any. */
export function letterOf(name: string): string {
  const [letter = ""] = name.match(/[\p{L}\p{N}]/u) ?? [];
  const upper = letter.toLocaleUpperCase("en");
  return [...upper].length === 1 ? upper : letter; // ŉ has two letters as a capital
}

/**
 * An organization's logo, or the letter that stands for it, beside its name. Decorative. Of a logo that does not load, the
 * style sheet shows the alternative text: the letter.
 */
export function Mark({ name, logo }: { name: string; logo?: string | undefined }) {
  const src = webLink(logo);
  const letter = letterOf(name);
  if (src) return <img class="mark" src={src} alt={letter} aria-hidden="true" />;
  return (
    <span class="mark" aria-hidden="true">
      {letter}
    </span>
  );
}

/** The address of an organization's icon: its logo, or its letter. */
export function iconOf(
  { name, logo }: { name: string; logo?: string | undefined },
  publicUrl: string,
): string {
  const letter = letterOf(name);
  const code = letter.codePointAt(0)?.toString(16);
  const own = code ? `${publicUrl}/icons/${code}.svg` : `${publicUrl}/favicon.svg`;
  return webLink(logo) ?? own;
}
