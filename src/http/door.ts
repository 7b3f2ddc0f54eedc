import type { Bindings } from "../env.ts";
import { once } from "../model/once.ts";
import type { Failure } from "../model/result.ts";
import type { Visit } from "./context.ts";
import { mayCause, TOO_MANY } from "./fair-use.ts";
import { type PlainFeed, plainFeedOf, servePlainFeed } from "./feeds/plain.ts";
import { finish, handOnCounts } from "./finish.ts";
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
  const reply = await feedOrRefusal(visit, feed);
  // A feed is made with the headers that every answer has, since changing headers costs more than making them.
  if (reply.isFeed) handOnCounts(visit);
  else finish(reply.response, `/${feed.organization}/feed`, visit);
  return reply.response;
}

/** The answer with a feed, or with the failure that the app would answer with. */
async function feedOrRefusal(
  visit: Visit,
  feed: PlainFeed,
): Promise<{ response: Response; isFeed: boolean }> {
  try {
    const reply = await withinLimits(visit, feed);
    if (reply instanceof Response) return { response: reply, isFeed: true };
    return { response: await refusalOf(visit, reply.failure), isFeed: false };
  } catch (error) {
    return { response: await unexpectedOf(visit, feed, error), isFeed: false };
  }
}

async function withinLimits(visit: Visit, feed: PlainFeed): Promise<Reply> {
  if (!(await mayCause(visit, "GET /:organization/feed.{format}"))) return TOO_MANY;
  return servePlainFeed(visit, feed);
}

async function refusalOf(visit: Visit, failure: Failure): Promise<Response> {
  if (failure.tag === "moved") return leadAlong(visit, failure.address);
  const { refuseFeed } = await theApp();
  return withoutBody(visit, refuseFeed(visit, failure));
}

async function unexpectedOf(visit: Visit, { organization, format }: PlainFeed, error: unknown) {
  const { refuseUnexpected } = await theApp();
  const ending = `feed.${format.name}`;
  const path = `/${organization}/${ending}`;
  return withoutBody(visit, refuseUnexpected(visit, `/:organization/${ending}`, path, error));
}

/** A failure as the answer to HEAD. */
const withoutBody = ({ req }: Visit, response: Response): Response =>
  req.raw.method === "HEAD" ? new Response(null, response) : response;
