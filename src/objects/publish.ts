import { FORMATS } from "../feeds/formats.ts";
import { organizationHead } from "../feeds/head.ts";
import { base32, digest, sha256 } from "../model/digest.ts";
import type { Organization } from "../model/organization.ts";
import type { Site } from "../model/site.ts";
import { deleteDocument, writeDocument } from "../store/documents.ts";
import type { Listed } from "./ledger.ts";

/** What was published last, and for whom. */
interface Published {
  organization: Organization;
  publishedDigest: string | null;
  updatedMs: number;
}

/**
 * Writes an organization's documents when they would say something new: 3 KV writes, or none.
 * @returns the digest of what they say now, and since when
 */
export async function publishDocuments(
  documents: KVNamespace,
  site: Site,
  before: Published,
  items: readonly Listed[],
  nowMs: number,
): Promise<{ digest: string; updatedMs: number }> {
  const said = await digest(
    JSON.stringify(before.organization),
    ...items.map((item) => `${item.id} ${item.revision} ${item.rendering}`),
  );
  if (said === before.publishedDigest) return { digest: said, updatedMs: before.updatedMs };

  // Validators in whole seconds: a document that changed must not bear the date of the one before.
  const updatedMs = Math.max(Math.floor(nowMs / 1000) * 1000, before.updatedMs + 1000);
  const head = organizationHead(before.organization, site, updatedMs);
  await Promise.all(
    FORMATS.map(async (format) => {
      const body = format.document(
        head,
        items.map((item) => item.fragments[format.name]),
      );
      const etag = `"${base32(await sha256(body), 26)}"`;
      await writeDocument(documents, documentPath(before.organization.slug, format.name), body, {
        etag,
        last_modified: updatedMs / 1000,
      });
    }),
  );
  return { digest: said, updatedMs };
}

/** Removes an organization's documents: its addresses answer 404. */
export async function removeDocuments(documents: KVNamespace, slug: string): Promise<void> {
  await Promise.all(FORMATS.map((format) => deleteDocument(documents, documentPath(slug, format.name))));
}

const documentPath = (slug: string, format: string): string => `${slug}/feed.${format}`;
