import { canonicalJson, digest, randomId } from "../../model/digest.ts";
import type { Draft, DraftInput, SavedBy } from "../../model/draft.ts";
import { LIMITS } from "../../model/limits.ts";
import { type Precondition, preconditionOf, tagOf } from "../../model/precondition.ts";
import { fail, type Result } from "../../model/result.ts";
import type { Principal } from "../../model/token.ts";
import type { Saved } from "../../objects/channel/drafts.ts";
import { channelOf } from "../../objects/stubs.ts";
import { authorize } from "./auth.ts";
import {
  type Answer,
  answer,
  type Caller,
  CURSOR,
  DONE,
  json,
  type Operation,
  operation,
} from "./operation.ts";
import { CONDITIONS } from "./publishing.ts";
import { INVALID_CURSOR } from "./query.ts";

const group = "Drafts";
const loads = "organization";
const path = "/organizations/:slug/drafts";
const EXAMPLE = { title: "A seminar on heri", content_text: "Experts met in" };

/** Articles that are being written. */
export const DRAFTS: readonly Operation[] = [
  operation({
    id: "listDrafts",
    method: "GET",
    path,
    needs: "publish",
    group,
    summary: "List drafts",
    detail: "Those saved last first, without their contents.",
    loads,
    parameters: CURSOR,
    answers: { 200: "DraftPage" },
    async handler({ env, loaded: { slug }, query }) {
      const page = await channelOf(env, slug).drafts.page(query.cursor ?? null);
      return page ? answer(page) : fail(INVALID_CURSOR);
    },
  }),
  operation({
    id: "createDraft",
    method: "POST",
    path,
    needs: "publish",
    action: null, // nothing that anybody was told of changes
    group,
    summary: "Save a new draft",
    detail:
      "Its fields are those of an article, and need not be finished: an address can be half an address. Nobody sees it but who " +
      "may publish for the organization. To publish it, send its fields to `POST /articles`, or to `PUT /articles/{id}` for the " +
      "`article` that it is to change, and delete it.",
    loads,
    body: json("DraftInput", EXAMPLE),
    answers: { 201: "Draft" },
    answerHeaders: { 201: ["location", "etag"] },
    problems: ["limit-reached"],
    async handler(call) {
      const id = randomId("drf_");
      const saved = await save(call, call.loaded.slug, id, call.body, { isNew: true, precondition: null });
      if (!saved.ok) return saved;
      const location = `/api/v1/organizations/${call.loaded.slug}/drafts/${id}`;
      return answer(saved.value.body, { ...saved.value, headers: { ...saved.value.headers, location } });
    },
  }),
  operation({
    id: "getDraft",
    method: "GET",
    path: `${path}/:id`,
    needs: "publish",
    group,
    summary: "Get a draft",
    loads,
    answers: { 200: "Draft", 304: null },
    answerHeaders: { 200: ["etag"], 304: ["etag"] },
    async handler({ env, loaded: { slug }, params: { id = "" } }) {
      const found = await channelOf(env, slug).drafts.get(id);
      return found ? withTag(found.draft, found.version) : fail({ tag: "not-found" });
    },
  }),
  operation({
    id: "putDraft",
    method: "PUT",
    path: `${path}/:id`,
    needs: "publish",
    action: null, // nothing that anybody was told of changes
    group,
    summary: "Save a draft",
    detail:
      "With the `ETag` of the version that was read in `If-Match`, so that what somebody else has saved meanwhile is not " +
      "overwritten: then the answer is 412, and `GET` shows theirs, and who saved it.",
    loads,
    parameters: CONDITIONS,
    body: json("DraftInput", EXAMPLE),
    answers: { 200: "Draft" },
    answerHeaders: { 200: ["etag"] },
    problems: ["precondition-failed"],
    async handler(call) {
      const precondition = preconditionOf(call.request.headers);
      if (!precondition.ok) return precondition;
      const { id = "" } = call.params;
      return save(call, call.loaded.slug, id, call.body, { isNew: false, precondition: precondition.value });
    },
  }),
  operation({
    id: "deleteDraft",
    method: "DELETE",
    path: `${path}/:id`,
    needs: "publish",
    action: null, // nothing that anybody was told of changes
    group,
    summary: "Delete a draft",
    loads,
    parameters: CONDITIONS,
    answers: { 204: null },
    problems: ["malformed", "precondition-failed"],
    async handler({ env, loaded: { slug }, params: { id = "" }, request }) {
      const precondition = preconditionOf(request.headers);
      if (!precondition.ok) return precondition;
      const removed = await channelOf(env, slug).drafts.remove(id, precondition.value);
      if (removed === true) return DONE;
      if (removed.version === null) return fail({ tag: "not-found" });
      return fail({ tag: "precondition-failed", etag: tagOf(removed.version) });
    },
  }),
];

/** Saves a draft, which may name only organizations that its writer may act for. */
async function save(
  { env, principal }: Caller,
  slug: string,
  id: string,
  input: DraftInput,
  how: { isNew: boolean; precondition: Precondition | null },
): Promise<Result<Answer>> {
  const allowed = authorize(principal, input.organizations ?? []);
  if (!allowed.ok) return allowed;
  const version = await digest(canonicalJson(input));
  const saved = await channelOf(env, slug).drafts.save({
    id,
    input,
    version,
    by: writerOf(principal),
    ...how,
  });
  return savedAnswer(saved, how.isNew);
}

function savedAnswer(saved: Saved, isNew: boolean): Result<Answer> {
  switch (saved.state) {
    case "saved":
      return withTag(saved.draft, saved.version, isNew ? 201 : 200);
    case "missing":
      return fail({ tag: "not-found" });
    case "changed":
      return fail({
        tag: "precondition-failed",
        etag: saved.version === null ? null : tagOf(saved.version),
      });
    case "full": {
      const detail = `An organization can have at most ${LIMITS.DRAFTS_PER_ORGANIZATION} drafts.`;
      return fail({ tag: "limit-reached", detail });
    }
  }
}

const withTag = (draft: Draft, version: string, status: 200 | 201 = 200): Result<Answer> =>
  answer(draft, { status, headers: { etag: tagOf(version) } });

const writerOf = (principal: Principal): SavedBy =>
  principal.kind === "admin"
    ? { id: null, description: "The operator" }
    : { id: principal.id, description: principal.description };
