import type { Bindings } from "../env.ts";
import { once } from "../model/once.ts";
import type { Visit } from "./context.ts";
import { mayCause, TOO_MANY } from "./fair-use.ts";
import { type PlainFeed, plainFeedOf, servePlainFeed } from "./feeds/plain.ts";
import { finish } from "./finish.ts";
import type { Reply } from "./methods.ts";
import { leadAlong } from "./moved.ts";

const theApp = once(() => import("./app.ts"));

/**
 * Answers a request. A plain feed, which is most of what a service is asked for, is answered here, from the memory of the
 * isolate or by one KV read. Everything else is answered by the app: the framework and all that it stands on are loaded
 * when they are first needed, so that an isolate starts soon.
 */
export async function answer(request: Request, env: Bindings, context: ExecutionContext): Promise<Response> {
  const feed = plainFeedOf(request);
  if (feed === null) return (await theApp()).app.fetch(request, env, context);
  const visit: Visit = { req: { raw: request }, env, executionCtx: context };
  const response = await answerFeed(visit, feed);
  finish(response, `/${feed.organization}/feed`, visit);
  return response;
}

/** Answers with a feed, or with the failure that the app would answer with. */
async function answerFeed(visit: Visit, feed: PlainFeed): Promise<Response> {
  try {
    const reply = await withinLimits(visit, feed);
    if (reply instanceof Response) return reply;
    if (reply.failure.tag === "moved") return leadAlong(visit, reply.failure.address);
    const { refuseFeed } = await theApp();
    return withoutBody(visit, refuseFeed(visit, reply.failure));
  } catch (error) {
    const { refuseUnexpected } = await theApp();
    const ending = `feed.${feed.format.name}`;
    const refusal = refuseUnexpected(
      visit,
      `/:organization/${ending}`,
      `/${feed.organization}/${ending}`,
      error,
    );
    return withoutBody(visit, refusal);
  }
}

async function withinLimits(visit: Visit, feed: PlainFeed): Promise<Reply> {
  if (!(await mayCause(visit, "GET /:organization/feed.{format}"))) return TOO_MANY;
  return servePlainFeed(visit, feed);
}

/** A failure as the answer to HEAD. */
const withoutBody = ({ req }: Visit, response: Response): Response =>
  req.raw.method === "HEAD" ? new Response(null, response) : response;
