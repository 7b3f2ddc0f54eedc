import { type Handler, Hono } from "hono";
import { LIMITS } from "../../model/limits.ts";
import type { App } from "../context.ts";
import { serveOpenApi } from "../documentation.ts";
import { route } from "../methods.ts";
import { audited } from "./audit.ts";
import { authenticate, needing } from "./auth.ts";
import { atMost } from "./body.ts";
import type { Operation } from "./operation.ts";
import { ARTICLES } from "./operations/articles.ts";
import { BULK } from "./operations/bulk.ts";
import { OPERATOR } from "./operations/operator.ts";
import { ORGANIZATIONS } from "./operations/organizations.ts";
import { SOURCES } from "./operations/sources.ts";
import { SUBSCRIPTIONS } from "./operations/subscriptions.ts";
import { WEBHOOKS } from "./operations/webhooks.ts";

/** Every operation under `/api/v1`. */
export const OPERATIONS: readonly Operation[] = [
  ...ARTICLES,
  ...ORGANIZATIONS,
  ...WEBHOOKS,
  ...SUBSCRIPTIONS,
  ...SOURCES,
  ...BULK,
  ...OPERATOR,
  {
    id: "readDocumentation",
    method: "GET",
    path: "/openapi.json",
    handler: (c) => serveOpenApi(c, OPERATIONS),
    needs: "nothing",
    group: "Documentation",
    summary: "This API as OpenAPI 3.1",
    answers: { 200: "OpenApi" },
  },
];

/** The API under `/api/v1`: every operation, behind what it needs. */
export function api(): Hono<App> {
  const app = new Hono<App>();
  enter(
    app,
    OPERATIONS.filter(({ needs }) => needs === "nothing"),
  );
  app.use(async (c, next) => {
    await next();
    c.header("cache-control", "no-store"); // some answers show a secret, this once
  });
  app.use(authenticate);
  enter(
    app,
    OPERATIONS.filter(({ needs }) => needs !== "nothing"),
  );
  return app;
}

function enter(app: Hono<App>, operations: readonly Operation[]): void {
  for (const [path, some] of Map.groupBy(operations, (operation) => operation.path)) {
    route(app, path, Object.fromEntries(some.map((one) => [one.method, handlersOf(one)])));
  }
}

function handlersOf(operation: Operation): Handler<App>[] {
  const { needs, bodyBytes = LIMITS.BODY_BYTES, handler } = operation;
  const action = operation.method === "GET" ? null : operation.action;
  const bounds = bodyBytes === null ? [] : [atMost(bodyBytes)];
  return [needing(needs), ...bounds, ...(action === null ? [] : [audited(action)]), handler];
}
