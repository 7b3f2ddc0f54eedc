import type { GenericSchema, InferOutput } from "valibot";
import type { Bindings } from "../../env.ts";
import type { Change } from "../../model/audit.ts";
import { type Failure, ok, type Result } from "../../model/result.ts";
import type { Need, Principal } from "../../model/token.ts";
import type { Loads, Thing } from "./load.ts";
import type { HeaderName } from "./response-headers.ts";
import type { SCHEMAS, SchemaName } from "./schemas.ts";

/** The groups of the documentation, in their order. */
export const GROUPS = {
  Articles: "What is published.",
  Drafts: "What is being written.",
  Organizations: "Who publishes.",
  Readers: "Private feed addresses for the readers of an organization.",
  Webhooks: "Who is alerted when something is published, and how.",
  "Shared webhooks": "Who is alerted of several organizations at once.",
  Deliveries: "What was sent to a webhook, and what it answered.",
  Subscriptions: "Who the hub pushes an organization's feeds to.",
  Sources: "External feeds that are followed.",
  Everything: "Export and import of all data.",
  Caller: "What your token may do.",
  Operator: "Tokens, the audit log, and records that cannot be used.",
  Documentation: "This document.",
} as const;

/** A query parameter or a header. */
export interface Parameter {
  description: string;
  required?: true;
  in?: "header";
  values?: readonly string[];
  example?: string;
  /** Checks and converts it, if it is more than text. */
  schema?: GenericSchema<string, unknown>;
}
type Parameters = Record<string, Parameter>;

/** A body of one media type. The example is valid. */
export interface Body {
  schema: SchemaName;
  example: unknown;
  /** What the handler gets, if that is not the documented schema's output. */
  read?: GenericSchema;
}
type Bodies = Record<string, Body>;

type ValueOf<P extends Parameter> = P extends { schema: GenericSchema<string, infer T> }
  ? T
  : P extends { values: readonly (infer T)[] }
    ? T
    : string;
type QueryOf<P extends Parameters> = {
  [K in keyof P]: P[K] extends { required: true } ? ValueOf<P[K]> : ValueOf<P[K]> | undefined;
};
type BodyOf<B extends Bodies> = {
  [T in keyof B]: B[T] extends { read: infer S extends GenericSchema }
    ? InferOutput<S>
    : InferOutput<(typeof SCHEMAS)[B[T]["schema"]]>;
}[keyof B];

/** Who calls, and where from. */
export interface Caller {
  env: Bindings;
  principal: Principal;
  /** What the path names, as text. */
  params: Record<string, string>;
  /** Whether the operation may change something. */
  changes: boolean;
}

/** A request that has passed every check that its operation declares. */
export interface Call<P extends Parameters, B extends Bodies, L extends Loads> extends Caller {
  request: Request;
  query: QueryOf<P>;
  body: BodyOf<B>;
  /** What the operation `loads`. */
  loaded: Thing<L>;
}

/** A success. */
export interface Answer {
  /** Sent as JSON if it is an object; text and streams are sent as they are. */
  body: object | string | ReadableStream | null;
  /** If it is not the first that the operation declares. */
  status?: Status;
  headers?: Record<string, string>;
}
type Status = 200 | 201 | 202 | 204 | 304;

/** What a handler returns; with `changes` if what it changed is not simply the object that the path names. */
export type Handled = Result<Answer> & { changes?: Change[] };

interface Declared {
  /** Its `operationId` in the document. */
  id: string;
  /** Under `/api/v1`. If two paths match a request, the first in the table wins. */
  path: `/${string}`;
  needs: Need;
  /** Its group in the documentation. */
  group: keyof typeof GROUPS;
  summary: string;
  detail?: string;
  /** The body may be left out. */
  bodyOptional?: true;
  /** The size limit, if it is not `LIMITS.BODY_BYTES`; null for a body that the handler reads as a stream. */
  bodyBytes?: number | null;
  /** What a success looks like, by status; null for no body. */
  answers: Partial<Record<Status, SchemaName | null>>;
  /** An example of what the first status answers. */
  answerExample?: unknown;
  /** The headers of a success that tell something, by status. */
  answerHeaders?: Partial<Record<Status, readonly HeaderName[]>>;
  /** Caches may keep a success and show it to others, so it has no `request-id`. */
  isShared?: true;
  /** Its media type, if it is not JSON. */
  answerType?: string;
  /** What can go wrong besides what {@link problemsOf} derives. */
  problems?: readonly Failure["tag"][];
}

interface Row<P extends Parameters, B extends Bodies, L extends Loads> extends Declared {
  parameters?: P;
  /** By media type, the usual one first. */
  body?: B;
  /** The thing that the path names. The caller must have access to it. */
  loads?: L;
  handler(call: Call<P, B, L>): Handled | Promise<Handled>;
}

interface AnyRow extends Declared {
  parameters?: Parameters;
  body?: Bodies;
  loads?: Loads;
  handler(
    call: Caller & { request: Request; query: object; body: unknown; loaded: unknown },
  ): Handled | Promise<Handled>;
}

/** An operation that only reads, or the name of its change in the audit log: null if it changes nothing. */
type Audited =
  | { method: "GET" }
  | { method: "POST" | "PUT" | "PATCH" | "DELETE"; action: `${string}.${string}` | null };

/** One method of one path: who may call it, what it takes and answers, how it is documented, and its handler. */
export type Operation = AnyRow & Audited;

/** An operation, whose handler's types follow from what it declares. */
export const operation = <
  const P extends Parameters = Record<never, never>,
  const B extends Bodies = Record<never, never>,
  const L extends Loads = "nothing",
>(
  row: Row<P, B, L> & Audited,
): Operation => row;

/** A success with a body. */
export const answer = (body: Answer["body"], more: Omit<Answer, "body"> = {}): Result<Answer> =>
  ok({ body, ...more });

/** A success with nothing to say. */
export const DONE: Result<Answer> = ok({ body: null });

/** What a handler changed, with its answer. */
export const changing = (changes: Change[], answered: Result<Answer>): Handled => ({
  ...answered,
  changes,
});

/** A JSON body. */
export const json = <const N extends SchemaName>(schema: N, example: unknown) => ({
  "application/json": { schema, example },
});

/** The parameter of a list. */
export const CURSOR = { cursor: { description: "The `cursor` of the previous page." } } as const;

/** Whether webhooks are alerted of many articles that come in at once. */
export const alerts = (usual: "none" | "all") =>
  ({
    alerts: { description: `Whether webhooks are alerted. Default: \`${usual}\`.`, values: ["none", "all"] },
  }) as const;

/** The problems that can follow from what an operation declares. */
export function problemsOf(operation: Operation): Failure["tag"][] {
  const { needs, path, body, problems = [] } = operation;
  // Any operation refuses a parameter that it does not have.
  const tags: Failure["tag"][] = ["unavailable", "malformed-query"];
  tags.push(...problems);
  if (needs !== "nothing") tags.push("unauthenticated", "too-many-requests");
  if (needs !== "nothing" && needs !== "token") tags.push("forbidden");
  if (needs !== "nothing" && needs !== "token" && needs !== "operator") tags.push("scope-missing");
  if (path.includes(":")) tags.push("not-found");
  if (body) tags.push("malformed", "unsupported-media-type", "invalid");
  if (body && operation.bodyBytes !== null) tags.push("too-large");
  return [...new Set(tags)];
}
