import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import type { DescribedOperation, OpenApi } from "../../src/http/api/openapi.ts";

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
