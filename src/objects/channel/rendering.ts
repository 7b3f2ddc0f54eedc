import type { Format, FormatName } from "../../feeds/formats.ts";
import { type Fragments, renderFragments, renderingOf } from "../../feeds/fragments.ts";
import { eventId } from "../../model/event.ts";
import type { Site } from "../../model/site.ts";
import type { FragmentStore } from "./fragments.ts";
import type { Ledger, Listed } from "./ledger.ts";

/** An article's row, and its fragments in some formats. */
export type Rendered<F extends FormatName = FormatName> = Listed & { fragments: Pick<Fragments, F> };

/** Renders articles again if another version of the service, or one at another address, rendered them. */
export class Rendering {
  readonly #site: () => Site;
  readonly #ledger: Ledger;
  readonly #fragments: FragmentStore;

  constructor(site: () => Site, ledger: Ledger, fragments: FragmentStore) {
    this.#site = site;
    this.#ledger = ledger;
    this.#fragments = fragments;
  }

  /** Reads rows, and renders those again that another version of the service, or one at another address, rendered. */
  renewed(read: () => Listed[]): Listed[] {
    const rows = read();
    const rendering = renderingOf(this.#site());
    const stale = rows.filter((row) => row.rendering !== rendering);
    for (const { id } of stale) this.#render(id);
    return stale.length > 0 ? read() : rows;
  }

  /**
   * Adds the fragments in some formats to rows. Renders missing ones: the format may be new, or the row older than the
   * table of fragments. Leaves out an article that cannot be rendered.
   */
  itemsOf<F extends FormatName>(rows: readonly Listed[], formats: readonly F[]): Rendered<F>[] {
    return rows.flatMap((row) => {
      const known = this.#fragments.of(row.id, formats);
      const fragments = isWhole(known, formats) ? known : this.#complete(row.id, formats);
      return fragments ? [{ ...row, fragments }] : [];
    });
  }

  #complete<F extends FormatName>(id: string, formats: readonly F[]): Pick<Fragments, F> | null {
    const former = this.#ledger.formerFragments(id);
    if (former) this.#fragments.put(id, former);
    this.#ledger.dropFormerFragments(id);
    if (!isWhole(this.#fragments.of(id, formats), formats)) this.#render(id);
    const fragments = this.#fragments.of(id, formats);
    return isWhole(fragments, formats) ? fragments : null;
  }

  #render(id: string): void {
    const article = this.#ledger.entry(id)?.article;
    const rendered = article && renderFragments(article, this.#site());
    if (!article || !rendered?.ok) return;
    this.#fragments.put(id, rendered.value);
    this.#ledger.rendered(article, renderingOf(this.#site()));
    this.#ledger.dropFormerFragments(id);
  }
}

/** The items of a document of an organization. */
export function itemsIn<F extends FormatName>(
  slug: string,
  { name, withEvent }: Format & { name: F },
  rows: readonly Rendered<F>[],
): Promise<string[]> {
  return Promise.all(
    rows.map(async ({ id, revision, fragments }) =>
      withEvent ? withEvent(fragments[name], await eventId(slug, id, revision)) : fragments[name],
    ),
  );
}

/** Whether there is a fragment for every given format. */
function isWhole<F extends FormatName>(
  fragments: Partial<Fragments>,
  formats: readonly F[],
): fragments is Pick<Fragments, F> {
  return formats.every((name) => fragments[name] !== undefined);
}
