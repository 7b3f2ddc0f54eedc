import seeds from "../../seeds/publishers.json" with { type: "json" };
import { linesOf } from "../../src/intake/lines.ts";
import { parseLines } from "../../src/intake/parse-lines.ts";
import type { KnownPublisher, PageContext, ParsedPage } from "../../src/intake/parsed-page.ts";
import { publisherForm } from "../../src/intake/publisher-form.ts";

/** The publishers of the seeds, as the directory knows them. */
export const PUBLISHERS: ReadonlyMap<string, KnownPublisher> = new Map(
  seeds.flatMap(({ name, aliases, domains }) =>
    [name, ...aliases, ...domains].map((called) => [publisherForm(called), { name, listed: true }]),
  ),
);

/** Understands a copied text by the service's own means, with the publishers of the seeds. */
export function parseText(text: string, about: PageContext = {}): ParsedPage {
  return parseLines(linesOf(text, about.copiedAt), { publishers: PUBLISHERS, ...about });
}
