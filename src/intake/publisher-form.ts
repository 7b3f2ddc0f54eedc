import { wordsOf } from "./words.ts";

/** A name as publishers are compared by: an address by its host, others by their folded words. */
export function publisherForm(name: string): string {
  const host = /^\s*@?(?:https?:\/\/)?(?:www\.)?([\w-]+(?:\.[\w-]+)+)(?:[/?#]\S*)?\s*$/i.exec(name)?.[1];
  if (host) return host.toLowerCase();
  return wordsOf(name.replace(/^@/, "").replace(/['’]s?$/u, ""))
    .map(({ folded }) => folded)
    .join(" ");
}
