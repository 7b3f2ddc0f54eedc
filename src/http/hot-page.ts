import type { Context } from "hono";
import { hotMs, recall } from "../store/hot.ts";
import type { App } from "./context.ts";
import type { Reply } from "./methods.ts";
import { languageAsked } from "./pages/asked.ts";

/** A page as it was made. */
interface KeptPage {
  body: Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

/**
 * Makes a page that is asked for often once in ten seconds, in which others get the same ({@link recall}); browsers keep a page
 * for longer. Only for a handler that looks at nothing but the address and,
 * if `byLanguage`, the language that is asked for.
 */
export const hotPage =
  (handler: (c: Context<App>) => Promise<Reply>, { byLanguage = false } = {}) =>
  async (c: Context<App>): Promise<Reply> => {
    let reply: Reply | undefined;
    const kept = await recall<KeptPage>(
      c.req.url.slice(c.req.url.indexOf("/", "https://".length)) +
        (byLanguage ? ` ${languageAsked(c.req.header("accept-language"))}` : ""),
      hotMs(c.env),
      async (isHot) => {
        reply = await handler(c);
        if (!isHot || !(reply instanceof Response) || reply.status !== 200) return null;
        const body = new Uint8Array(await reply.arrayBuffer());
        return { body, headers: Object.fromEntries(reply.headers) };
      },
      ({ body }) => body.byteLength,
    );
    return kept ? new Response(kept.body, { headers: kept.headers }) : (reply as Reply);
  };
