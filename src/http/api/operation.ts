import type { Context } from "hono";
import type { Failure } from "../../model/result.ts";
import type { Need } from "../../model/token.ts";
import type { App } from "../context.ts";
import type { SchemaName } from "./schemas.ts";

/** The headings of the documentation, in their order. */
export const GROUPS = {
  Articles: "What is published.",
  Organizations: "Who publishes.",
  Readers: "Who reads an organization's feeds at addresses of their own.",
  Webhooks: "Who is told of what is published, and how.",
  Deliveries: "What was sent to a webhook, and what came back.",
  Subscriptions: "Who is pushed an organization's feeds by the hub.",
  Sources: "Feeds of others that are followed here.",
  Everything: "All that there is, out and in again.",
  Operator: "Who may do what, and what was done.",
  Documentation: "This document.",
} as const;

/** What an address's query or a header may say. */
export interface Parameter {
  description: string;
  required?: true;
  in?: "header";
  values?: readonly string[];
  example?: string;
}

/** A body of one media type; the example is one that works. */
export interface Body {
  schema: SchemaName;
  example: unknown;
}

interface Described {
  /** What it is called in the document: its `operationId`. */
  id: string;
  /** Under `/api/v1`; of two that fit a request the first in the table counts. */
  path: `/${string}`;
  handler: (c: Context<App>) => Response | Promise<Response>;
  needs: Need;
  /** Its heading in the documentation. */
  group: keyof typeof GROUPS;
  summary: string;
  detail?: string;
  parameters?: Record<string, Parameter>;
  /** By media type; the first is the usual one. */
  body?: Record<string, Body>;
  /** The body may be left out. */
  bodyOptional?: true;
  /** At most so many bytes, where it is not `LIMITS.BODY_BYTES`; null for a body that is read as it comes. */
  bodyBytes?: number | null;
  /** What success looks like, by status; null for no body. */
  answers: Partial<Record<200 | 201 | 202 | 204, SchemaName | null>>;
  /** Its media type, where it is not JSON. */
  answerType?: string;
  /** What can go wrong besides what can with every operation of this shape; see `problemsOf`. */
  problems?: readonly Failure["tag"][];
}

/**
 * One method of one address: what it does, who may ask for it, what it changes and how it is documented. Reading changes
 * nothing; every other method must say what it is called in the audit log, or null if it changes nothing either.
 */
export type Operation = Described &
  ({ method: "GET" } | { method: "POST" | "PUT" | "PATCH" | "DELETE"; action: `${string}.${string}` | null });

/** A JSON body. */
export const json = (schema: SchemaName, example: unknown): Record<string, Body> => ({
  "application/json": { schema, example },
});

/** The parameter of a list. */
export const CURSOR: Record<string, Parameter> = {
  cursor: { description: "The `cursor` of the page before, for the next one." },
};

/** The parameter of what brings many articles at once. */
export const alerts = (usual: "none" | "all"): Record<string, Parameter> => ({
  alerts: {
    description: `Whether webhooks are told of what comes in: \`${usual}\` unless it is given.`,
    values: ["none", "all"],
  },
});

/** What can go wrong with an operation. */
export function problemsOf(operation: Operation): Failure["tag"][] {
  const { needs, path, body, problems = [] } = operation;
  const tags: Failure["tag"][] = ["unavailable", ...problems];
  if (needs !== "nothing") tags.push("unauthenticated", "forbidden");
  if (needs !== "nothing" && needs !== "operator") tags.push("scope-missing");
  if (path.includes(":")) tags.push("not-found");
  if (body) tags.push("malformed", "unsupported-media-type", "invalid");
  if (body && operation.bodyBytes !== null) tags.push("too-large");
  return [...new Set(tags)];
}
