import { type Context, Hono, type MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { LIMITS } from "../../model/limits.ts";
import { ok, type Result } from "../../model/result.ts";
import { admitted } from "../../model/token.ts";
import { inRequest } from "../../store/log.ts";
import type { App } from "../context.ts";
import { serveOpenApi } from "../documentation.ts";
import { notModified } from "../feeds/conditional.ts";
import { type Reply, route } from "../methods.ts";
import { refuse, unexpected } from "../problem.ts";
import { requestIdOf } from "../request-id.ts";
import { getAnnouncement } from "./announcements.ts";
import { ARTICLES } from "./articles.ts";
import { ATTRIBUTIONS } from "./attributions.ts";
import { AUDIT, audit } from "./audit.ts";
import { authenticate } from "./auth.ts";
import { atMost, readBody } from "./body.ts";
import { exportLines } from "./bulk/export.ts";
import { importLines } from "./bulk/import.ts";
import { callerOf } from "./caller.ts";
import { DELIVERIES } from "./deliveries.ts";
import { DRAFTS } from "./drafts.ts";
import { EVENTS } from "./events.ts";
import { load } from "./load.ts";
import { ME } from "./me.ts";
import { type Answer, type Handled, type Operation, operation } from "./operation.ts";
import { ORGANIZATIONS } from "./organizations.ts";
import { RECORD_PROBLEMS } from "./problems.ts";
import { PUBLISHERS } from "./publishers.ts";
import { readQuery } from "./query.ts";
import { READERS } from "./readers.ts";
import { SESSIONS } from "./sessions.ts";
import { SOURCES } from "./sources.ts";
import { SUBSCRIPTIONS } from "./subscriptions.ts";
import { TOKENS } from "./tokens.ts";
import { USAGE } from "./usage.ts";
import { VERSIONS } from "./versions.ts";
import { WEBHOOKS } from "./webhooks.ts";

/** Every operation under `/api/v1`. */
export const OPERATIONS: readonly Operation[] = [
  ...ARTICLES,
  ...ATTRIBUTIONS,
  getAnnouncement,
  ...VERSIONS,
  ...ORGANIZATIONS,
  ...DRAFTS,
  ...READERS,
  ...WEBHOOKS,
  ...DELIVERIES,
  ...EVENTS,
  ...SUBSCRIPTIONS,
  ...SOURCES,
  exportLines,
  importLines,
  ME,
  ...SESSIONS,
  ...TOKENS,
  ...PUBLISHERS,
  ...AUDIT,
  ...RECORD_PROBLEMS,
  ...USAGE,
  operation({
    id: "getOpenApi",
    method: "GET",
    path: "/openapi.json",
    needs: "nothing",
    group: "Documentation",
    summary: "This API as OpenAPI 3.1",
    detail: "Generate a client from it.",
    answers: { 200: "OpenApi", 304: null },
    answerHeaders: { 200: ["etag"], 304: ["etag"] },
    isShared: true,
    problems: ["method-not-allowed"],
    handler: () => serveOpenApi(OPERATIONS),
  }),
];

/** The API under `/api/v1`. Without a token, all that can be found there is its documentation. */
export function api(): Hono<App> {
  const app = new Hono<App>();
  app.use((c, next) => inRequest(() => requestIdOf(c.req.raw), next));
  const open = Map.groupBy(OPERATIONS, ({ needs }) => needs === "nothing");
  register(app, open.get(true) ?? []);
  app.use(identify);
  register(app, open.get(false) ?? []);
  return app;
}

const identify: MiddlewareHandler<App> = async (c, next) => {
  const known = callerOf(c.req.raw);
  const principal = known ? ok(known) : await authenticate(c);
  if (!principal.ok) return refuse(c, principal.failure);
  c.set("principal", principal.value);
  await next();
};

function register(app: Hono<App>, operations: readonly Operation[]): void {
  for (const [path, some] of Map.groupBy(operations, (one) => one.path)) {
    route(app, path, Object.fromEntries(some.map((one) => [one.method, handlersOf(one)])));
  }
}

function handlersOf(operation: Operation) {
  const { needs, body, bodyBytes = LIMITS.BODY_BYTES } = operation;
  const admit: MiddlewareHandler<App> = async (c, next) => {
    const allowed = admitted(c.var.principal, needs);
    if (!allowed.ok) return refuse(c, allowed.failure);
    await next();
  };
  const bounds = body && bodyBytes !== null ? [atMost(bodyBytes)] : [];
  return [admit, ...bounds, (c: Context<App>) => perform(c, operation)];
}

/** Performs an operation: checks what it declares, calls its handler, logs its changes, and answers. */
async function perform(c: Context<App>, operation: Operation): Promise<Reply> {
  const caller = {
    env: c.env,
    principal: c.var.principal,
    params: c.req.param(),
    changes: operation.method !== "GET",
    request: c.req.raw,
  };
  let handled: Handled;
  try {
    const inputs = await inputsOf(c, operation, caller);
    handled = inputs.ok ? await operation.handler({ ...caller, ...inputs.value }) : inputs;
  } catch (error) {
    handled = { ok: false, failure: unexpected(c, routePath(c), error) };
  }
  if (operation.method !== "GET" && operation.action) await audit(operation.action, caller, handled);
  return handled.ok ? respond(c, operation, handled.value) : handled;
}

/** What the path names, the query and the body. The first failure wins, in this order. */
async function inputsOf(
  c: Context<App>,
  operation: Operation,
  caller: Parameters<typeof load>[1],
): Promise<Result<{ loaded: unknown; query: object; body: unknown }>> {
  const loaded = await load(operation.loads ?? "nothing", caller);
  if (!loaded.ok) return loaded;
  const query = readQuery(c.req.query(), operation.parameters);
  if (!query.ok) return query;
  const body = await readBody(c, operation);
  return body.ok ? ok({ loaded: loaded.value, query: query.value, body: body.value }) : body;
}

function respond(c: Context<App>, { method, answers, answerType }: Operation, answer: Answer): Response {
  const { body, status = Number(Object.keys(answers)[0]), headers = {} } = answer;
  const { etag } = headers;
  if (method === "GET" && etag && notModified(c.req.raw.headers, { etag, last_modified: null })) {
    return new Response(null, { status: 304, headers });
  }
  if (body === null) return new Response(null, { status, headers });
  const raw = typeof body === "string" || body instanceof ReadableStream;
  const type = answerType ?? "application/json";
  return new Response(raw ? body : JSON.stringify(body), {
    status,
    headers: { "content-type": answerType ? `${type}; charset=utf-8` : type, ...headers },
  });
}
