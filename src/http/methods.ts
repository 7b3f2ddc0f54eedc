import type { Context, Handler, Hono, MiddlewareHandler, Next } from "hono";
import type { Failure } from "../model/result.ts";
import type { App } from "./context.ts";
import { leadAlong } from "./moved.ts";
import { refuse } from "./problem.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";

/** What a handler returns: a response, or the failure to answer with. */
export type Reply = Response | { ok: false; failure: Failure };

type Replying = (c: Context<App>, next: Next) => Reply | Promise<Reply> | ReturnType<MiddlewareHandler>;

/** A handler that stands before others: it refuses the request, or lets them answer it. */
export type Guard = (c: Context<App>, next: Next) => Promise<Reply | undefined>;

/**
 * Registers the methods of a path. Failures are turned into responses here, by `refusal`. Any other method is answered
 * 405 with Allow (RFC 9110 §15.5.6).
 */
export function route(
  app: Hono<App>,
  path: string,
  methods: Partial<Record<Method, Replying | (Replying | Guard)[]>>,
  refusal: (c: Context<App>, failure: Failure) => Response = refuse,
): void {
  const answering =
    (handler: Replying | Guard): Handler<App> =>
    async (c, next) => {
      const reply = await handler(c, next);
      if (!reply || !("failure" in reply)) return reply;
      return reply.failure.tag === "moved" ? leadAlong(c, reply.failure.address) : refusal(c, reply.failure);
    };
  for (const [method, handlers] of Object.entries(methods)) {
    app.on(method, [path], ...[handlers].flat().map(answering));
  }
  const allow = Object.keys(methods).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  app.all(path, (c) => refusal(c, { tag: "method-not-allowed", allow }));
}
