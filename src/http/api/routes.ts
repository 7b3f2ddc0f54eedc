import { Hono } from "hono";
import { LIMITS } from "../../model/limits.ts";
import { directoryOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";
import { route } from "../methods.ts";
import { createArticle, getArticle, listAllArticles, putArticle, withdrawArticle } from "./articles.ts";
import { previewAttributions } from "./attributions.ts";
import { authenticate } from "./auth.ts";
import { createBatch } from "./batch.ts";
import { atMost } from "./body.ts";
import { exportLines } from "./bulk/export.ts";
import { importLines } from "./bulk/import.ts";
import {
  explainWebhook,
  getDelivery,
  listDeliveries,
  replayDeliveries,
  retryDelivery,
  rotateSecret,
  testWebhook,
} from "./deliveries.ts";
import { importDocument } from "./import.ts";
import {
  deleteOrganizationAt,
  getOrganization,
  listOrganizations,
  listSubscribers,
  putOrganization,
} from "./organizations.ts";
import { createReader, listReaders, revokeReader } from "./readers.ts";
import { endSubscription, getSubscription, listSubscriptions } from "./subscriptions.ts";
import { createToken, listTokens, operatorOnly, revokeToken } from "./tokens.ts";
import {
  changeWebhook,
  createWebhook,
  deleteWebhook,
  enableWebhook,
  getWebhook,
  listWebhooks,
} from "./webhooks.ts";

/** The API under `/api/v1`: every address with its methods. */
export function api(): Hono<App> {
  const app = new Hono<App>();
  app.use(async (c, next) => {
    await next();
    c.header("cache-control", "no-store"); // some answers show a secret, this once
  });
  app.use(authenticate);
  app.use("/articles/batch", atMost(LIMITS.BATCH_BODY_BYTES));
  app.use((c, next) =>
    /\/(articles\/batch|v1\/import)$/.test(c.req.path) ? next() : atMost(LIMITS.BODY_BYTES)(c, next),
  );

  route(app, "/organizations", { GET: listOrganizations });
  route(app, "/organizations/:slug", {
    GET: getOrganization,
    PUT: putOrganization,
    DELETE: deleteOrganizationAt,
  });
  route(app, "/organizations/:slug/subscribers", { GET: listSubscribers });
  route(app, "/articles", { GET: listAllArticles, POST: createArticle });
  route(app, "/articles/batch", { POST: createBatch });
  route(app, "/articles/import", { POST: importDocument });
  route(app, "/articles/:id", { GET: getArticle, PUT: putArticle, DELETE: withdrawArticle });

  route(app, "/attributions", { POST: previewAttributions });
  route(app, "/organizations/:slug/readers", { GET: listReaders, POST: createReader });
  route(app, "/organizations/:slug/readers/:id", { DELETE: revokeReader });

  routeWebhooks(app);
  routeSubscriptions(app);
  app.use("/tokens/*", operatorOnly);
  app.use("/problems", operatorOnly);
  app.use("/export", operatorOnly);
  app.use("/import", operatorOnly);
  route(app, "/tokens", { GET: listTokens, POST: createToken });
  route(app, "/tokens/:id", { DELETE: revokeToken });
  route(app, "/problems", {
    GET: async (c) => c.json(await directoryOf(c.env).problems(c.req.query("cursor") ?? null)),
  });
  route(app, "/export", { GET: exportLines });
  route(app, "/import", { POST: importLines }); // read a line at a time, so that its body may have any length
  return app;
}

function routeSubscriptions(app: Hono<App>): void {
  const subscriptions = "/organizations/:slug/subscriptions";
  route(app, subscriptions, { GET: listSubscriptions });
  route(app, `${subscriptions}/:id`, { GET: getSubscription, DELETE: endSubscription });
}

function routeWebhooks(app: Hono<App>): void {
  const webhooks = "/organizations/:slug/webhooks";
  route(app, webhooks, { GET: listWebhooks, POST: createWebhook });
  route(app, `${webhooks}/:id`, { GET: getWebhook, PATCH: changeWebhook, DELETE: deleteWebhook });
  route(app, `${webhooks}/:id/enable`, { POST: enableWebhook });
  route(app, `${webhooks}/:id/test`, { POST: testWebhook });
  route(app, `${webhooks}/:id/rotate-secret`, { POST: rotateSecret });
  route(app, `${webhooks}/:id/replay`, { POST: replayDeliveries });
  route(app, `${webhooks}/:id/explain`, { GET: explainWebhook });
  route(app, `${webhooks}/:id/deliveries`, { GET: listDeliveries });
  route(app, `${webhooks}/:id/deliveries/:delivery`, { GET: getDelivery });
  route(app, `${webhooks}/:id/deliveries/:delivery/retry`, { POST: retryDelivery });
}
