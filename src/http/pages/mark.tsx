import { webLink } from "./links.tsx";

/** An organization's logo, or its first letter, beside its name. Decorative. */
export function Mark({ name, logo }: { name: string; logo?: string | undefined }) {
  const src = webLink(logo);
  if (src) return <img class="mark" src={src} alt="" />;
  const [letter = ""] = name.match(/[\p{L}\p{N}]/u) ?? [];
  return (
    <span class="mark" aria-hidden="true">
      {letter.toLocaleUpperCase("en")}
    </span>
  );
}
