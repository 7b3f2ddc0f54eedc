import { webLink } from "./links.tsx";

/** An organization's sign beside its name: its logo, or its first letter. It says nothing that the name does not. */
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
