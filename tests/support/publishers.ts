import seeds from "../../seeds/publishers.json" with { type: "json" };
import { understandLines } from "../../src/intake/document.ts";
import { linesOf } from "../../src/intake/lines.ts";
import { publisherForm } from "../../src/intake/publisher.ts";
import type { Circumstances, KnownPublisher, Understanding } from "../../src/intake/understanding.ts";

/** The publishers of the seeds, as the directory knows them. */
export const PUBLISHERS: ReadonlyMap<string, KnownPublisher> = new Map(
  seeds.flatMap(({ name, aliases, domains }) =>
    [name, ...aliases, ...domains].map((called) => [publisherForm(called), { name, listed: true }]),
  ),
);

/** Understands a copied text by the service's own means, with the publishers of the seeds. */
export function understand(text: string, about: Circumstances = {}): Understanding {
  return understandLines(linesOf(text, about.copiedAt), { publishers: PUBLISHERS, ...about });
}
