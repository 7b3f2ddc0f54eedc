import type { Context, Handler, Hono } from "hono";
import type { App } from "./context.ts";
import { refuse } from "./problem.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";

/** Puts the methods of an address into the app; any other method is answered 405 with Allow (RFC 9110 §15.5.6). */
export function route(
  app: Hono<App>,
  path: string,
  methods: Partial<Record<Method, Handler<App> | Handler<App>[]>>,
): void {
  for (const [method, handlers] of Object.entries(methods)) app.on(method, [path], ...[handlers].flat());
  const allow = Object.keys(methods).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  app.all(path, (c: Context<App>) => refuse(c, { tag: "method-not-allowed", allow }));
}
