import { type ConversionConfig, type JsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import type { Failure } from "../../model/result.ts";
import type { Need } from "../../model/token.ts";
import { PROBLEMS } from "../problem.ts";
import { type Body, GROUPS, type Operation, type Parameter, problemsOf } from "./operation.ts";
import { type DescribedHeader, describedHeaders, type HeaderName } from "./response-headers.ts";
import { SCHEMAS, type SchemaName } from "./schemas.ts";

/** The parts of OpenAPI 3.1 that the document uses. */
export interface OpenApi {
  openapi: string;
  info: {
    title: string;
    version: string;
    description: string;
    contact: { name: string };
    license: { name: string; identifier: string };
  };
  servers: { url: string }[];
  security: Record<string, string[]>[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, DescribedOperation>>;
  webhooks: Record<string, Record<string, DescribedOperation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, object> };
}

/** An operation in the document. */
export interface DescribedOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security?: Record<string, string[]>[];
  parameters?: DescribedParameter[];
  requestBody?: { required: boolean; content: Record<string, Content> };
  responses: Record<string, DescribedResponse>;
  /** What a token needs to call it: a scope, `operator`, or `token` for any. OpenAPI has scopes only for OAuth 2 and OpenID Connect. */
  "x-scope"?: string;
  /** The name of its change in the audit log. */
  "x-audit"?: string;
}

/** A response in the document. */
export interface DescribedResponse {
  description: string;
  headers?: Record<string, DescribedHeader>;
  content?: Record<string, Content>;
}

/** A parameter in the document. */
export interface DescribedParameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description: string;
  schema: { type: "string"; enum?: readonly string[] };
  example?: string;
}

interface Content {
  schema: { $ref: string };
  example?: unknown;
}

/** What JSON Schema cannot express: conversions, and checks made by code. */
const INEXPRESSIBLE = new Set(["transform", "raw_transform", "trim", "check", "partial_check"]);

const CONVERSION: ConversionConfig = {
  target: "draft-2020-12",
  overrideAction: ({ valibotAction, jsonSchema }) =>
    INEXPRESSIBLE.has(valibotAction.type) ? jsonSchema : undefined,
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
};

/** The path parameters, by the path segment before them. */
const PATH_PARAMETERS: Record<string, { description: string; example: string }> = {
  articles: {
    description: "An article's id: letters, digits, `-` and `_`.",
    example: "museum-opens-archive",
  },
  organizations: { description: "An organization's slug.", example: "acme" },
  versions: { description: "A version's `revision`.", example: "1" },
  drafts: { description: "A draft's id.", example: "drf_0123456789abcdefghjkmnpqrs" },
  readers: { description: "A reader's id.", example: "rdr_0123456789abcdefghjkmnpqrs" },
  webhooks: { description: "A webhook's id.", example: "end_0123456789abcdefghjkmnpqrs" },
  deliveries: { description: "A delivery's id.", example: "dlv_0123456789abcdefghjkmnpqrs" },
  sources: { description: "A source's id.", example: "src_0123456789abcdefghjkmnpqrs" },
  subscriptions: { description: "A subscription's id.", example: "sub_0123456789abcdefghjkmnpqrs" },
  sessions: { description: "A session's id.", example: "ses_0123456789abcdefghjkmnpqrs" },
  tokens: { description: "A token's id.", example: "tok_0123456789abcdefghjkmnpqrs" },
};

const DESCRIPTION = `Requests and responses are JSON. Errors are \`application/problem+json\` (RFC 9457) and name every invalid
field. Lists have a \`cursor\`, which is null on the last page. Responses may gain fields; unknown fields in a request are
rejected. Each response that no cache keeps has a \`request-id\`, by which the operator finds a failure in the log.`;

/** The OpenAPI document of some operations. */
export function openApi(operations: readonly Operation[]): OpenApi {
  const byPath = Map.groupBy(operations, ({ path }) => path.replace(/:(\w+)/g, "{$1}"));
  return {
    openapi: "3.1.1",
    info: {
      title: "Communiqué",
      version: "1",
      description: DESCRIPTION,
      contact: { name: "The operator of this service" },
      license: { name: "Proprietary", identifier: "LicenseRef-Proprietary" },
    },
    servers: [{ url: "/api/v1" }],
    security: [{ token: [] }],
    tags: Object.entries(GROUPS).map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(
      [...byPath].map(([path, some]) => [
        path,
        Object.fromEntries(some.map((one) => [one.method.toLowerCase(), described(one)])),
      ]),
    ),
    webhooks: { alert: { post: ALERT } },
    components: {
      schemas: toJsonSchemaDefs(SCHEMAS, CONVERSION),
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description:
            "A token (`tok_…`), or the operator's. A sender that cannot set headers sends it as the password of Basic credentials.",
        },
      },
    },
  };
}

