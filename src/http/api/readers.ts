import { configuration } from "../../env.ts";
import { FORMATS } from "../../feeds/formats.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Reader } from "../../model/reader.ts";
import { fail } from "../../model/result.ts";
import { rfc3339 } from "../../model/time.ts";
import { channelOf } from "../../objects/stubs.ts";
import { tokenHash } from "./auth.ts";
import { answer, CURSOR, changing, DONE, json, type Operation, operation } from "./operation.ts";

const group = "Readers";
const loads = "organization";
const path = "/organizations/:slug/readers";

/** Private addresses of feeds. */
export const READERS: readonly Operation[] = [
  operation({
    id: "listReaders",
    method: "GET",
    path,
    needs: "read",
    group,
    summary: "List readers",
    loads,
    parameters: CURSOR,
    answers: { 200: "ReaderPage" },
    handler: async ({ env, loaded: organization, query }) =>
      answer(await channelOf(env, organization.slug).readers.page(query.cursor ?? null)),
  }),
  operation({
    id: "createReader",
    method: "POST",
    path,
    needs: "publish",
    action: "reader.create",
    group,
    summary: "Create private feed addresses for a reader",
    detail:
      "One for each format, also if the organization is unlisted. They are shown only in this response.",
    loads,
    body: json("ReaderInput", { description: "Aynur" }),
    answers: { 201: "NewReader" },
    problems: ["limit-reached"],
    async handler({ env, loaded: { slug }, body }) {
      const reader: Reader = { id: randomId("rdr_"), ...body, created_at: rfc3339(Date.now()) };
      const key = randomId("key_");
      if (!(await channelOf(env, slug).readers.add(reader, await tokenHash(key)))) {
        const detail = `An organization can have at most ${LIMITS.READERS_PER_ORGANIZATION} readers.`;
        return fail({ tag: "limit-reached", detail });
      }
      const feed = `${configuration(env).site.publicUrl}/private/${key}/${slug}/feed`;
      const feeds = Object.fromEntries(FORMATS.map(({ name }) => [name, `${feed}.${name}`]));
      const change = { object: reader.id, organizations: [slug], outcome: "done" } as const;
      return changing([change], answer({ ...reader, feeds }));
    },
  }),
  operation({
    id: "revokeReader",
    method: "DELETE",
    path: `${path}/:id`,
    needs: "publish",
    action: "reader.delete",
    group,
    summary: "Revoke a reader's addresses",
    loads,
    answers: { 204: null },
    handler: async ({ env, loaded: organization, params: { id = "" } }) =>
      (await channelOf(env, organization.slug).readers.remove(id)) ? DONE : fail({ tag: "not-found" }),
  }),
];
