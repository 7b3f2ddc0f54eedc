import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { type DescribedOperation, type OpenApi, openApi } from "../../src/http/api/openapi.ts";
import { OPERATIONS } from "../../src/http/api/routes.ts";

/** An operation of the document with its address. */
export interface Documented {
  method: string;
  path: string;
  operation: DescribedOperation;
}

/** Every operation of a document. */
export function documented(document: OpenApi): Documented[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/**
 * Checks values against the document's schemas, by their references: gives what is wrong with a value. A field that its
 * schema does not know is wrong too.
 */
export function checker(document: OpenApi): (schema: { $ref: string }, value: unknown) => OutputUnit[] {
  const components = closed(document.components) as object;
  const validators = new Map<string, Validator>();
  return ({ $ref }, value) => {
    const validator = validators.get($ref) ?? new Validator({ $ref, components } as Schema, "2020-12", false);
    validators.set($ref, validator);
    return validator.validate(value).errors;
  };
}

/** The same schemas, of which none lets a field pass that it does not name. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const all = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, closed(inner)]));
  return all.type === "object" && all.properties ? { additionalProperties: false, ...all } : all;
}

type Responses = DescribedOperation["responses"];

const API = "/api/v1";
/** Statuses of addresses and methods that are not in the document. */
const UNKNOWN = [401, 404, 405, 503];
const UNKNOWN_CONTENT: Responses[string]["content"] = {
  "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
};

/** What HTTP itself, caches and browsers read, and the document does not speak of. */
const GENERAL = [
  "access-control-allow-origin",
  "cache-control",
  "content-disposition",
  "content-length",
  "content-type",
  "strict-transport-security",
  "vary",
  "x-content-type-options",
];

/** What a response's headers lack, and what they have that is not documented. */
function headerFaults(said: NonNullable<Responses[string]["headers"]>, headers: Headers): string[] {
  const known = new Set(Object.keys(said).map((name) => name.toLowerCase()));
  const strange = [...headers.keys()].filter((name) => !known.has(name) && !GENERAL.includes(name));
  // The whole service sets Request-Id, which a test of its own checks.
  const missing = Object.entries(said).filter(
    ([name, { required }]) => required && name !== "Request-Id" && !headers.has(name),
  );
  return [
    ...strange.map((name) => `does not list the header ${name}`),
    ...missing.map(([name]) => `says that there is the header ${name}`),
  ];
}

/** The document, prepared for many comparisons. */
interface Prepared {
  faults: ReturnType<typeof checker>;
  paths: { pattern: RegExp; methods: Record<string, DescribedOperation> }[];
}
let prepared: Prepared | undefined;

function prepare(): Prepared {
  const document: OpenApi = JSON.parse(JSON.stringify(openApi(OPERATIONS)));
  const paths = Object.entries(document.paths).map(([path, methods]) => ({
    pattern: new RegExp(`^${API}${path.replace(/\{\w+\}/g, "[^/]+")}$`),
    methods,
  }));
  return { faults: checker(document), paths };
}

/**
 * An answer, unchanged, if the OpenAPI document describes its status, headers, media type and JSON; else an error. What is not an
 * answer of the API passes.
 */
export async function asDocumented({ method, url }: Request, response: Response): Promise<Response> {
  const { pathname } = new URL(url);
  if (!pathname.startsWith(`${API}/`)) return response;
  prepared ??= prepare();
  const { faults, paths } = prepared;
  const { status, headers } = response;
  const methods = paths.find(({ pattern }) => pattern.test(pathname))?.methods;
  const operation = methods?.[method === "HEAD" ? "get" : method.toLowerCase()];
  const fail = (what: string): never => {
    throw new Error(`${method} ${pathname} answered ${status}: the OpenAPI document ${what}`);
  };
  const said = operation?.responses[status];
  if (operation ? !said : !UNKNOWN.includes(status)) fail("does not list this status");
  for (const fault of said ? headerFaults(said.headers ?? {}, headers) : []) fail(fault);
  if (method === "HEAD" || response.body === null) return response;
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  const content = operation ? said?.content : UNKNOWN_CONTENT;
  const schema = content?.[type]?.schema;
  if (!schema) return fail(`does not list the media type ${type || "(none)"}`);
  if (!["application/json", "application/problem+json"].includes(type)) return response;
  const text = await response.text();
  const [fault] = faults(schema, JSON.parse(text));
  if (fault) fail(`has another schema: ${fault.instanceLocation} ${fault.error} in ${text.slice(0, 500)}`);
  return new Response(text, response);
}