/** What an operation's description says about the token. */
const NEEDS: Record<Need, string> = {
  nothing: "Needs no token.",
  token: "Needs a token, whatever its scopes.",
  read: "Needs the scope `read`.",
  publish: "Needs the scope `publish`.",
  webhooks: "Needs the scope `webhooks`.",
  manage: "Needs the scope `manage`.",
  operator: "Only for the operator.",
};

function described(operation: Operation): DescribedOperation {
  const { id, group, summary, detail, needs, body, bodyOptional = false } = operation;
  const parameters = [
    ...pathParameters(operation.path),
    ...Object.entries(operation.parameters ?? {}).map(parameter),
  ];
  const action = operation.method === "GET" ? null : operation.action;
  return {
    operationId: id,
    tags: [group],
    summary,
    description: [detail, NEEDS[needs]].filter(Boolean).join(" "),
    ...(needs === "nothing" ? { security: [] } : { security: [{ token: [] }], "x-scope": needs }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: !bodyOptional, content: contents(body) } } : {}),
    responses: { ...successes(operation), ...failures(problemsOf(operation)) },
    ...(action ? { "x-audit": action } : {}),
  };
}

function pathParameters(path: string): DescribedParameter[] {
  return [...path.matchAll(/\/(\w+)\/:(\w+)/g)].map(([, before = "", name = ""]) => {
    const { description = "", example = "" } = PATH_PARAMETERS[before] ?? {};
    return { name, in: "path", required: true, description, schema: { type: "string" }, example };
  });
}

const parameter = ([name, said]: [string, Parameter]): DescribedParameter => ({
  name,
  in: said.in ?? "query",
  required: said.required ?? false,
  description: said.description,
  schema: { type: "string", ...(said.values ? { enum: said.values } : {}) },
  ...(said.example ? { example: said.example } : {}),
});

const reference = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });

const contents = (body: Record<string, Body>): Record<string, Content> =>
  Object.fromEntries(
    Object.entries(body).map(([type, { schema, example }]) => [type, { schema: reference(schema), example }]),
  );

const STATUSES: Record<string, string> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  304: "Not Modified",
};

function successes({
  answers,
  answerHeaders = {},
  isShared,
  answerType = "application/json",
  answerExample: example,
}: Operation): DescribedOperation["responses"] {
  const own: readonly HeaderName[] = isShared ? [] : ["request-id"];
  return Object.fromEntries(
    Object.entries(answers).map(([status, name], index) => [
      status,
      {
        description: STATUSES[status] ?? "",
        headers: describedHeaders([
          ...own,
          ...(answerHeaders[Number(status) as keyof typeof answerHeaders] ?? []),
        ]),
        ...(name
          ? {
              content: {
                [answerType]: {
                  schema: reference(name),
                  ...(index === 0 && example !== undefined ? { example } : {}),
                },
              },
            }
          : {}),
      },
    ]),
  );
}

function failures(tags: readonly Failure["tag"][]): DescribedOperation["responses"] {
  const content = { "application/problem+json": { schema: reference("Problem") } };
  const byStatus = Map.groupBy(tags, (tag) => PROBLEMS[tag].status);
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => {
      const description = some.map((tag) => `\`${tag}\`: ${PROBLEMS[tag].title}`).join("; ");
      const each = some.map((tag): readonly HeaderName[] => PROBLEMS[tag].headers ?? []);
      const sure = some.map((tag, index) => (PROBLEMS[tag].someHeaders ? [] : (each[index] ?? [])));
      const always = sure.reduce((common, names) => common.filter((name) => names.includes(name)));
      return [
        status,
        { description, headers: describedHeaders(["request-id", ...always], each.flat()), content },
      ];
    }),
  );
}

/** What receivers are sent. */
const ALERT: DescribedOperation = {
  operationId: "receiveAlert",
  tags: ["Webhooks"],
  summary: "An alert in the format `standard`, as a receiver gets it",
  description:
    "Signed according to Standard Webhooks, with `webhook-id`, `webhook-timestamp` and `webhook-signature`. The " +
    "`webhook-id` is the same at every attempt.",
  security: [],
  requestBody: { required: true, content: { "application/json": { schema: reference("Alert") } } },
  responses: { "2XX": { description: "Received. Any other status is retried; 410 disables the webhook." } },
};
