import { type Handler, Hono } from "hono";
import { LIMITS } from "../../model/limits.ts";
import type { App } from "../context.ts";
import { route } from "../methods.ts";
import { audited } from "./audit.ts";
import { authenticate, needing } from "./auth.ts";
import { atMost } from "./body.ts";
import type { Operation } from "./operation.ts";
import { ARTICLES } from "./operations/articles.ts";
import { OPERATOR } from "./operations/operator.ts";
import { ORGANIZATIONS } from "./operations/organizations.ts";
import { WEBHOOKS } from "./operations/webhooks.ts";

/** Every operation under `/api/v1`. */
export const OPERATIONS: readonly Operation[] = [...ARTICLES, ...ORGANIZATIONS, ...WEBHOOKS, ...OPERATOR];

/** The API under `/api/v1`: every operation, behind what it needs. */
export function api(): Hono<App> {
  const app = new Hono<App>();
  app.use(async (c, next) => {
    await next();
    c.header("cache-control", "no-store"); // some answers show a secret, this once
  });
  app.use(authenticate);
  for (const [path, operations] of Map.groupBy(OPERATIONS, (operation) => operation.path)) {
    route(app, path, Object.fromEntries(operations.map((one) => [one.method, handlersOf(one)])));
  }
  return app;
}

function handlersOf(operation: Operation): Handler<App>[] {
  const { needs, bodyBytes = LIMITS.BODY_BYTES, handler } = operation;
  const action = operation.method === "GET" ? null : operation.action;
  return [needing(needs), atMost(bodyBytes), ...(action === null ? [] : [audited(action)]), handler];
}
